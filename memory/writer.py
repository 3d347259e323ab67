"""Taking a finished record into the store: merged with what says the same, linked to what it replaces."""

from collections.abc import Sequence
from dataclasses import replace

from memory.curation import merged, near_duplicate
from memory.filters import Filter
from memory.ids import fingerprint
from memory.ledger import Ledger
from memory.records import FEEDABLE, Origin, Record, Status
from memory.scopes import owner_of
from memory.store import RecordStore
from memory.writing import Written, free_id

DUPLICATE_POOL = 50


class Writer:
    """Writes records for one turn.

    Args:
        store: Where they go.
        head: The commit that HEAD stands on, at which superseded memories end.
        turn: The turn that writes, for undo.
    """

    def __init__(self, store: RecordStore, head: str | None, turn: str | None) -> None:
        self._store = store
        self._ledger = Ledger(store)
        self._head = head
        self._turn = turn

    def write(self, record: Record, replaced: Sequence[Record]) -> Written:
        """Store a record.

        Args:
            record: The record; its id is chosen here.
            replaced: The memories that it supersedes; those that are superseded already are only linked.
        """
        with self._store.transaction():
            twin = self._twin(record, replaced)
            if twin is not None:
                return self._merge(twin, record)
            record = replace(record, id=free_id(record, self._store.get))
            self._ledger.save("added", None, record, turn=self._turn, reason=record.reason)
            ended = [old for old in replaced if old.status is not Status.SUPERSEDED]
            for old in ended:
                self._supersede(old, record)
        if ended:
            return Written(record, "superseded", f"replaces {', '.join(old.id for old in ended)}")
        return Written(record, "added", "new")

    def _twin(self, record: Record, replaced: Sequence[Record]) -> Record | None:
        """The memory that says the same already; never one that is about to be superseded."""
        owner = owner_of(record.scope)
        gone = [old.id for old in replaced]
        for exact in self._store.find({"fingerprint": fingerprint(record.kind, record.text, owner)}):
            if exact.scope == record.scope and exact.id not in gone:
                return exact
        alike: Filter = {"user_id": owner, "kind": record.kind.value, "record_id": {"nin": gone}}
        alike["status"] = [status.value for status in (*FEEDABLE, Status.PROPOSED)]
        hits = self._store.with_every_word(record.text, alike, DUPLICATE_POOL)
        return near_duplicate(record.text, [hit for hit in hits if hit.scope == record.scope])

    def _merge(self, twin: Record, record: Record) -> Written:
        at = record.updated_at or record.provenance.created_at
        if at is None:
            raise ValueError("a record to be merged has no moment")
        result = merged(twin, record, at)
        successor = self._successor(twin)
        if successor and record.provenance.origin == Origin.USER:
            # A person went back to what they had replaced: the last word counts.
            result = replace(
                result,
                status=Status.ACTIVE,
                reason="stated again",
                superseded_by=None,
                valid_until=None,
                supersedes=(*result.supersedes, successor.id),
            )
        self._ledger.save("merged", twin, result, turn=self._turn, reason="said again")
        if successor and result.superseded_by is None:
            self._supersede(successor, result)
        if result.status is Status.SUPERSEDED:
            return Written(
                result, "merged", f"{twin.id} says the same and was replaced by {twin.superseded_by}"
            )
        return Written(result, "merged", f"{twin.id} says the same")

    def _successor(self, record: Record) -> Record | None:
        """What replaced a record; an id that came from outside may name somebody else's memory."""
        found = self._store.get(record.superseded_by) if record.superseded_by else None
        return found if found and owner_of(found.scope) == owner_of(record.scope) else None

    def _supersede(self, old: Record, new: Record) -> None:
        reason = f"superseded by {new.id}"
        ended = replace(
            old,
            status=Status.SUPERSEDED,
            superseded_by=new.id,
            reason=reason,
            valid_until=self._head,
            updated_at=new.updated_at,
        )
        self._ledger.save("superseded", old, ended, turn=self._turn, reason=reason)
        why = f"rests on {old.id}, which {new.id} replaced"
        for leaning in self._store.find({"user_id": owner_of(old.scope), "depends_on": old.id}):
            if leaning.status is Status.ACTIVE and leaning.id != new.id:
                shaken = replace(leaning, status=Status.STALE, reason=why, updated_at=new.updated_at)
                self._ledger.save("stale", leaning, shaken, turn=self._turn, reason=why)
