"""What a run proved without anyone's opinion: its outcome, and the failures that it mended."""

import re
from dataclasses import replace
from pathlib import PurePosixPath

from graph.context import RunContext
from graph.events import FileChanged
from graph.outcome import outcome_of
from graph.state import RunState
from graph.test_memories import command_draft, flaky_drafts
from memory.memory import Memory
from memory.records import Anchors, Draft, Origin, Provenance

TITLE_CHARS = 120  # the whole statement of a task stands in the ledger
PLAN_CHARS = 160
MESSAGE_CHARS = 200
NAMED_FILES = 8
NAMED_TESTS = 4
PROSE = (".md", ".mdx", ".rst", ".txt", ".adoc")
NOTES = (".changeset", ".changes", "changes", "changelog", "changelog.d", "newsfragments", "news.d")
_END_OF_SENTENCE = re.compile(r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\b(?:cf|vs)\.)\s+(?=[^a-z\s])")


def proven(context: RunContext, state: RunState, changes: list[FileChanged]) -> list[Draft]:
    """Memories of the task, made from facts only: no model, and nothing that differs between machines."""
    kept = [change for change in changes if change.status != "deleted"]
    paths = [change.path for change in kept if not _is_new_note(change)] or [change.path for change in kept]
    drafts = [_task_record(context, state, [change.path for change in kept], paths)]
    report = state.get("report")
    if report and report["outcome"] == "passed":
        drafts += [_fix(context, state, file, said, paths) for file, said in _mended(state).items()]
    return drafts


def _is_new_note(change: FileChanged) -> bool:
    """Whether a file only tells of the work beside it: a changeset, an entry for the changelog, a page.

    Nothing that was done to the code is undone where such a file is merged under another name or into another
    file, so what is remembered of the work does not stand on it.
    """
    path = PurePosixPath(change.path)
    is_note = path.suffix.lower() in PROSE or any(folder.lower() in NOTES for folder in path.parts[:-1])
    return change.status == "added" and is_note


def about_tests(context: RunContext, memory: Memory, state: RunState) -> list[Draft]:
    """What the run showed of the tests themselves: the command that runs them, those that fail by chance."""
    only = context.bench.only()  # of several projects, each has its own way, which its files tell
    command = only.command() if only else None
    worked = command_draft(memory, state, command.source, context.session) if command else None
    drafts = [*([worked] if worked else []), *flaky_drafts(memory, state, context.session)]
    provenance = Provenance(origin=Origin.TESTS, session=context.session, author=context.user)
    return [replace(draft, level="repo", provenance=provenance) for draft in drafts]


def _task_record(context: RunContext, state: RunState, changed: list[str], paths: list[str]) -> Draft:
    outcome, reason = outcome_of(state)
    title = title_of(state["task"])
    how = _one_line(str((state.get("plan") or {}).get("summary", "")), PLAN_CHARS)
    planned = "" if how.rstrip(".") in ("", title.rstrip(".")) else f" Plan: {how}"
    work = f"{title}{planned} Changed {_listed(changed, NAMED_FILES)}."
    report = state.get("report") or {}
    if outcome == "passed":
        number, noun = f"{report['passed'] or ''}", "test" if report["passed"] == 1 else "tests"
        words = ["the", number, "nearest", noun] if report.get("unseen") else [number, noun]
        which = " ".join(filter(None, words))
        return _draft(context, f"Done, {which} passing: {work}", "task_log", paths, 0.9)
    if outcome == "untested":
        return _draft(context, f"Changed, not tested: {work}", "task_log", paths, 0.5)
    failing = [case["id"] for case in report.get("failing", [])]
    tests = f" Failing: {_listed(failing, NAMED_TESTS)}." if failing else ""
    text = f"Not finished ({reason.rstrip('.')}): {work}{tests}"
    return _draft(context, text, "open_thread", paths, 0.5)


def _mended(state: RunState) -> dict[str, dict[str, str]]:
    """By file the tests that failed on the way and were seen passing at the end, each with what it said."""
    mended: dict[str, dict[str, str]] = {}
    for attempt in state.get("failures", []):
        for case in attempt["failing"]:
            if case["id"] in state.get("mended", []):
                mended.setdefault(case["id"].partition("::")[0], {})[case["id"]] = case["message"]
    return mended


def _fix(context: RunContext, state: RunState, file: str, said: dict[str, str], paths: list[str]) -> Draft:
    """One memory of a file's tests: what makes many of them fail at once is one thing."""
    test, message = next(iter(said.items()))
    told, way = _one_line(message, MESSAGE_CHARS), f"failed on the way to: {title_of(state['task'])}"
    text = f"{test} {way} It said: {told} It passes now."
    if len(said) > 1:
        text = f"{len(said)} tests of {file} {way} {test.partition('::')[2]} said: {told} They pass now."
    return _draft(context, text, "fix", [file, *paths], 0.7)


def _draft(context: RunContext, text: str, label: str, paths: list[str], confidence: float) -> Draft:
    return Draft(
        text=text,
        label=label,
        level="repo",
        anchors=Anchors(paths=tuple(dict.fromkeys(paths))[:NAMED_FILES]),
        provenance=Provenance(origin=Origin.TESTS, session=context.session, author=context.user),
        confidence=confidence,
    )


def title_of(task: str) -> str:
    """What a task is about: the first sentence of its first paragraph, cut where it is long."""
    paragraph = re.split(r"\n\s*\n", task.strip(), maxsplit=1)[0].lstrip("#")
    return _one_line(_END_OF_SENTENCE.split(paragraph.strip(), maxsplit=1)[0], TITLE_CHARS)


def _one_line(text: str, limit: int) -> str:
    line = " ".join(text.split())
    if len(line) > limit:
        line = line[:limit].rsplit(" ", 1)[0].rstrip(",;:") + "…"
    return line if not line or line.endswith((".", "…", "?", "!")) else line + "."


def _listed(names: list[str], limit: int) -> str:
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown or "nothing"
