"""What a repository's history says about a task: what similar commits changed, and what changes often."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from pathlib import Path

from tools import process
from tools.errors import ProgramNotFound
from tools.words import terms

_MOST_COMMITS = 1_500
_MOST_FILES = 25  # a commit that changed more is about all of them and none
_HALF_LIFE = 150.0  # commits after which a change counts half
_TIMEOUT_S = 5.0
_OUTPUT_LIMIT = 20_000_000


@dataclass(frozen=True, slots=True)
class PastCommit:
    """A commit: the words of its message and the files it changed. Newest first, in a list."""

    words: frozenset[str]
    files: tuple[str, ...]


def past_commits(root: Path, limit: int = _MOST_COMMITS) -> list[PastCommit]:
    """The last commits that lead to HEAD, newest first; none where there is no history to read."""
    argv = ["git", "log", f"-n{limit}", "--no-merges", "--name-only", "--no-renames", "--no-show-signature"]
    argv += ["-z", "--format=%x01%s %b%x02", "HEAD"]
    try:
        done = process.capture(argv, cwd=root, timeout_s=_TIMEOUT_S, output_limit=_OUTPUT_LIMIT)
    except ProgramNotFound:
        return []
    if done.timed_out or done.truncated or done.exit_code:
        return []
    records = done.stdout.decode("utf-8", "replace").split("\x01")[1:]
    return [_commit(record) for record in records]


def _commit(record: str) -> PastCommit:
    message, _, names = record.partition("\x02")
    files = tuple(name.strip("\n") for name in names.split("\0") if name.strip("\n"))
    return PastCommit(frozenset(terms(message)), files)


def changed_by_similar(commits: Sequence[PastCommit], words: Sequence[str]) -> dict[str, float]:
    """Files by how much the messages of the commits that changed them are like the task.

    Each shared word counts by its rarity (inverse document frequency); a commit shares its likeness among
    the files it changed, and recent commits count more.
    """
    spread = Counter(word for commit in commits for word in commit.words)
    rarity = {w: log(1 + len(commits) / spread[w]) for w in words if w in spread}
    found: dict[str, float] = defaultdict(float)
    for age, commit in enumerate(commits):
        shared = sum(rarity[word] for word in commit.words if word in rarity)
        if not shared or not 0 < len(commit.files) <= _MOST_FILES:
            continue
        likeness = shared * shared / sqrt(len(commit.words) + 5) / sqrt(len(commit.files))
        for path in commit.files:
            found[path] += likeness * (0.5 + 0.5 * _fading(age))
    return dict(found)


def often_changed(commits: Sequence[PastCommit]) -> dict[str, float]:
    """Files by how often they were changed, of late above all."""
    found: dict[str, float] = defaultdict(float)
    for age, commit in enumerate(commits):
        if len(commit.files) <= _MOST_FILES:
            for path in commit.files:
                found[path] += _fading(age)
    return {path: log(1 + count) for path, count in found.items()}


def _fading(age: int) -> float:
    return exp(-age * log(2) / _HALF_LIFE)
