"""Finds secrets, and masks them before anything is written.

Two kinds of signs: a shape that no other text has (`secret_kinds`), and a name that says "secret" with a
value beside it (`secret_names`). Hashes, ids and names of test data without such a name are left alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memory.secret_kinds import OF_MANY_LINES, SHAPES
from memory.secret_names import joined, named_values

_SHAPES = tuple((name, words, re.compile(pattern)) for name, words, pattern in SHAPES)
_BEFORE, _LONGEST = 300, 20_000  # characters around a word that tells
# What stands for a secret in a conversation with a model: the tag leads back to it while the session lasts.
STAND_IN = re.compile(r"\[secret (?P<tag>[0-9a-f]{6}): (?P<name>[^\[\]\n]{1,60})\]")
_MASK = re.compile(rf"{STAND_IN.pattern}|\[[^\[\]\n]{{1,60}} removed\]")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a secret stands in a text, and what it is."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Masked:
    """Text without its secrets.

    Attributes:
        found: What was masked, by name, each once.
    """

    text: str
    found: tuple[str, ...]


def mask(text: str) -> Masked:
    """Replace every secret in a text by a note of what stood there."""
    places = find_secrets(text)
    pieces, position = [], 0
    for place in places:
        pieces += [text[position : place.start], f"[{place.name} removed]"]
        position = place.end
    names = [place.name for place in places] + [match["name"] for match in STAND_IN.finditer(text)]
    clean = STAND_IN.sub(r"[\g<name> removed]", "".join([*pieces, text[position:]]))
    return Masked(clean, tuple(dict.fromkeys(names)))


def find_secrets(text: str) -> list[Found]:
    """Every secret of a text, in order; none overlaps another, or what is masked already."""
    masks = [match.span() for match in _MASK.finditer(text)]
    found: list[Found] = []
    for place in sorted([*_shapes(text), *_named(text)], key=lambda place: (place.start, -place.end)):
        if any(start < place.end and place.start < end for start, end in masks):
            continue
        if found and place.start < found[-1].end:
            last = found[-1]
            found[-1] = Found(last.start, max(last.end, place.end), last.name)
        else:
            found.append(place)
    return found


def _shapes(text: str) -> Iterator[Found]:
    for name, words, pattern in _SHAPES:
        for first, last in _around(text, words, whole=name in OF_MANY_LINES):
            for match in pattern.finditer(text, first, last):
                group = next((n for n, value in enumerate(match.groups(), 1) if value is not None), 0)
                start, end = match.span(group)
                secret = text[start:end]
                start += len(secret) - len(secret.lstrip())
                end = start + len(secret.strip())
                if end > start:
                    yield Found(start, end, name)


def _around(text: str, words: tuple[str, ...], *, whole: bool) -> list[tuple[int, int]]:
    """The places around some words, in order; with `whole`, from the first one on."""
    found: list[tuple[int, int]] = []
    for word in words:
        place = text.find(word)
        while place >= 0:
            line = text.find("\n", place, place + _LONGEST)
            end = len(text) if whole else line if line >= 0 else min(place + _LONGEST, len(text))
            found.append((max(0, place - _BEFORE), end))
            place = text.find(word, end if end > place else place + 1)
    return joined(found)


def _named(text: str) -> Iterator[Found]:
    return (Found(start, end, name) for start, end, name in named_values(text))
