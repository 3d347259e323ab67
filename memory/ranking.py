"""Which memories matter most here: a weighted sum of parts, each in [0, 1]. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from memory.belief import neglect, reliability_of
from memory.records import Kind, Record
from memory.scopes import breadth
from memory.store import Candidate

WEIGHTS = {
    "text": 0.42,
    "nearness": 0.38,
    "reliability": 0.085,
    "recency": 0.03,
    "scope": 0.02,
    "kind": 0.03,
    "use": 0.035,
}
"""`text` is shared among words, meaning and likeness, as far as the level's likeness is trusted.

In real histories (`evals.bench_memory --only year`) the file that the search finds first tells what a memory
is worth much better than any words do: of the memories about it half to three quarters are about what is then
changed, of those about the third to fifth file one in ten.
"""
FARTHEST = -0.25
"""The cosine that counts as nothing in common; about the least that occurs among some hundred texts."""
LEAST_NEAREST = 0.25
"""Where even the nearest memory is farther than this, none gets full marks."""
LEAST_MEANING = 0.2
"""A memory that shares no word with the query must be at least this near by meaning."""
HALF_LIFE_DAYS = 90.0
"""A memory this old counts half as recent as one of today."""


Near = Sequence[str] | Mapping[str, float]
"""Paths and symbols of the code at hand; or each with how likely it is what the task is about, in (0, 1]."""
Order = Literal["relevance", "recency", "reliability", "use"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score, and the weighted parts that add up to it."""

    record: Record
    score: float
    why: dict[str, float]


def rank(candidates: Sequence[Candidate], near: Near, at: datetime) -> list[Ranked]:
    """Candidates, best first.

    Scores of words, vectors and likeness are scaled to [0, 1] among the candidates and added, which on
    our figures does better than reciprocal ranks.

    Args:
        candidates: Each memory once.
        near: The code at hand.
        at: The present moment.
    """
    most_alike = max((candidate.likeness for candidate in candidates), default=0.0)
    weights = _weights(max((candidate.trust for candidate in candidates), default=0.0))
    ranked = []
    for candidate, (words, meaning) in zip(candidates, _first_looks(candidates), strict=True):
        record = candidate.record
        parts = {
            "words": words,
            "meaning": meaning,
            "likeness": candidate.likeness / most_alike if most_alike else 0.0,
            "nearness": nearness(record, near),
            "reliability": reliability_of(record),
            "recency": recency(record, at),
            "scope": 1 - breadth(record.scope) / 3,
            "kind": 0.0 if record.kind is Kind.TASK else 1.0,
            "use": 1 - neglect(record),
        }
        why = {name: round(weights[name] * value, 4) for name, value in parts.items()}
        ranked.append(Ranked(record, round(sum(why.values()), 4), why))
    return _successors_first(sorted(ranked, key=lambda item: (-item.score, item.record.id)))


def promising_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Candidates in the order of what words and vectors say about them, relevant ones before others."""
    looks = dict(zip((item.record.id for item in candidates), _first_looks(candidates), strict=True))
    return sorted(candidates, key=lambda item: (is_relevant(item), sum(looks[item.record.id])), reverse=True)


def is_relevant(candidate: Candidate) -> bool:
    """Whether a memory has to do with the query at all."""
    return candidate.words > 0 or (candidate.meaning or 0.0) >= LEAST_MEANING


def ordered(records: Sequence[Record], by: Order) -> list[Record]:
    """Records by another measure than relevance, greatest first; in their order where they are equal."""
    keys: dict[Order, Callable[[Record], float]] = {
        "recency": lambda record: (
            record.provenance.created_at.timestamp() if record.provenance.created_at else 0
        ),
        "reliability": reliability_of,
        "use": lambda record: record.stats.recalled + record.stats.cited,
    }
    return sorted(records, key=keys[by], reverse=True) if by in keys else list(records)


def nearness(record: Record, near: Near) -> float:
    """How close a memory's anchors lie to the code at hand: 1 the same symbol, 0 nothing shared."""
    files = record.anchors.files()
    names = {anchor.symbol for anchor in record.anchors.symbols}
    best = 0.0
    for place in near:
        likely = near[place] if isinstance(near, Mapping) else 1.0
        path = place.partition("::")[0]
        closest = 1.0 if place in names else max((_closeness(path, own) for own in files), default=0.0)
        best = max(best, likely * closest)
    return best


def spoken(item: Ranked) -> float:
    """How much of a score the words of the query gave."""
    return item.why["words"] + item.why["meaning"] + item.why["likeness"]


def recency(record: Record, at: datetime) -> float:
    """1 for a memory of this moment, halved every HALF_LIFE_DAYS."""
    born = record.provenance.created_at
    if born is None:
        return 0.0
    days = max((at - born).total_seconds() / 86_400, 0.0)
    return float(0.5 ** (days / HALF_LIFE_DAYS))


def _successors_first(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The same order, but what replaced a memory stands before it, however well the old words fit."""
    by_id = {item.record.id: item for item in ranked}
    placed: dict[str, Ranked] = {}
    for item in ranked:
        chain = [item]
        while (successor := by_id.get(chain[-1].record.superseded_by or "")) and successor not in chain:
            chain.append(successor)
        for each in reversed(chain):
            placed.setdefault(each.record.id, each)
    return list(placed.values())


def _weights(trust: float) -> dict[str, float]:
    text = WEIGHTS["text"]
    shares = {"words": (1 - trust) / 2, "meaning": (1 - trust) / 2, "likeness": trust}
    return {**WEIGHTS, **{name: text * share for name, share in shares.items()}}


def _first_looks(candidates: Sequence[Candidate]) -> list[tuple[float, float]]:
    """The scores of words and of vectors, each scaled to [0, 1] among the candidates."""
    most_words = max((candidate.words for candidate in candidates), default=0.0)
    nearest = max((candidate.meaning or 0.0 for candidate in candidates), default=0.0)
    return [
        (candidate.words / most_words if most_words else 0.0, _scaled(candidate.meaning, nearest))
        for candidate in candidates
    ]


def _scaled(cosine: float | None, nearest: float) -> float:
    """A cosine on a scale from FARTHEST to the nearest of all."""
    if cosine is None:
        return 0.0
    return max(cosine - FARTHEST, 0.0) / (max(nearest, LEAST_NEAREST) - FARTHEST)


def _closeness(path: str, other: str) -> float:
    if path == other:
        return 0.8
    if path.startswith(f"{other}/") or other.startswith(f"{path}/"):
        return 0.6
    folder, other_folder = path.rpartition("/")[0], other.rpartition("/")[0]
    if folder and folder == other_folder:
        return 0.4
    return 0.15 if folder and folder.split("/")[0] == other_folder.split("/")[0] else 0.0
