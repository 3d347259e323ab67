"""Masks the secrets in every field of a record. Pure."""

from dataclasses import replace
from typing import Any

from memory.records import Record
from memory.secrets import mask

# Which memory it is, and whose: masked, it would be another's or nobody's.
_KEPT = ("id", "user_id", "group_id", "org")


def redacted(record: Record) -> Record:
    """The record with the secrets of all its texts masked, and a note of what was."""
    found: dict[str, None] = {}

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            masked = mask(value)
            found.update(dict.fromkeys(masked.found))
            return masked.text
        if isinstance(value, dict):
            return {key: item if key in _KEPT else clean(item) for key, item in value.items()}
        return [clean(item) for item in value] if isinstance(value, list) else value

    cleaned = clean(record.to_json())
    if not found:
        return record
    notes = tuple(dict.fromkeys((*record.redactions, *found)))
    return replace(Record.from_json(cleaned), redactions=notes)
