"""The levels of recall, from quick to thorough, behind one interface."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from memory.embedding import Embedder
from memory.paraphrase import Words
from memory.store import Candidate


class Level(Embedder, Protocol):
    """A way to read: it finds texts by their vectors, then compares the best of them with the query.

    Attributes:
        compared: How many of the best candidates are worth comparing, for the time that it takes.
        trust: How much that comparison counts beside words and vectors, in [0, 1].
    """

    compared: int
    trust: float

    def likeness(self, query: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the query, in [0, 1]; comparable only within one call."""
        ...


class WritingLevel(Level, Words, Protocol):
    """A level that memories are written with: curation looks words up in it."""


def compared(candidates: Sequence[Candidate], query: str, level: Level) -> list[Candidate]:
    """The candidates, the best of them compared with the query text by text.

    Args:
        candidates: Best first.
        query: What is looked for.
        level: Who compares.
    """
    best = candidates[: level.compared]
    likeness = level.likeness(query, [candidate.record.text for candidate in best])
    judged = [
        replace(candidate, likeness=score, trust=level.trust)
        for candidate, score in zip(best, likeness, strict=True)
    ]
    return [*judged, *candidates[level.compared :]]
