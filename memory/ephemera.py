"""Refuses what is not worth keeping: small talk, what was just done, passing facts, what a guide says."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from memory.curation import beginnings
from memory.lexicon import DONE, OF_NOW, PASSING
from memory.likeness import denies_alike
from memory.records import Kind
from memory.wording import Reading, read

LONGEST = 4000
_PACKET = re.compile(r"^\W*\**M[0-9a-f]{4,64}\b\**(?:[^\n]*·[^\n]*\n\s*>?|\s*[:\])–—-]+)\s*")
_REASON = re.compile(r"(?i)\b(?:because|since|so that|due to|never|must|do not|don['’]t|always)\b")
_COVERS = 0.5
"""Where a text has two words of content, they are at least this share of the sentence that has them too."""


def refusal(text: str, kind: Kind | None = None) -> str | None:
    """Why a text is not worth keeping; None when it is.

    Args:
        text: What is to be remembered.
        kind: Its kind, as far as it is known: a log of work may say what was done.
    """
    if not re.search(r"\w", text):
        return "there is nothing in it to remember"
    if len(text) > LONGEST:
        return f"it has {len(text)} characters; more than {LONGEST} belong in a document of the repository"
    if PASSING.match(text):
        return "it only says what is going on right now"
    if kind is Kind.TASK:
        return None
    if DONE.match(text) and not _REASON.search(text):
        return "it only says what was just done; the history of the code says that"
    if OF_NOW.search(text):
        return "it holds for this moment only: lines, temporary files and contents change"
    return None


def plain(text: str) -> str:
    """A text without what a recall had put around it."""
    return _PACKET.sub("", text.strip()).strip()


def restated(text: str, guides: Iterable[tuple[str, str]]) -> str | None:
    """The path of the guide that says all of a text already; None when none does.

    Args:
        text: What is to be remembered.
        guides: Paths and texts of what a repository says to whoever works in it.
    """
    sentences = [read(sentence) for sentence in _sentences(text)]
    wanted = frozenset(word for sentence in sentences for word in sentence.content)
    if len(wanted) < 2:
        return None
    for path, guide in guides:
        said = [read(each) for each in _said(guide) if _may_cover(each, text)]
        share = _COVERS if len(wanted) == 2 else 0.0
        if all(any(_covers(each, sentence, share) for each in said) for sentence in sentences):
            return path
    return None


def _covers(said: Reading, reading: Reading, share: float) -> bool:
    """Whether a sentence says all of another, and the other not just a word of it."""
    wanted = reading.content
    if wanted - said.everything or not denies_alike(said, reading):
        return False
    return len(wanted) >= share * len(said.content)


def _may_cover(said: str, text: str) -> bool:
    """Whether two texts share enough beginnings of words to be worth a reading."""
    return not beginnings(said).isdisjoint(beginnings(text))


@lru_cache(maxsize=32)
def _said(guide: str) -> tuple[str, ...]:
    """What a guide says: each sentence, alone and with the one after it, and with its heading."""
    said: list[str] = []
    for heading, body in _sections(guide):
        sentences = _sentences(body)
        pairs = [f"{one} {two}" for one, two in pairwise(sentences)]
        for sentence in (*sentences, *pairs):
            said += [sentence, f"{sentence} ({heading})"] if heading else [sentence]
    return tuple(said)


def _sections(guide: str) -> list[tuple[str, str]]:
    parts = re.split(r"(?m)^#{1,6}\s+(.*)$", guide)
    return list(zip(["", *parts[1::2]], parts[::2], strict=True))


def _sentences(text: str) -> Sequence[str]:
    """The sentences of Markdown; a bullet is one at least, a wrapped line goes on."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.)\s)", text)
    joined = [" ".join(block.split()).lstrip("-*+ ") for block in blocks]
    found = [piece for block in joined for piece in re.split(r"(?<=[.!?])\s+(?=[A-Z`])|;\s+", block)]
    return [piece for piece in found if re.search(r"\w", piece)]
