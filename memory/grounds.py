"""What a memory rests on, read from the reason that it gives. Pure."""

import re

from memory.ids import ID_PATTERN
from memory.records import Record

_BECAUSE = re.compile(r"(?i)\b(?:because|since|as long as|given that)\s+(?!\d|of\b|then\b)([^.;:]{8,200})")
_NAMED = re.compile(rf"\b{ID_PATTERN.pattern}\b")


def ids_named(record: Record) -> tuple[str, ...]:
    """The memories that the reason names."""
    return tuple(dict.fromkeys(_NAMED.findall(record.because or "")))


def reasons(record: Record) -> tuple[str, ...]:
    """The statements that the memory gives as its reason."""
    found = [record.because] if record.because else []
    return (*found, *_BECAUSE.findall(record.text))
