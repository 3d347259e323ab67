"""Memories in the words of events."""

from datetime import datetime
from typing import Any

from graph.events import MemoryWritten
from memory.belief import reliability_of
from memory.lifecycle import SyncReport
from memory.packet import Recalled, age
from memory.records import Draft, Record
from memory.structure import SAYS_NO_MORE, SAYS_OTHERWISE, Noted
from memory.writing import Written


def recalled_json(found: Recalled, at: datetime) -> dict[str, Any]:
    """A recalled memory: the record, how it was ranked and verified, how old and reliable it is."""
    return {
        **found.record.to_json(),
        "age": age(found.record.provenance.created_at, at),
        "reliability": round(reliability_of(found.record), 2),
        "score": round(found.score, 4),
        "why": {name: round(part, 4) for name, part in found.why.items()},
        "verified": found.verified,
        "warning": found.warning,
    }


def written_event(written: Written, draft: Draft) -> MemoryWritten:
    """A memory that was added, merged, superseded; or a draft that was refused."""
    if written.record is None:
        kind = draft.kind.value if draft.kind else ""
        return MemoryWritten("refused", "", draft.text, kind, draft.label, written.reason)
    # "added" explains itself; the proposal that waits does not.
    reason = written.reason if written.event != "added" else None
    event = "proposed" if written.record.status == "proposed" else written.event
    return changed_event(event, written.record, reason)


def changed_event(event: str, record: Record, reason: str | None) -> MemoryWritten:
    """A memory that was changed."""
    return MemoryWritten(event, record.id, record.text, record.kind.value, record.label, reason)


def sync_events(report: SyncReport) -> list[MemoryWritten]:
    """One event for each memory that followed the code, or was retired by it."""
    return [
        *(
            changed_event("reanchored", moved.record, f"{_places(moved.old)} → {_places(moved.new)}")
            for moved in report.reanchored
        ),
        *(changed_event("deprecated", held.record, held.reason) for held in report.deprecated),
        *(changed_event("stale", held.record, held.reason) for held in report.stale),
        *(changed_event("revived", record, "its code is back") for record in report.revived),
        *(changed_event("questioned", held.record, held.reason) for held in report.questioned),
    ]


def structure_events(noted: Noted) -> list[MemoryWritten]:
    """One event for each memory of what the repository says of itself."""
    return [
        *(changed_event("indexed", record, None) for record in noted.added),
        *(changed_event("reindexed", record, SAYS_OTHERWISE) for record in noted.changed),
        *(changed_event("unindexed", record, SAYS_NO_MORE) for record in noted.ended),
    ]


def _places(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"
