"""The tasks of a real history: each commit along first parents that changes source files is one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evals.memory_bench.replica import git
from tools.paths import role_of
from tools.syntax import language_of

LESSONS = 3
"""Taken of one message at most."""
FILES = 4
"""That a lesson of a message is anchored at, at most."""
_SHORTEST, _LONGEST = 30, 320
_TRAILER = re.compile(r"(?im)^\s*([a-z]+-)+by:.*$|^\s*(closes|fixes|resolves|refs?):? #\d+\.?\s*$|^-{3,}\s*$")
_MERGE = re.compile(r"(?i)\AMerge (pull request|branch|remote)[^\n]*\n*")
_NUMBER = re.compile(r"\s*\((?:#|GH-)\d+\)")
_TEACHES = re.compile(
    r"(?i)\b(because|must|never|instead of|do not|don't|since|so that|otherwise|always|to avoid|should)\b"
)
_RULE = re.compile(r"(?i)\b(must|never|do not|don't|always|should)\b")
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'])")
_NO_PROSE = re.compile(r">>>|```|https?://|^\s*[|+]", re.MULTILINE)


@dataclass(frozen=True)
class Taught:
    """A reason or a rule that the author of a commit wrote down, and the files that it is about."""

    text: str
    files: tuple[str, ...]

    @property
    def label(self) -> str:
        """The label that it would get from whoever draws lessons."""
        return "constraint" if _RULE.search(self.text) else "design_decision"


@dataclass(frozen=True)
class Task:
    """One commit, as the task that led to it.

    Attributes:
        before: The commit that it was made on.
        at: When it was made; never earlier than the one before it.
        words: Its message without trailers and numbers.
        changed: The source and test files that were there before and that it changes.
        after: The source files that it leaves changed, under the names they have then.
        lessons: Sentences of its message, and of the comments that it adds, that state a reason or a rule.
    """

    commit: str
    before: str
    at: datetime
    words: str
    changed: frozenset[str]
    after: tuple[str, ...]
    lessons: tuple[Taught, ...]


def tasks_of(root: Path, count: int) -> list[Task]:
    """The last `count` of them, oldest first."""
    latest: datetime | None = None
    tasks = []
    for commit, before, at, message, changes in reversed(list(_commits(root, count))):
        latest = max(at, latest) if latest else at
        words = _words(message)
        changed = frozenset(old for old, _ in changes if old)
        after = tuple(new for _, new in changes if new and role_of(new) == "code")
        lessons = (*_of_message(words, after), *_of_comments(root, before, commit, after))
        tasks.append(Task(commit, before, latest, words, changed, after, lessons[:LESSONS]))
    return tasks


_Commit = tuple[str, str, datetime, str, list[tuple[str | None, str | None]]]


def _commits(root: Path, count: int) -> Iterator[_Commit]:
    """Commits that change a source file which was there before, newest first."""
    log = git(
        root, "-c", "core.quotePath=false", "log", "--first-parent", "-m", "-M", "--name-status",
        "--format=%x01%H%x00%P%x00%ct%x00%B%x02",
    )  # fmt: skip
    for entry in log.split("\x01")[1:]:
        head, _, listed = entry.partition("\x02")
        commit, parents, seconds, message = head.split("\0")
        changes = [_change(line.split("\t")) for line in listed.splitlines() if "\t" in line]
        changes = [change for change in changes if language_of(change[0] or change[1] or "")]
        if parents and any(old and role_of(old) == "code" for old, _ in changes):
            count -= 1
            yield commit, parents.split()[0], datetime.fromtimestamp(int(seconds), UTC), message, changes
        if not count:
            return


def _change(fields: list[str]) -> tuple[str | None, str | None]:
    """The name before and the name after; None where there is none."""
    status, *paths = fields
    return (None if status == "A" else paths[0]), (None if status == "D" else paths[-1])


def _words(message: str) -> str:
    return _NUMBER.sub("", _TRAILER.sub("", _MERGE.sub("", message.strip()))).strip() or message.strip()


def _of_message(words: str, files: tuple[str, ...]) -> Iterator[Taught]:
    blocks = re.split(r"\n\s*\n|\n(?=\s*[-*+] )", words.partition("\n")[2])
    for block in blocks:
        yield from (Taught(sentence, files[:FILES]) for sentence in _telling(block.lstrip("-*+ \n")))


def _of_comments(root: Path, before: str, commit: str, files: tuple[str, ...]) -> Iterator[Taught]:
    if not files:
        return
    diff = git(root, "diff", "-U0", "-M", "--no-ext-diff", before, commit, "--", *files)
    for part in diff.split("\n+++ b/")[1:]:
        path, _, lines = part.partition("\n")
        for block in re.findall(r"(?:^\+\s*#(?![!:]).*\n)+", lines, re.MULTILINE):
            said = re.sub(r"(?m)^\+\s*#+", " ", block)
            yield from (Taught(sentence, (path,)) for sentence in _telling(said))


def _telling(prose: str) -> Iterator[str]:
    """The sentences of a paragraph that state a reason or a rule."""
    if _NO_PROSE.search(prose):
        return
    for sentence in _END.split(" ".join(prose.split())):
        if _SHORTEST <= len(sentence) <= _LONGEST and _TEACHES.search(sentence):
            yield sentence
