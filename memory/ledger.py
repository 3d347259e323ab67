"""Writes records together with the log of their changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from memory.journal import Change
from memory.records import Record
from memory.redaction import redacted
from memory.secrets import mask
from memory.store import RecordStore


class Ledger:
    """The only way by which `memory` changes what is stored.

    Args:
        store: Where records and log are.
    """

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    def save(
        self, event: str, before: Record | None, after: Record, *, turn: str | None, reason: str | None
    ) -> None:
        """Store a record, new or changed, without secrets, and say so in the log.

        Args:
            event: What happened, as the history shows it.
            before: The record as it was; None when it is new.
            after: The record as it is, its `updated_at` set.
            turn: The turn that does it, for undo.
            reason: Why.
        """
        at, after = after.updated_at, redacted(after)
        if at is None:
            raise ValueError(f"{after.id} has no updated_at")
        with self._store.transaction():
            self._store.put(after)
            why = mask(reason).text if reason else None
            self._store.log(Change(after.id, event, at, why, turn, before, after))

    def count(
        self, records: Sequence[Record], event: str, at: datetime, *, turn: str | None, **counts: int
    ) -> None:
        """Add to the counts of records, and say so in the log."""
        used, changes = [], []
        for record in records:
            old = record.stats
            added = {name: getattr(old, name) + count for name, count in counts.items()}
            new = replace(old, last_used=at, **added)
            used.append(replace(record, stats=new))
            changes.append(Change(record.id, event, at, turn=turn, uses=(old, new)))
        with self._store.transaction():
            self._store.recount(used)
            self._store.log(*changes)
