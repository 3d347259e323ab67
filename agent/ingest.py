"""`oldhand ingest junit`: remember the failures and fixes that CI saw."""

from dataclasses import dataclass, field
from pathlib import Path

from agent.errors import ConfigError
from agent.phrases import one_line
from agent.place import Place, open_memory
from memory.filters import Where
from memory.memory import Memory
from memory.records import Anchors, Draft, Origin, Provenance, Record, Status
from tools.testing.junit import read_junit
from tools.testing.results import TestCase

MOST_CHARS = 300
FAILS = " fails: "
NOT_COLLECTED = " cannot be collected: "
WORDS = {"failed": FAILS, "error": FAILS, "uncollected": NOT_COLLECTED}


@dataclass(frozen=True)
class Ingested:
    """What a report added to memory.

    Attributes:
        failures: Memories of tests that fail.
        fixes: Memories of tests that failed before and pass now.
        passed: How many tests passed.
    """

    failures: list[Record] = field(default_factory=list)
    fixes: list[Record] = field(default_factory=list)
    passed: int = 0


def ingest_junit(place: Place, file: Path, commit: str) -> Ingested:
    """Read a JUnit report of one commit into memory; reading it twice changes nothing.

    Raises:
        ConfigError: The file is no JUnit report, or the commit is not known here.
    """
    full = place.git.call("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", check=False)
    if full.exit_code != 0:
        raise ConfigError(f"{commit} is not a commit of this repository. Name the one that CI tested.")
    sha = full.stdout.decode().strip()
    cases = _read(file, place.workspace.root)
    memory, _ = open_memory(place, "ingest")
    known = _known_failures(memory)
    done = Ingested(passed=sum(case.outcome == "passed" for case in cases))
    for case in cases:
        if case.outcome in WORDS:
            written = memory.add(_failure(case, sha, place))
            done.failures.extend([written.record] if written.record else [])
        elif case.outcome == "passed" and (old := _mended(case, known)):
            written = memory.add(_fix(case, old, sha, place))
            reason = f"passes since {sha[:10]}"
            memory.edit(old.id, {"status": Status.DEPRECATED.value, "reason": reason}, reason=reason)
            done.fixes.extend([written.record] if written.record else [])
    return done


def _read(file: Path, root: Path) -> list[TestCase]:
    cases = read_junit(file, root)
    if not cases:
        raise ConfigError(f"{file} holds no test results. Give the XML that pytest's --junitxml wrote.")
    return cases


def _known_failures(memory: Memory) -> dict[str, Record]:
    """The failures that CI reported and that are still believed, by the test's id."""
    found = memory.list(Where(label=("test_failure",), origin=(Origin.CI,)))
    return {record.anchors.components[0]: record for record in found if record.anchors.components}


def _failure(case: TestCase, commit: str, place: Place) -> Draft:
    text = f"CI: {case.id}{WORDS[case.outcome]}{one_line(case.message, MOST_CHARS)}"
    return _draft(text, "test_failure", case, commit, place, 0.75)


def _mended(case: TestCase, known: dict[str, Record]) -> Record | None:
    """The failure that a passing test ends: its own, or that of its file, which had not been collected."""
    return known.pop(case.id, None) or known.pop(case.id.partition("::")[0], None)


def _fix(case: TestCase, old: Record, commit: str, place: Place) -> Draft:
    since = (old.provenance.commit or "an earlier commit")[:10]
    text = f"CI: {case.id} failed at {since} and passes again at {commit[:10]}. It had said: {_said(old)}"
    return _draft(text, "fix", case, commit, place, 0.7)


def _draft(text: str, label: str, case: TestCase, commit: str, place: Place, confidence: float) -> Draft:
    path = case.id.partition("::")[0]
    there = (place.workspace.root / path).is_file()
    return Draft(
        text=text,
        label=label,
        level="repo",
        anchors=Anchors(paths=(path,) if there else (), components=(case.id,)),
        provenance=Provenance(origin=Origin.CI, commit=commit, author=place.user),
        confidence=confidence,
    )


def _said(record: Record) -> str:
    said = (record.text.partition(words)[2] for words in (FAILS, NOT_COLLECTED))
    return next(filter(None, said), record.text)
