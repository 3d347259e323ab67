"""Step 4: the change."""

from langgraph.runtime import Runtime

from graph.context import RunContext
from graph.dialogue import ask, known_failing, open_calls, perform, reply_to, say
from graph.errors import BudgetSpent
from graph.events import NodeStarted
from graph.prompts import render
from graph.state import RunState, RunUpdate
from graph.toolset import Use


def edit(state: RunState, runtime: Runtime[RunContext]) -> RunUpdate:
    """Let the model carry out the plan with its tools, until it says that it is done."""
    context = runtime.context
    context.emit(NodeStarted("edit", attempt=len(state.get("failures", [])) + 1))
    if not context.transcript.noted("known_failing"):
        context.bench.start_baseline()  # later than this, it would take our own edits for the beginning
    for call in open_calls(context):
        if context.toolset.use_of(call.name) is Use.PLAN:
            reply_to(context, "edit", call, render("accepted").strip())
    try:
        summary = _converse(context)
    except BudgetSpent as spent:
        return {"ending": {"outcome": "budget", "reason": str(spent)}}
    return {"summary": summary, "known_failing": known_failing(context, "edit")}


def _converse(context: RunContext) -> str:
    """Call and answer in turns; the text of the first answer without a call."""
    reminded = False
    while True:
        calls = open_calls(context)
        if not calls:
            reply = ask(context, "edit")
            calls = reply.calls
            if not calls:
                if reminded or _changed(context):
                    return reply.text.strip()
                reminded = True
                say(
                    context,
                    "edit",
                    "Nothing is changed yet. Carry out the plan, or say why nothing needs to change.",
                )
                continue
        for call in calls:
            perform(context, "edit", call, allowed={Use.LOOK, Use.CHANGE})


def _changed(context: RunContext) -> bool:
    now = context.snapshots.take(f"{context.turn}/now")
    return bool(context.snapshots.changes(context.before, now))
