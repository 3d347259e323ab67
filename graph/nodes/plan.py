"""Step 3: what to do."""

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from graph.context import RunContext
from graph.dialogue import ask, say
from graph.errors import BudgetSpent
from graph.events import ConsentAsked, NodeStarted, Noticed, PlanMade
from graph.performing import open_calls, perform, reply_to
from graph.plan import Plan
from graph.plan_check import problems
from graph.plan_facts import CodeFacts, rejections
from graph.prompts import render
from graph.reply import Call
from graph.state import Decision, RunState, RunUpdate
from graph.toolset import ERROR, Use

MAX_ROUNDS = 14  # answers of the planning model before it must have a plan
LAST_CALL = 11  # from here on it is told to stop looking


def plan(state: RunState, runtime: Runtime[RunContext]) -> RunUpdate:
    """Ask the model what it will do; what it still wants to see is left to the search step."""
    context = runtime.context
    if state.get("waits"):
        return _decided(context, interrupt({"what": "plan", "plan": state["plan"]}))
    rounds = state.get("plan_rounds", 0) + 1
    context.emit(NodeStarted("plan", attempt=rounds))
    if rounds > MAX_ROUNDS:
        return _give_up("all that looking led to no plan; describe the task more precisely")
    if context.transcript.last() is None:
        context.transcript.append("plan", {"role": "user", "content": first_message(context, state)})
    if rounds > LAST_CALL and not open_calls(context):
        say(context, "plan", "You have looked enough: call submit_plan, answer or ask_person now.")
    try:
        calls = open_calls(context) or ask(context, "plan").calls
    except BudgetSpent as spent:
        return {"ending": {"outcome": "budget", "reason": str(spent)}}
    if not calls:
        return _prose(context, rounds)
    made = _made(context, state, calls)
    return {"plan": None, "plan_rounds": rounds} if made is None else _told(context, state, made, rounds)


def first_message(context: RunContext, state: RunState) -> str:
    """All that is known before the model is asked for the first time; what changes least comes first."""
    return render(
        "task",
        instructions=_section("Instructions of this repository", context.instructions.at_root()),
        memories=_section("What is remembered", state["memories"]),
        earlier=_section("Earlier in this conversation", context.earlier),
        found=state["found"].strip(),
        tests=context.bench.told(),
        task=state["task"],
    )


def _section(title: str, text: str) -> str:
    return f"# {title}\n{text.strip()}\n\n" if text.strip() else ""


def _made(context: RunContext, state: RunState, calls: list[Call]) -> Plan | None:
    """The plan among the calls, if there is a good one; calls that only look are the search step's."""
    looks = [call for call in calls if context.toolset.use_of(call.name) is Use.LOOK]
    edits = [call for call in calls if context.toolset.use_of(call.name) in (Use.CHANGE, Use.END)]
    made: Plan | None = None
    for call in calls:
        if call not in looks and call not in edits:
            made = _made_by(context, state, call) or made
    if made is None:
        for call in edits:
            perform(context, "plan", call, allowed={Use.LOOK, Use.PLAN})  # is told to plan first
        return None
    return made  # what else is in the same answer is done by the edit step, in its order


def _made_by(context: RunContext, state: RunState, call: Call) -> Plan | None:
    """The plan that a call makes, if it can be carried out; else the model is told why not."""
    result = perform(context, "plan", call, allowed={Use.LOOK, Use.PLAN})
    made = result.value
    if not isinstance(made, Plan):
        return None
    recalled = {memory["id"] for memory in state["recalled"]}
    wrong = problems(made, CodeFacts(context), recalled, rejections(context, made))
    told = [message["content"] for message in context.transcript.messages() if message["role"] == "tool"]
    if any(found.mend is None or not any(found.sentence in text for text in told) for found in wrong):
        sentences = "; ".join(found.sentence for found in wrong)
        reply_to(context, "plan", call, f"{ERROR}this plan cannot be carried out: {sentences}.")
        return None
    for found in wrong:  # the model was told, and insists
        context.emit(Noticed(found.notice))
        made = found.mend(made) if found.mend else made
    return made


def _prose(context: RunContext, rounds: int) -> RunUpdate:
    """Plain text instead of a call: an answer in a chat, elsewhere worth one reminder."""
    last = context.transcript.last() or {}
    if context.answers_in_prose:
        made = Plan(kind="answer", text=str(last.get("content", "")))
        return {"plan": made.model_dump(), "plan_rounds": rounds}
    reminder = (
        "The harness acts on tool calls only. Call `submit_plan` for a change, `answer` for a question, "
        "or a reading tool."
    )
    if any(message["content"] == reminder for message in context.transcript.messages()):
        if not context.models.of("plan").ask_for_json():
            return _give_up("the model answers in prose and makes no plan; try a model that can call tools")
        context.emit(Noticed("The model answers in prose; it is asked for JSON instead of tool calls."))
        reminder = "Answer with the JSON object that your instructions ask for."
    say(context, "plan", reminder)
    return {"plan": None, "plan_rounds": rounds}


def _told(context: RunContext, state: RunState, made: Plan, rounds: int) -> RunUpdate:
    """Show the plan to the person; if they want to be asked, it waits for their decision."""
    content = made.model_dump()
    update: RunUpdate = {"plan": content, "plan_rounds": rounds}
    if made.kind != "change" and state.get("failures"):
        # An answer after edits is giving up, however it sounds.
        for call in open_calls(context):
            reply_to(context, "plan", call, "Given to the person. The run ends with its tests failing.")
        return {**update, "ending": {"outcome": "failed", "reason": made.text}}
    if made.kind != "change":
        for call in open_calls(context):
            reply_to(context, "plan", call, "Given to the person.")
        context.emit(PlanMade(content))
        return update
    context.emit(PlanMade(content))
    if not (context.approve_plans or state.get("plan_only")):
        return update
    context.emit(ConsentAsked("plan", content))
    return {**update, "waits": True}  # in a pass of its own: an interrupted step is run again from its start


def _decided(context: RunContext, decision: Decision) -> RunUpdate:
    """Carry out, drop or redo the plan, as the person decided."""
    if decision["do"] == "refuse":
        return {"waits": False, "ending": {"outcome": "refused", "reason": "the plan was refused"}}
    if decision["do"] == "amend":
        wish = f"The person wants it otherwise: {decision['text']} Submit a new plan."
        for call in open_calls(context):
            reply_to(context, "plan", call, wish)
        return {"waits": False, "plan": None, "plan_rounds": 0}
    return {"waits": False}


def _give_up(reason: str) -> RunUpdate:
    return {"plan": None, "ending": {"outcome": "no_plan", "reason": reason}}
