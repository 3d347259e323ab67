"""Which words may mean the same, and which are of one kind: evidence, where `memory.lexicon` is certain.

The words are in senses.toml.
"""

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from math import ceil
from pathlib import Path

from memory.lexicon import SYNONYMS
from memory.words import concept_of, root_of

_SHORTEST_KIN = 4
_KIN = 0.55
"""Words that begin alike so far are forms of one word that no stem joins: stable, stability."""


def senses_shared(word: str, other: str) -> int:
    """How many senses two words may have in common: 0 where nothing says that they can mean the same."""
    if root_of(word) == root_of(other) or concept_of(word) == concept_of(other):
        return 1
    return len(_senses(word) & _senses(other))


def are_kin(word: str, other: str) -> bool:
    """Whether two words look like forms of one."""
    needed = max(_SHORTEST_KIN, ceil(_KIN * max(len(word), len(other))))
    return len(word) >= needed and word[:needed] == other[:needed]


def are_contrasts(word: str, other: str) -> bool:
    """Whether two words are opposites or things of one kind, and in no use mean the same."""
    return not _kinds(word).isdisjoint(_kinds(other)) and not senses_shared(word, other)


def is_known(word: str) -> bool:
    """Whether anything is known of what a word means."""
    return bool(_senses(word)) or root_of(word) in _contrasts() or root_of(word) in _certain()


def is_verb(word: str) -> bool:
    """Whether a word is a verb rather than a noun, by its ending or by what is known of it."""
    root = root_of(word)
    return word.endswith(("ed", "ing")) or (root in _roots("verbs") and root not in _roots("nouns"))


def is_noun(word: str) -> bool:
    """Whether a word is known as a noun alone."""
    root = root_of(word)
    return root in _roots("nouns") and root not in _roots("verbs")


def is_little(word: str) -> bool:
    """Whether a word mostly changes nothing by itself."""
    return word in _little()


@cache
def _read() -> dict[str, str]:
    return tomllib.loads(Path(__file__).with_name("senses.toml").read_text(encoding="utf-8"))


def _lines(*names: str) -> Iterator[frozenset[str]]:
    for name in names:
        for line in _read()[name].strip().splitlines():
            yield frozenset(map(root_of, line.split()))


def _numbered(lines: Iterable[frozenset[str]]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(lines):
        for root in line:
            found.setdefault(root, set()).add(number)
    return {root: frozenset(numbers) for root, numbers in found.items()}


@cache
def _by_root() -> dict[str, frozenset[int]]:
    return _numbered(_lines("verbs", "nouns", "others", "forms"))


def _senses(word: str) -> frozenset[int]:
    return _by_root().get(root_of(word), frozenset())


def _kinds(word: str) -> frozenset[int]:
    by_root = _contrasts()
    return by_root.get(root_of(word), frozenset()) | by_root.get(concept_of(word), frozenset())


@cache
def _contrasts() -> dict[str, frozenset[int]]:
    return _numbered(_lines("contrasts"))


@cache
def _roots(name: str) -> frozenset[str]:
    return frozenset(root for line in _lines(name) for root in line)


@cache
def _certain() -> frozenset[str]:
    return frozenset(root_of(word) for words in SYNONYMS for word in words)


@cache
def _little() -> frozenset[str]:
    return frozenset(_read()["little"].split())
