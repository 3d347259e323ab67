"""Ranking files for a task: what each kind of evidence says, and how much it counts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest

from tools.paths import Role, role_of

Signal = str


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of evidence counts. All of them, in one place.

    Each signal is scaled to 0..1 over the files of one search before it is weighed. `roles` multiplies the
    sum: a task is seldom about tests, examples or prose, even where they use the same words.
    """

    signals: Mapping[Signal, float] = field(
        default_factory=lambda: {
            "named": 3.0,  # the task, a traceback or a memory names the file
            "latest": 0.85,  # one of the last few commits changed it
            "content": 0.75,  # BM25 over its words
            "symbol": 0.72,  # its best definition fits the task
            "messages": 0.62,  # all that was said in messages of commits that changed it
            "path": 0.52,  # BM25 over its path
            "literal": 0.50,  # it holds a text that the task quotes, or an identifier
            "size": 0.48,  # there is much in it that could be changed
            "together": 0.46,  # it changes together with what the others found
            "history": 0.44,  # commits with like messages changed it
            "alike": 0.35,  # its name begins like a word of the task, or the other way round
            "defines": 0.31,  # it defines an identifier of the task
            "tested": 0.30,  # the tests that fit are about it
            "vocabulary": 0.29,  # the names of its definitions are made of the task's words
            "often": 0.28,  # it changes often
            "names": 0.24,  # the name of its definitions that fits best
            "stem": 0.18,  # its name is a word of the task
            "near": 0.05,  # PageRank from what the others found
        }
    )
    roles: Mapping[Role, float] = field(
        default_factory=lambda: {"code": 1.0, "test": 0.35, "example": 0.3, "other": 0.3}
    )


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class RankedFile:
    """A file, how well it fits (the best has about the sum of the weights), and why."""

    path: str
    score: float
    why: list[str]


class Evidence:
    """What is known about each file, signal by signal.

    Args:
        role: says what a file is for.
    """

    def __init__(self, role: Callable[[str], Role] = role_of) -> None:
        self._role = role
        self._scores: dict[Signal, dict[str, float]] = {}
        self._why: dict[str, dict[str, None]] = {}

    def add(self, signal: Signal, path: str, score: float, why: str = "") -> None:
        """Add to a file's score of one signal; `why` is said in the explanation, each reason once."""
        scores = self._scores.setdefault(signal, {})
        scores[path] = scores.get(path, 0.0) + score
        if why:
            self._why.setdefault(path, {})[why] = None

    def add_all(self, signal: Signal, scores: Iterable[tuple[str, float]]) -> None:
        """Add the scores of many files."""
        for path, score in scores:
            self.add(signal, path, score)

    def paths(self) -> set[str]:
        """The files of which anything is known."""
        return {path for scores in self._scores.values() for path in scores}

    def scaled(self, role: Role | None = None) -> dict[str, dict[Signal, float]]:
        """For each file, or each of one role, its signals, each between 0 and 1."""
        found: dict[str, dict[Signal, float]] = {}
        for signal, scores in self._scores.items():
            top = max(scores.values(), default=0.0)
            for path, score in scores.items():
                if top > 0 and (role is None or self._role(path) == role):
                    found.setdefault(path, {})[signal] = score / top
        return found

    def best(self, limit: int, weights: Weights = WEIGHTS) -> list[tuple[str, float]]:
        """The best files with their scores; ties by path, so that the same search gives the same answer."""
        totals: dict[str, float] = {}
        for signal, scores in self._scores.items():
            top = max(scores.values(), default=0.0)
            factor = weights.signals.get(signal, 0.0) / top if top > 0 else 0.0
            for path, score in scores.items():
                totals[path] = totals.get(path, 0.0) + factor * score
        named = self._scores.get("named", {})  # what is asked for by name is wanted whatever its role
        for path in totals:
            if not named.get(path):
                totals[path] *= weights.roles[self._role(path)]
        return nsmallest(limit, totals.items(), key=lambda item: (-item[1], item[0]))

    def ranked(self, limit: int, weights: Weights = WEIGHTS) -> list[RankedFile]:
        """The best files, each with what speaks for it."""
        tops = {signal: max(scores.values(), default=0.0) for signal, scores in self._scores.items()}
        return [
            RankedFile(path, score, self._explained(path, tops, weights))
            for path, score in self.best(limit, weights)
        ]

    def _explained(self, path: str, tops: Mapping[Signal, float], weights: Weights) -> list[str]:
        signals = {
            signal: scores[path] / tops[signal]
            for signal, scores in self._scores.items()
            if path in scores and tops[signal] > 0
        }
        strongest = sorted(signals, key=lambda s: -signals[s] * weights.signals.get(s, 0))
        return [*self._why.get(path, {}), *(f"{signal} {signals[signal]:.2f}" for signal in strongest[:3])]
