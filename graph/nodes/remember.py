"""Step 6: what the run proved."""

from langgraph.runtime import Runtime

from graph.changes import as_commit, changed_files, snapshot, turn_diff
from graph.context import RunContext
from graph.errors import BudgetSpent, ModelError
from graph.events import NodeStarted, Noticed
from graph.learning import draw_lessons
from graph.lessons import Verdicts
from graph.memory_events import changed_event, structure_events, sync_events, written_event
from graph.outcome import outcome_of
from graph.proofs import about_tests, proven
from graph.state import RunState, RunUpdate
from graph.structure import refresh_structure
from memory.errors import MemoryStoreError, RequestError
from memory.filters import ANY_STATUS, Where
from memory.memory import Memory
from memory.records import FEEDABLE, Draft, Record, Status

READ_AGAIN = "read again in the changed code: it still holds"
REFUTED = "read again in the changed code: it does not hold any more"


def remember(state: RunState, runtime: Runtime[RunContext]) -> RunUpdate:
    """Write back what tests, deletions and moves proved; let the model add what it learned."""
    context = runtime.context
    context.emit(NodeStarted("remember"))
    if context.memory is None or context.learn == "off":
        return {}
    try:
        _write(context, context.memory, state)
    except MemoryStoreError as error:
        context.emit(Noticed(f"{error} What this run learned is not kept."))
    return {}


def _write(context: RunContext, memory: Memory, state: RunState) -> None:
    now = snapshot(context)
    changes = changed_files(context, now)
    if changes:
        for event in sync_events(memory.apply_changes([as_commit(changes)], turn=context.turn)):
            context.emit(event)
    _credit(context, memory, state)
    for event in structure_events(refresh_structure(memory, context.workspace)):
        context.emit(event)
    if not changes:
        return
    for draft in [*proven(context, state, changes), *about_tests(context, memory, state)]:
        _add(context, memory, draft)
    outcome, _ = outcome_of(state)
    if outcome in ("passed", "failed", "untested"):
        drafts, verdicts = _lessons(context, state, turn_diff(context, now))
        for draft in drafts:
            _add(context, memory, draft)
        _settle(context, memory, verdicts)
        usages = context.notebook.noted("usage")
        if tokens := sum(usage["tokens_in"] + usage["tokens_out"] for usage in usages):
            memory.note_lessons(tokens, turn=context.turn)


def _credit(context: RunContext, memory: Memory, state: RunState) -> None:
    """Memories that the plan relied on gain or lose by the tests that followed."""
    plan, report = state.get("plan") or {}, state.get("report")
    cited = plan.get("memories", [])
    if not cited or not report or report["outcome"] == "none":
        return
    helped = report["outcome"] == "passed"
    known = memory.list(Where(ids=tuple(cited), status=ANY_STATUS))  # one may be forgotten meanwhile
    due = [record.id for record in known if not _did(context, memory, record, "credited")]
    memory.credit(due, helped, turn=context.turn)
    for record in known:
        reason = "relied on; the tests passed" if helped else "relied on; the tests failed"
        context.emit(changed_event("helped" if helped else "hurt", record, reason))


def _settle(context: RunContext, memory: Memory, verdicts: Verdicts) -> None:
    """Memories whose code has changed are believed again, or not any more, by what the model read."""
    ends = ((verdicts.confirmed, Status.ACTIVE, "revived", READ_AGAIN),
            (verdicts.refuted, Status.DEPRECATED, "deprecated", REFUTED))  # fmt: skip
    for ids, status, event, reason in ends:
        for record in memory.list(Where(ids=ids, status=FEEDABLE)) if ids else ():
            # A model's reading settles what the code says; how far that is believed stays with the evidence.
            changes = {"status": status.value, "confidence": record.confidence}
            after = memory.edit(record.id, changes, reason=reason, turn=context.turn)
            context.emit(changed_event(event, after, reason))


def _lessons(context: RunContext, state: RunState, diff: str) -> tuple[list[Draft], Verdicts]:
    try:
        return draw_lessons(context, state, diff)
    except (ModelError, BudgetSpent) as error:
        context.emit(Noticed(f"No lessons were drawn from this run: {error}"))
        return [], Verdicts()


def _add(context: RunContext, memory: Memory, draft: Draft) -> None:
    for record in memory.list(Where(session=(context.session,), status=ANY_STATUS)):
        if record.text == draft.text.strip() and _did(context, memory, record, "added"):
            context.emit(changed_event("added", record, None))
            return
    try:
        context.emit(written_event(memory.add(draft, turn=context.turn), draft))
    except RequestError as error:
        context.emit(Noticed(f"A lesson was not kept: {error}"))


def _did(context: RunContext, memory: Memory, record: Record, event: str) -> bool:
    """Whether this turn has done that to a memory already: it may have been stopped in this step."""
    return any(change.turn == context.turn and change.event == event for change in memory.history(record.id))
