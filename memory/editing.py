"""Edits the fields of a record by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from memory.belief import PERSON, confirmed
from memory.code_view import CodeView
from memory.ephemera import refusal
from memory.errors import InvalidMemory
from memory.records import Anchors, Record, Status, SymbolAnchor
from memory.secrets import mask
from memory.verification import with_digests

EDITABLE = (
    "text", "kind", "label", "scope", "anchors", "status", "reason", "confidence", "because", "depends_on",
    "supersedes", "superseded_by", "valid_from", "valid_until", "sensitivity", "expires_at",
)  # fmt: skip
NARROWING = ("branch", "environment")


def edited(record: Record, changes: Mapping[str, Any], code: CodeView, at: datetime) -> Record:
    """The record with fields changed, secrets masked, and its new symbols looked up in the code.

    Setting the status to active confirms the memory: its symbols are taken as they are now.

    Raises:
        InvalidMemory: A field cannot be changed, or the result makes no sense.
    """
    for name in changes:
        if name not in EDITABLE:
            raise InvalidMemory(f"{name!r} cannot be edited. These can: {', '.join(EDITABLE)}.")
    data = record.to_json()
    data |= {name: value for name, value in changes.items() if name not in ("scope", "anchors")}
    if "confidence" not in changes:
        data["confidence"] = _believed(record, changes)
    data["anchors"] = data["anchors"] | dict(changes.get("anchors") or {})
    data["scope"] = data["scope"] | _narrowing(changes.get("scope") or {})
    found: dict[str, None] = dict.fromkeys(record.redactions)
    for name in ("text", "because", "reason"):
        if isinstance(changes.get(name), str):
            clean = mask(changes[name].strip())
            data[name] = clean.text
            found |= dict.fromkeys(clean.found)
    after = Record.from_json({**data, "redactions": list(found)})
    if after.text != record.text and (why := refusal(after.text, after.kind)):
        raise InvalidMemory(f"The text cannot be kept: {why}.")
    anchors = with_digests(_confirmed(after, changes), code)
    return replace(after, anchors=anchors, updated_at=at)


def _believed(record: Record, changes: Mapping[str, Any]) -> float:
    """Confidence after a person's hand: in their own words what they say counts, else their yes."""
    if "text" in changes and changes["text"] != record.text:
        return max(record.confidence, PERSON)
    return confirmed(record.confidence) if changes.get("status") == Status.ACTIVE else record.confidence


def _confirmed(record: Record, changes: Mapping[str, Any]) -> Anchors:
    if changes.get("status") != Status.ACTIVE:
        return record.anchors
    names = (SymbolAnchor(anchor.symbol) for anchor in record.anchors.symbols)
    return replace(record.anchors, symbols=tuple(names))


def _narrowing(scope: Mapping[str, Any]) -> dict[str, Any]:
    for name in scope:
        if name not in NARROWING:
            raise InvalidMemory(
                "A memory cannot change its owner: add it again with another --scope, and forget this one."
            )
    return dict(scope)
