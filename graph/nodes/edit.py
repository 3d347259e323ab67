"""Step 4: the change."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from langgraph.runtime import Runtime

from graph.commit_log import legible
from graph.context import RunContext
from graph.dialogue import ask, say
from graph.errors import BudgetSpent, GoingInCircles
from graph.events import NodeStarted
from graph.loops import mind_circles
from graph.performing import open_calls, perform, perform_all, reply_to, see_before
from graph.plan import Plan
from graph.plan_tools import Done
from graph.prompts import render
from graph.recollection import ALL_TOKENS, PLAN_TOKENS, recalled_about
from graph.reply import Call
from graph.state import Json, RunState, RunUpdate
from graph.toolset import ERROR, Use
from memory.packet import count_tokens
from tools.git import FileChange

MOST_NAMED = 6


def edit(state: RunState, runtime: Runtime[RunContext]) -> RunUpdate:
    """Let the model carry out the plan with its tools, until it says that it is done."""
    context = runtime.context
    context.emit(NodeStarted("edit", attempt=len(state.get("failures", [])) + 1))
    if context.memory is not None:
        context.memory.warm_up()  # the remember step will write
    planned = Plan.model_validate(state["plan"] or {})
    context.bench.expect([*planned.files(), *planned.tests])
    if not context.transcript.noted("before"):
        context.bench.start_baseline()  # later than this, it would take our own edits for the beginning
    recalled = _accept(context, state)
    try:
        summary = _converse(context, planned)
    except BudgetSpent as spent:
        return {"ending": {"outcome": "budget", "reason": str(spent)}}
    except GoingInCircles as circles:
        return {"ending": {"outcome": "circles", "reason": str(circles)}}
    return {"summary": summary, "before": see_before(context, "edit"), "recalled": recalled}


def _accept(context: RunContext, state: RunState) -> list[Json]:
    """Answer the call that made the plan, with what is remembered of its files and was not told yet.

    Returns:
        The memories that were fed so far.
    """
    recalled = state["recalled"]
    for call in open_calls(context):
        if context.toolset.use_of(call.name) is Use.PLAN:
            files = Plan.model_validate(state["plan"]).files()
            known = [memory["id"] for memory in recalled]
            failures = len(state.get("failures", []))
            room = PLAN_TOKENS if failures else ALL_TOKENS - count_tokens(state["memories"])
            near, step = dict.fromkeys(files, 1.0), f"edit {failures + 1}"
            more, text = recalled_about(context, state["task"], near, known, step, room)
            reply_to(context, "edit", call, "\n\n".join(filter(None, (render("accepted").strip(), text))))
            recalled = [*recalled, *more]
    return recalled


def _converse(context: RunContext, planned: Plan) -> str:
    """Call and answer in turns until the model says that it is done; its summary."""
    reminded = False
    while True:
        calls = open_calls(context)
        text = ""
        if not calls:
            reply = ask(context, "edit")
            calls, text = reply.calls, reply.text.strip()
            if reply.cut_off and not calls:
                say(context, "edit", "Your last answer was cut off at its greatest length. Go on from there.")
                continue
        ends = [call for call in calls if context.toolset.use_of(call.name) is Use.END]
        work = [call for call in calls if call not in ends]
        results = perform_all(context, "edit", work, allowed={Use.LOOK, Use.CHANGE})
        if work and not ends:
            mind_circles(context, "edit")
            continue
        went_well = all(result.ok for result in results)
        objection = _objection(context, went_well, reminded) or _left_out(context, planned, _said(ends, text))
        summary = _close(context, ends, objection) if ends else text
        if objection is None:
            return summary
        reminded = True
        if not ends:
            say(context, "edit", objection)


def _objection(context: RunContext, went_well: bool, reminded: bool) -> str | None:
    """Why the work cannot be done yet."""
    if not went_well:
        return "not done yet: a call in the same answer failed."
    if not reminded and not _changes(context):
        return "Nothing is changed yet. Carry out the plan, or say why nothing needs to change."
    return None


def _close(context: RunContext, ends: list[Call], objection: str | None) -> str:
    """The summary of the calls that say the work is done; answered by the test step, or refused."""
    summary = ""
    for call in ends:
        result = perform(context, "edit", call, allowed={Use.END})
        if isinstance(result.value, Done):
            summary = result.value.summary.strip()
            if objection:
                reply_to(context, "edit", call, ERROR + objection)
    return summary


def _said(ends: list[Call], text: str) -> str:
    """The model's last word on its work, in lower case."""
    return " ".join([text, *(str((call.arguments or {}).get("summary", "")) for call in ends)]).casefold()


def _left_out(context: RunContext, planned: Plan, said: str) -> str | None:
    """What the plan wanted changed, is as before, and is not spoken of in the end.

    Asked once a turn, for the plan may have been mistaken.
    """
    if context.transcript.noted("left_out"):
        return None
    changed = _changes(context)
    touched = {legible(path) for change in changed for path in (change.path, change.old_path) if path}
    missing = [
        name
        for name in planned.files()
        if name not in touched
        and PurePosixPath(name).stem.casefold() not in said
        and not any(path.startswith(f"{name.rstrip('/')}/") for path in touched)
    ]
    if not touched or not missing:
        return None
    context.transcript.note("edit", "left_out", missing)
    named = ", ".join(missing[:MOST_NAMED])
    return (
        f"the plan wants these changed too, and they are as before: {named}. Change them, or call `done` "
        "again and say in its summary why they need no change."
    )


def _changes(context: RunContext) -> Sequence[FileChange]:
    now = context.snapshots.take(f"{context.turn}/now")
    return context.snapshots.changes(context.before, now)
