"""Finds the memory that already says the same, and merges what is said again. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from memory.conflicts import about_other_code, contradicts
from memory.ids import normalised
from memory.keywords import terms
from memory.likeness import alike
from memory.paraphrase import Witness, differs_in_kind, fitted
from memory.records import FEEDABLE, Anchors, Kind, Provenance, Record, Status
from memory.wording import Reading, read
from memory.words import NEGATIONS, concept_of

_NEGATED = re.compile(r"n['’]t\b")


def near_duplicate(record: Record, others: Iterable[Record]) -> Record | None:
    """The first of the records that says the same, be it in other words.

    The same means: the same concepts, numbers, identifiers and negations, nobody has changed places, and no
    word stands in the place of its opposite or of a thing of its kind.
    What a log of work says is the same only in the same words and order. A text that adds, changes or swaps
    a single word of content is another memory.
    """
    if record.kind is Kind.TASK:
        words = content(record.text)
        return next((other for other in others if words and words == content(other.text)), None)
    reading = read(record.text)
    return next((other for other in others if _says_the_same(reading, read(other.text))), None)


def _says_the_same(one: Reading, two: Reading) -> bool:
    return alike(one, two) and not differs_in_kind(one, two)


def likeliest_twin(
    record: Record, others: Iterable[Record], witness: Witness, fed: Collection[str] = ()
) -> Record | None:
    """The record that the second witness takes for the same in other words, where no rule saw one.

    Args:
        record: What is to be written; no log of work.
        others: What it may repeat.
        witness: Who judges ordinary words.
        fed: Ids of what whoever wrote it had been told just before: that is likely to be told back.
    """
    reading, weights = read(record.text), fitted()
    best, likely = None, 0.0
    for other in others:
        least = weights.likely_fed if other.id in fed else weights.likely
        found = witness.likelihood(reading, read(other.text))
        if found > max(likely, least) and not _against(record, other):
            best, likely = other, found
    return best


def _against(record: Record, other: Record) -> bool:
    """Whether more than their words says that two records are not the same."""
    return about_other_code(record, other) or contradicts(record.text, other.text)


def closest(text: str, others: Sequence[Record], most: int) -> list[Record]:
    """The records that share the most beginnings of words with a text: the rest is not worth a reading."""
    own = beginnings(text)

    def shared(record: Record) -> float:
        theirs = beginnings(record.text)
        return len(own & theirs) / max(min(len(own), len(theirs)), 1)

    return sorted(others, key=shared, reverse=True)[:most]


def beginnings(text: str) -> frozenset[str]:
    """The first letters of the longer words of a text."""
    return frozenset(word[:4] for word in re.findall(r"\w{3,}", text.casefold()))


def content(text: str) -> list[str]:
    """The concepts of a text, in order, as they stand; negations count as content."""
    plain = _NEGATED.sub(" not", normalised(text))
    kept = set(terms(plain)) | NEGATIONS
    words = re.findall(r"\w+", plain)
    return [concept_of(word) for word in words if word in kept or "_" in word]


def merged(old: Record, new: Record, at: datetime) -> Record:
    """The old record after the same was said again: counted, with its new source and anchors.

    What a person or the code had ended is believed again; a superseded memory stays superseded.
    """
    revived = old.status in (Status.DEPRECATED, Status.EXPIRED, Status.STALE)
    promoted = old.status is Status.PROPOSED and new.status is Status.ACTIVE
    sources = (
        old.sources if new.provenance in (old.provenance, *old.sources) else (*old.sources, new.provenance)
    )
    result = replace(
        old,
        anchors=joined(old.anchors, new.anchors),
        confidence=max(old.confidence, new.confidence),
        sources=_latest(sources),
        stats=replace(old.stats, restated=old.stats.restated + 1),
        because=old.because or new.because,
        expires_at=new.expires_at if old.status is Status.EXPIRED else old.expires_at,
        updated_at=at,
    )
    if (revived or promoted) and new.status in FEEDABLE:
        return replace(
            result, status=new.status, reason="stated again", valid_until=None, anchors=new.anchors
        )
    return result


def joined(old: Anchors, new: Anchors) -> Anchors:
    """Both records' anchors; of a symbol that is in both, the newer digest."""
    by_name = {anchor.symbol: anchor for anchor in old.symbols}
    by_name |= {
        anchor.symbol: anchor for anchor in new.symbols if anchor.digest or anchor.symbol not in by_name
    }

    def union(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*getattr(old, name), *getattr(new, name))))

    return Anchors(union("paths"), tuple(by_name.values()), union("components"), union("languages"))


def _latest(sources: tuple[Provenance, ...], most: int = 20) -> tuple[Provenance, ...]:
    return sources[-most:]
