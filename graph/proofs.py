"""What a run proved without anyone's opinion: its outcome, and the failures that it mended."""

from dataclasses import replace

from graph.context import RunContext
from graph.events import FileChanged
from graph.outcome import outcome_of
from graph.state import RunState
from graph.test_memories import command_draft, flaky_drafts
from memory.memory import Memory
from memory.records import Anchors, Draft, Origin, Provenance

TASK_CHARS = 240
MESSAGE_CHARS = 200
NAMED_FILES = 8
NAMED_TESTS = 4


def proven(context: RunContext, state: RunState, changes: list[FileChanged]) -> list[Draft]:
    """Memories of the task, made from facts only: no model, and nothing that differs between machines."""
    paths = [change.path for change in changes if change.status != "deleted"]
    drafts = [_task_record(context, state, paths)]
    report = state.get("report")
    if report and report["outcome"] == "passed":
        drafts += [_fix(context, state, test, said, paths) for test, said in _mended(state).items()]
    return drafts


def about_tests(context: RunContext, memory: Memory, state: RunState) -> list[Draft]:
    """What the run showed of the tests themselves: the command that runs them, those that fail by chance."""
    command = context.bench.command()
    worked = command_draft(memory, state, command.source, context.session) if command else None
    drafts = [*([worked] if worked else []), *flaky_drafts(memory, state, context.session)]
    provenance = Provenance(origin=Origin.TESTS, session=context.session, author=context.user)
    return [replace(draft, level="repo", provenance=provenance) for draft in drafts]


def _task_record(context: RunContext, state: RunState, paths: list[str]) -> Draft:
    outcome, reason = outcome_of(state)
    task = _one_line(state["task"], TASK_CHARS)
    touched = _listed(paths, NAMED_FILES)
    if outcome == "passed":
        which = "the nearest tests" if (state.get("report") or {}).get("unseen") else "tests"
        return _draft(context, f"Done, {which} passing: {task} Changed {touched}.", "task_log", paths, 0.9)
    if outcome == "untested":
        return _draft(context, f"Changed, not tested: {task} Changed {touched}.", "task_log", paths, 0.5)
    failing = [case["id"] for case in (state.get("report") or {}).get("failing", [])]
    tests = f" Failing: {_listed(failing, NAMED_TESTS)}." if failing else ""
    text = f"Not finished ({reason.rstrip('.')}): {task} Changed {touched}.{tests}"
    return _draft(context, text, "open_thread", paths, 0.5)


def _mended(state: RunState) -> dict[str, str]:
    """Tests that failed on the way and were seen passing at the end, each with what it said."""
    mended = state.get("mended", [])
    return {
        case["id"]: case["message"]
        for attempt in state.get("failures", [])
        for case in attempt["failing"]
        if case["id"] in mended
    }


def _fix(context: RunContext, state: RunState, test: str, said: str, paths: list[str]) -> Draft:
    message = _one_line(said, MESSAGE_CHARS)
    text = f"{test} failed on the way to {_one_line(state['task'], 90)} It said: {message} It passes now."
    return _draft(context, text, "fix", [test.split("::", maxsplit=1)[0], *paths], 0.7)


def _draft(context: RunContext, text: str, label: str, paths: list[str], confidence: float) -> Draft:
    return Draft(
        text=text,
        label=label,
        level="repo",
        anchors=Anchors(paths=tuple(paths[:NAMED_FILES])),
        provenance=Provenance(origin=Origin.TESTS, session=context.session, author=context.user),
        confidence=confidence,
    )


def _one_line(text: str, limit: int) -> str:
    line = " ".join(text.split())
    line = line if len(line) <= limit else line[: limit - 1] + "…"
    return line if line.endswith((".", "…", "?", "!")) else line + "."


def _listed(names: list[str], limit: int) -> str:
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown or "nothing"
