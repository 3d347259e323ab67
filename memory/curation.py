"""What is worth keeping, and what is kept already. Deterministic rules, no model."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from memory.ids import normalised
from memory.keywords import terms
from memory.records import FEEDABLE, Anchors, Provenance, Record, Status

LONGEST = 4000
_NEGATIONS = frozenset(("not", "no", "never", "without", "cannot", "avoid", "stop", "except", "unless"))
_NEGATED = re.compile(r"n['’]t\b")
_EPHEMERAL = re.compile(
    r"(?ix)^\W*(?:"
    r"(?:(?:ok|okay|done|thanks|thank\ you|yes|no|hello|hi|sure|great)\b[\s!.,]*)+$"
    r"|(?:i\ will|i'll|i\ am|i'm|let\ me|let's)\ (?:now\ )?"
    r"(?:run|check|look|read|open|start|begin|try|fix)\w*\b"
    r"|(?:running|checking|reading|opening|looking\ at)\b.{0,60}(?:\.\.\.|…)$"
    r"|(?:currently|right\ now|at\ the\ moment|just\ now),?\ (?:running|checking|reading|looking|working)\b"
    r")"
)


def refusal(text: str) -> str | None:
    """Why a text is not worth keeping; None when it is."""
    if not re.search(r"\w", text):
        return "there is nothing in it to remember"
    if len(text) > LONGEST:
        return f"it has {len(text)} characters; more than {LONGEST} belong in a document of the repository"
    if _EPHEMERAL.match(text):
        return "it only says what is going on right now"
    return None


def near_duplicate(text: str, others: Iterable[Record]) -> Record | None:
    """The first of the records that says the same in almost the same words.

    The same means: the same stems, numbers, identifiers and negations, in the same order. A text that
    adds, changes or swaps a single word of content is another memory.
    """
    words = content(text)
    return next((other for other in others if words and words == content(other.text)), None)


def content(text: str) -> list[str]:
    """The stems of a text's words of content, in order; negations count as content."""
    plain = _NEGATED.sub(" not", normalised(text))
    stem = _stemmer()
    words = re.findall(r"\w+", plain)
    kept = set(terms(plain)) | _NEGATIONS
    return [stem.stemWord(word) for word in words if word in kept or "_" in word]


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


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
