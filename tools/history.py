"""What a repository's history says about a task: what similar commits changed, and what changes often."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from pathlib import Path

from tools import process
from tools.errors import ProgramNotFound
from tools.index_store import IndexStore
from tools.words import terms

_MOST_COMMITS = 1_500
_MOST_FILES = 25  # a commit that changed more is about all of them and none
_HALF_LIFE = 150.0  # commits after which a change counts half
_K1, _B = 1.2, 0.2  # of BM25: a file of which much was said is meant more often, so length counts little
_TIMEOUT_S = 5.0
_OUTPUT_LIMIT = 20_000_000


@dataclass(frozen=True, slots=True)
class PastCommit:
    """A commit: the words of its message and the files it changed. Newest first, in a list."""

    words: frozenset[str]
    files: tuple[str, ...]


def known_commits(root: Path, head: str | None, store: IndexStore) -> list[PastCommit]:
    """The last commits that lead to HEAD, newest first; git is asked only for those that are not kept."""
    if head is None:
        return []
    kept = store.rows("SELECT id, words, files FROM commits ORDER BY rowid")
    if not kept or kept[0][0] != head:
        fresh = _past_commits(root, kept[0][0] if kept else None)
        if fresh is None:  # another branch: what is kept is not on the way to HEAD
            fresh, kept = _past_commits(root, None) or [], []
        kept = [*fresh, *kept][:_MOST_COMMITS]
        with store.writing() as connection:
            connection.execute("DELETE FROM commits")
            connection.executemany("INSERT INTO commits VALUES (?, ?, ?)", kept)
    return [
        PastCommit(frozenset(words.split(" ")), tuple(files.split("\0")) if files else ())
        for _, words, files in kept
    ]


def _past_commits(root: Path, since: str | None) -> list[tuple[str, str, str]] | None:
    """Commits after `since` as id, words, files; None when it is not an ancestor, or git cannot tell."""
    argv = ["git", "log", f"-n{_MOST_COMMITS}", "--no-merges", "--name-only", "--no-renames"]
    argv += ["--no-show-signature", "-z", "--format=%x01%H %s %b%x02"]
    try:
        if since is not None:
            asked = ["git", "merge-base", "--is-ancestor", since, "HEAD"]
            if process.capture(asked, cwd=root, timeout_s=_TIMEOUT_S).exit_code != 0:
                return None
        span = "HEAD" if since is None else f"{since}..HEAD"
        done = process.capture([*argv, span], cwd=root, timeout_s=_TIMEOUT_S, output_limit=_OUTPUT_LIMIT)
    except ProgramNotFound:
        return None
    if done.timed_out or done.truncated or done.exit_code:
        return None
    return [_commit(record) for record in done.stdout.decode("utf-8", "replace").split("\x01")[1:]]


def _commit(record: str) -> tuple[str, str, str]:
    message, _, names = record.partition("\x02")
    commit, _, message = message.partition(" ")
    files = [name.strip("\n") for name in names.split("\0") if name.strip("\n")]
    return commit, " ".join(dict.fromkeys(terms(message))), "\0".join(files)


class History:
    """Past commits, laid out for questions.

    Args:
        commits: newest first.
    """

    def __init__(self, commits: Sequence[PastCommit]) -> None:
        self._commits = commits
        self._with: dict[str, list[int]] = defaultdict(list)  # the commits whose message has a word
        for number, commit in enumerate(commits):
            for word in commit.words:
                self._with[word].append(number)
        self._said: Counter[str] = Counter()  # how many words of messages each file has
        self.last: dict[str, int] = {}  # how many commits ago each file was changed
        for age, commit in enumerate(commits):
            if len(commit.files) <= _MOST_FILES:
                for path in commit.files:
                    self._said[path] += len(commit.words)
                    self.last.setdefault(path, age)
        self.often = self._often_changed()

    def changed_by_similar(self, words: Sequence[str]) -> dict[str, float]:
        """Files by how much the messages of the commits that changed them are like the task.

        Each shared word counts by its rarity (inverse document frequency); a commit shares its likeness among
        the files it changed, and recent commits count more.
        """
        shared: dict[int, float] = defaultdict(float)
        for word in dict.fromkeys(words):
            numbers = self._with.get(word, ())
            for number in numbers:
                shared[number] += log(1 + len(self._commits) / len(numbers))
        found: dict[str, float] = defaultdict(float)
        for age, weight in shared.items():
            commit = self._commits[age]
            if 0 < len(commit.files) <= _MOST_FILES:
                likeness = weight * weight / sqrt(len(commit.words) + 5) / sqrt(len(commit.files))
                for path in commit.files:
                    found[path] += likeness * (0.5 + 0.5 * _fading(age))
        return dict(found)

    def messages_about(self, words: Sequence[str]) -> dict[str, float]:
        """Files by how well all that was ever said of them fits the task: BM25 over their messages, joined.

        `changed_by_similar` asks for a commit that is like the task; here the words of many commits add up.
        A commit's words are shared among the files it changed.
        """
        told: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for word in dict.fromkeys(words):
            for number in self._with.get(word, ()):
                files = self._commits[number].files
                if 0 < len(files) <= _MOST_FILES:
                    for path in files:
                        told[path][word] += 1 / sqrt(len(files))
        usual = sum(self._said.values()) / max(1, len(self._said))
        rarity = {
            word: log(1 + len(self._commits) / len(self._with[word])) for word in words if word in self._with
        }
        found = {}
        for path, counts in told.items():
            flat = _K1 * (1 - _B + _B * self._said[path] / usual)
            found[path] = sum(
                rarity[word] * count * (_K1 + 1) / (count + flat) for word, count in counts.items()
            )
        return found

    def changed_with(self, seeds: dict[str, float]) -> dict[str, float]:
        """Files by how often they were changed in one commit with the seeds, of late above all."""
        found: dict[str, float] = defaultdict(float)
        total: Counter[str] = Counter()
        for age, commit in enumerate(self._commits):
            if not 1 < len(commit.files) <= _MOST_FILES:
                continue
            weight = sum(seeds.get(path, 0.0) for path in commit.files)
            for path in commit.files:
                total[path] += 1
                if weight:
                    found[path] += (weight - seeds.get(path, 0.0)) * _fading(age) / len(commit.files)
        return {path: score / sqrt(1 + total[path]) for path, score in found.items() if score > 0}

    def _often_changed(self) -> dict[str, float]:
        """Files by how often they were changed, of late above all."""
        found: dict[str, float] = defaultdict(float)
        for age, commit in enumerate(self._commits):
            if len(commit.files) <= _MOST_FILES:
                for path in commit.files:
                    found[path] += _fading(age)
        return {path: log(1 + count) for path, count in found.items()}


def _fading(age: int) -> float:
    return exp(-age * log(2) / _HALF_LIFE)
