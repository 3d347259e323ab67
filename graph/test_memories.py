"""What memory says of tests: the command that runs them, and those that fail by chance."""

import re
from collections.abc import Callable

from graph.state import RunState
from memory.errors import MemoryStoreError
from memory.filters import Where
from memory.memory import Memory
from memory.records import Anchors, Draft, Origin, Record
from tools.testing.stated import Told, stated

__test__ = False

COMMAND_LABELS = ("build_system", "tooling")
MOST_FLAKY = 4  # written of one run
_COMMAND = re.compile(r"^The tests run with `(.+)`\.$", re.DOTALL)
_CHOOSES = re.compile(r"::|\s-(k|t|g|run)[ =]|\.(py|js|ts|jsx|tsx|mjs|rs|go|java|kt)\b")
_FLAKY = re.compile(r"^(.+) fails by chance: ", re.DOTALL)


def commands_in(memory: Memory) -> list[Told]:
    """The test commands that memory tells of: a person's first, then those that worked, newest first.

    What a run wrote is taken as it is; of other texts, only what plainly runs tests.
    """
    told = []
    for record in memory.list(Where(label=COMMAND_LABELS)):
        command = _command_in(record)
        if command:
            told.append(Told(command, f"it worked before ({record.id})", proven=True))
        elif record.provenance.origin == Origin.USER and "test" in record.text.lower():
            told += [Told(found, f"remembered ({record.id})") for found in stated(record.text)]
    return sorted(told, key=lambda item: item.proven)


def ask_once(open_memory: Callable[[], Memory]) -> Callable[[], list[Told]]:
    """The commands of a memory that is opened when they are needed; none where it cannot be."""

    def ask() -> list[Told]:
        try:
            return commands_in(open_memory())
        except MemoryStoreError:
            return []  # the run itself says that it goes without memory

    return ask


def flaky_in(memory: Memory | None, but: str | None = None) -> set[str]:
    """The tests that memory knows to fail by chance.

    Args:
        memory: The memories, if there are any.
        but: A session whose own findings are left out.
    """
    if memory is None:
        return set()
    try:
        records = memory.list(Where(label=("test_failure",), origin=(Origin.TESTS,)))
    except MemoryStoreError:
        return set()
    others = (record for record in records if but is None or record.provenance.session != but)
    return {found[1] for record in others if (found := _FLAKY.match(record.text))}


def command_draft(memory: Memory, state: RunState, source: str | None, session: str) -> Draft | None:
    """The test command of a run, where it was seen to run tests and memory does not say so yet.

    What told of no test that passed may have run none, and what chooses some of them was for once.
    """
    report = state.get("report")
    if not report or not report["passed"] or _CHOOSES.search(report["command"]):
        return None
    text = f"The tests run with `{report['command']}`."
    known = memory.list(Where(label=("build_system",), origin=(Origin.TESTS,)))
    if any(record.text == text and record.provenance.session != session for record in known):
        return None
    older = tuple(record.id for record in known if _command_in(record) and record.text != text)
    return Draft(
        text=text,
        label="build_system",
        anchors=Anchors(paths=(source,) if source else (), components=("tests",)),
        supersedes=older,
        confidence=0.9,
    )


def flaky_drafts(memory: Memory, state: RunState, session: str) -> list[Draft]:
    """The tests that failed by chance in a run, and are not known for it from an earlier one."""
    report = state.get("report") or {}
    known = flaky_in(memory, but=session)
    new = [test for test in report.get("flaky", []) if test not in known]
    return [
        Draft(
            text=f"{test} fails by chance: it failed, and passed on the same code when run again alone.",
            label="test_failure",
            anchors=Anchors(paths=(test.partition("::")[0],), components=(test,)),
            confidence=0.7,
        )
        for test in new[:MOST_FLAKY]
    ]


def _command_in(record: Record) -> str | None:
    found = _COMMAND.match(record.text)
    return found[1] if found and record.provenance.origin == Origin.TESTS else None
