"""Memories in the words of events."""

from typing import Any

from graph.events import MemoryWritten
from memory.memory import Written
from memory.recall import Recalled
from memory.records import Record
from memory.sync import SyncReport


def recalled_json(found: Recalled) -> dict[str, Any]:
    """A recalled memory: the record, and how it was ranked and verified."""
    return {
        **found.record.to_json(),
        "score": round(found.score, 4),
        "why": {name: round(part, 4) for name, part in found.why.items()},
        "verified": found.verified,
    }


def written_event(written: Written) -> MemoryWritten:
    """A memory that was added, merged, superseded or refused."""
    return _event(written.event, written.record, written.reason)


def changed_event(event: str, record: Record, reason: str | None) -> MemoryWritten:
    """A memory that was changed."""
    return _event(event, record, reason)


def sync_events(report: SyncReport) -> list[MemoryWritten]:
    """One event for each memory that followed the code, or was retired by it."""
    return [
        *(_event("reanchored", moved.record, f"{moved.old} → {moved.new}") for moved in report.reanchored),
        *(_event("deprecated", held.record, held.reason) for held in report.deprecated),
        *(_event("stale", held.record, held.reason) for held in report.stale),
    ]


def _event(event: str, record: Record, reason: str | None) -> MemoryWritten:
    return MemoryWritten(event, record.id, record.text, record.kind.value, record.label, reason)
