"""English words about software: which mean the same, which mean nothing, which exclude each other.

The words are in english.toml. Words that are known there and stand in different groups are different
concepts: nothing takes them for one another, however near an embedding puts them.
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

Rewording = tuple[re.Pattern[str], str]


def _read() -> dict[str, str]:
    return tomllib.loads(Path(__file__).with_name("english.toml").read_text(encoding="utf-8"))


def _groups(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split()) for line in text.strip().splitlines())


def _rewordings(text: str) -> tuple[Rewording, ...]:
    pairs = (line.partition("  ->") for line in text.strip().splitlines())
    return tuple((re.compile(pattern, re.IGNORECASE), new[2:]) for pattern, _, new in pairs)


def _in_one(words: Sequence[str]) -> re.Pattern[str]:
    either = "|".join(word.replace("-", "[- ]") for word in words)
    return re.compile(rf"\b(?:{either})(?=s?\b)", re.IGNORECASE)


def _grammar(name: str) -> re.Pattern[str]:
    return re.compile(_ENGLISH[name], re.IGNORECASE | re.VERBOSE)


_ENGLISH = _read()
STOP = frozenset(_ENGLISH["stop"].split())
OPTIONAL = tuple(_ENGLISH["optional"].split())
PALE = tuple(_ENGLISH["pale"].split())
KINDS = tuple(_ENGLISH["kinds"].split())
RELATIONS = tuple(_ENGLISH["relations"].split())
SYNONYMS = _groups(_ENGLISH["synonyms"])
IRREGULAR = {form: verb for verb, *forms in _groups(_ENGLISH["irregular"]) for form in forms}
SIBLINGS = _groups(_ENGLISH["siblings"])
EXCLUSIVE = (*_groups(_ENGLISH["opposites"]), *SIBLINGS)
NUMBERS = dict(pair.split("=") for pair in _ENGLISH["numbers"].split())
SPELLING = _rewordings(_ENGLISH["spelling"])
FRAMES = re.compile("|".join(_ENGLISH["frames"].strip().splitlines()), re.IGNORECASE)
PHRASES = _rewordings(_ENGLISH["phrases"])
COMPOUNDS = _in_one(_ENGLISH["compounds"].split())
PASSING = _grammar("passing")
DONE = _grammar("done")
OF_NOW = _grammar("of_now")
LABELS = _grammar("labels")
CHANGED = _grammar("changed")
REJECTS = _grammar("rejects")
