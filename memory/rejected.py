"""Patterns that were rejected, and whether a plan would bring one of them back. Pure, and by rules only.

Rather silent than wrong: a pattern counts as brought back only where a part of the plan names all that the
rejection denies and does not deny, replace or remove it itself.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memory.lexicon import REJECTS
from memory.records import FEEDABLE, Record
from memory.wording import Part, carries_content, parts_of
from memory.words import concept_of, stems

LABEL = "rejected_pattern"
_TURNS_AWAY = stems(
    ("remove", "replace", "drop", "migrate", "retire", "deprecate", "reject", "uninstall", "purge", "avoid")
)
_TAKES_UP = stems(
    (
        "use", "add", "introduce", "reintroduce", "adopt", "switch", "import", "install", "bring",
        "create", "write", "build", "call", "store", "convert", "move", "put", "make", "enable", "integrate",
        "rely", "implement", "depend", "wrap", "log", "catch", "mock",
    )
)  # fmt: skip
_ADOPTS = frozenset(("with", "via", "through", "into", "to", "as", "using"))


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """A rejected pattern that a plan would bring back.

    Attributes:
        record: The memory that rejects it.
        words: The part of the plan that does it.
    """

    record: Record
    words: str


def is_rejection(text: str) -> bool:
    """Whether a text says that something is not done here: "we do not use X", "never do Y"."""
    return REJECTS.search(text) is not None


def brought_back(records: Iterable[Record], plan: str, paths: Sequence[str] = ()) -> list[BroughtBack]:
    """Which rejected patterns a plan would bring back, in the order of the records.

    Args:
        records: Memories; those that reject nothing, or are not believed, are passed over.
        plan: What is to be done, in words.
        paths: Files that the plan means to touch or make.
    """
    sentences = [line for line in re.split(r"\n+|(?<=[.!?])\s+", plan) if line.strip()]
    found = []
    for record in records:
        if record.status not in FEEDABLE or not (record.label == LABEL or is_rejection(record.text)):
            continue
        words = next((line for line in sentences if _does(line, record.text, paths)), None)
        if words is not None:
            found.append(BroughtBack(record, words.strip()))
    return found


def _does(line: str, rejection: str, paths: Sequence[str]) -> bool:
    wanted, firm = _denied_by(rejection)
    if not wanted:
        return False
    at_hand = {name for path in paths for name in _names_of(path)}
    for part in parts_of(line):
        said = (part.concepts - part.denied) | at_hand
        if not wanted <= said or not wanted & part.concepts or part.concepts & _TURNS_AWAY:
            continue
        if len(wanted) > 1 or wanted & firm or _is_taken_up(part):
            return _is_taken_up(part)
    return False


def _is_taken_up(part: Part) -> bool:
    return bool(part.concepts & _TAKES_UP) or not _ADOPTS.isdisjoint(part.words)


def _denied_by(rejection: str) -> tuple[frozenset[str], frozenset[str]]:
    """What a rejection denies, as far as it carries content, and the names in it."""
    parts = parts_of(rejection)
    again, rejects = concept_of("reintroduce"), concept_of("reject")
    for part in parts:
        denied = part.denied - {again}
        if not denied and part.concepts & {rejects, concept_of("remove")}:
            denied = part.concepts - {rejects, concept_of("remove")}
        wanted = frozenset(word for word in denied if word in part.firm or carries_content(word))
        if wanted:
            return wanted, part.firm
    return frozenset(), frozenset()


def _names_of(path: str) -> list[str]:
    """A path and the folders above it, as a reading of a text would have them."""
    steps = path.casefold().split("/")
    return ["/".join(steps[:depth]) for depth in range(1, len(steps) + 1)]
