"""A record as flat metadata for mem0, and back."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from memory.clock import to_text
from memory.ids import fingerprint
from memory.lifecycle import is_code_reason
from memory.records import FEEDABLE, Record, Status
from memory.scopes import owner_of
from memory.store import Mark


def to_payload(record: Record) -> dict[str, Any]:
    """Metadata by which a record can be filtered, and under `record` the rest of it.

    The text itself is not in it: mem0 keeps it as `data`. mem0's `user_id` carries the owner.
    """
    scope, anchors, provenance = record.scope, record.anchors, record.provenance
    owner = owner_of(scope)
    payload: dict[str, Any] = {
        "user_id": owner,
        "record_id": record.id,
        "kind": record.kind.value,
        "label": record.label,
        "status": record.status.value,
        "group_id": scope.group_id,
        "branch": scope.branch,
        "environment": scope.environment,
        "origin": provenance.origin,
        "author": provenance.author,
        "session": provenance.session,
        "commit": provenance.commit,
        "created_at": None if provenance.created_at is None else to_text(provenance.created_at),
        "expires_at": None if record.expires_at is None else to_text(record.expires_at),
        "confidence": record.confidence,
        "fingerprint": fingerprint(record.kind, record.text, owner),
        "files": list(anchors.files()),
        "symbols": [anchor.symbol for anchor in anchors.symbols],
        "names": sorted({part for anchor in anchors.symbols for part in _names(anchor.qualname)}),
        "components": list(anchors.components),
        "languages": list(anchors.languages),
        "depends_on": list(record.depends_on),
        "marks": [mark.value for mark in _marks(record)],
    }
    return {**payload, "record": rest_of(record)}


def rest_of(record: Record) -> str:
    """What :func:`to_payload` has under `record`: everything but the text."""
    rest = _filled(record.to_json())
    del rest["text"]
    return json.dumps(rest, separators=(",", ":"), ensure_ascii=False)


def from_payload(payload: dict[str, Any]) -> Record:
    """The record that :func:`to_payload` and mem0's `data` hold."""
    return _read(payload["record"], payload["data"])


@lru_cache(maxsize=2048)
def _read(rest: str, text: str) -> Record:
    """One recall meets the same memory several times, and decoding is half of its work."""
    return Record.from_json({**json.loads(rest), "text": text})


def _marks(record: Record) -> Iterator[Mark]:
    if record.status is Status.DEPRECATED and is_code_reason(record):
        yield Mark.CODE_GONE
    if record.scope.branch and record.valid_from is None:
        yield Mark.UNCOMMITTED
    if record.expires_at and record.status in FEEDABLE:
        yield Mark.EXPIRING


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    """Without the fields that say nothing: reading fills them in again."""
    return {
        name: _filled(value) if isinstance(value, dict) else value
        for name, value in data.items()
        if value not in (None, [], {})
    }


def _names(qualname: str) -> tuple[str, str]:
    return qualname, qualname.rpartition(".")[2]
