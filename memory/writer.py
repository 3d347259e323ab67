"""Writes a finished record to the store: merged with what says the same, linked to what it replaces."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from memory.conflicts import about_other_code, contradicts, is_newer, may_replace
from memory.curation import closest, likeliest_twin, merged, near_duplicate
from memory.filters import Filter
from memory.grounds import ids_named, reasons
from memory.ids import fingerprint, normalised
from memory.inbox import is_a_persons_word, was_rejected
from memory.journal import SAID_AGAIN
from memory.ledger import Ledger
from memory.likeness import alike, covers
from memory.paraphrase import Witness
from memory.records import FEEDABLE, Kind, Origin, Record, Status
from memory.review import Review
from memory.scopes import Viewpoint, owner_of
from memory.store import RecordStore
from memory.wording import read
from memory.writing import Written, free_id

POOL = 40
READ = 10
"""How many of the nearest memories are read for what they say."""
_LIVE = (*FEEDABLE, Status.PROPOSED)
_STATEMENTS = [kind.value for kind in Kind if kind is not Kind.TASK]


class Writer:
    """Writes records for one turn.

    Args:
        store: Where they go.
        view: Who writes.
        head: The commit that HEAD stands on, at which superseded memories end.
        turn: The turn that writes, for undo.
    """

    def __init__(self, store: RecordStore, view: Viewpoint, head: str | None, turn: str | None) -> None:
        self._store = store
        self._ledger = Ledger(store)
        self._review = Review(store, view.owners(), turn)
        self._owners = list(view.owners())
        self._head = head
        self._turn = turn
        self._witness = Witness(store.words)

    def write(self, record: Record, replaced: Sequence[Record], repeated: Sequence[str] = ()) -> Written:
        """Store a record.

        Args:
            record: The record; its id is chosen here.
            replaced: The memories that it supersedes; those that are superseded already are only linked.
            repeated: Ids of memories that are said to say the same.
        """
        with self._store.transaction():
            gone = [old.id for old in replaced]
            near = [item for item in self._near(record) if item.id not in gone]
            twin = self._exact(record, gone) or _twin(record, near) or self._said_to_be_twin(record, repeated)
            twin = twin or self._likeliest_twin(record, near)
            if twin is not None:
                return self._again(twin, record)
            against = [old for old in near if _ends(record, old) and not about_other_code(record, old)]
            record = _waiting(record, against)
            record = replace(
                record,
                id=free_id(record, self._store.get),
                supersedes=tuple(dict.fromkeys((*record.supersedes, *(old.id for old in against)))),
                depends_on=self._grounds(record),
            )
            self._ledger.save("added", None, record, turn=self._turn, reason=record.reason)
            ended = self._end((*replaced, *against), record)
        if ended:
            return Written(record, "superseded", f"replaces {', '.join(old.id for old in ended)}")
        return Written(record, "added", "new")

    def take_in(self, record: Record) -> Written:
        """Store a record as it was in another store, with its links; the same in the same words is merged."""
        with self._store.transaction():
            twin = self._exact(record, ())
            if twin is not None:
                return self._again(twin, record)
            record = replace(record, id=free_id(record, self._store.get))
            self._ledger.save("added", None, record, turn=self._turn, reason=record.reason)
        return Written(record, "added", "new")

    def settle(self, before: Record, after: Record) -> None:
        """Let a change of one memory by hand have its effect on others.

        A proposal that is approved replaces what it was to replace. What rested on a memory that is over,
        or says something else now, is put up for review.
        """
        at = _moment(after)
        if before.status is Status.PROPOSED and after.status in FEEDABLE:
            old = [self._store.get(memory_id) for memory_id in after.supersedes]
            self._end([record for record in old if record and owner_of(record.scope) in self._owners], after)
        if before.status in _LIVE and after.status not in _LIVE:
            self._review.question(after.id, f"which is {after.status.value}", at)
        elif not alike(read(before.text), read(after.text)):
            self._review.question(after.id, "which says something else now", at)

    def _exact(self, record: Record, gone: Sequence[str]) -> Record | None:
        """The memory that says the same in the same words; never one that is about to be superseded."""
        print_of = fingerprint(record.kind, record.text, owner_of(record.scope))
        found = self._store.find({"fingerprint": print_of})
        return next((item for item in found if item.scope == record.scope and item.id not in gone), None)

    def _said_to_be_twin(self, record: Record, ids: Sequence[str]) -> Record | None:
        """The first memory of the same scope that agrees with a record in names, numbers and negations.

        That it says the same somebody has read who can read more than the rules; what they see they check.
        """
        found = (self._store.get(memory_id) for memory_id in ids)
        beside = [item for item in found if item and _is_beside(item, record) and item.status in _LIVE]
        reading = read(record.text)
        return next((item for item in beside if covers(read(item.text), reading)), None)

    def _likeliest_twin(self, record: Record, near: Sequence[Record]) -> Record | None:
        """The believed or waiting memory that most likely says the same; the rest is left to the rules."""
        if record.kind is Kind.TASK:
            return None
        live = [item for item in near if item.status in _LIVE and not was_rejected(item)]
        told = set() if is_a_persons_word(record) else self._recalled()
        return likeliest_twin(record, live, self._witness, told)

    def _near(self, record: Record) -> list[Record]:
        """Memories of the same scope that may say the same, or the opposite; what files say stands apart."""
        if record.provenance.origin == Origin.INDEXED:
            return []
        kinds = [Kind.TASK.value] if record.kind is Kind.TASK else _STATEMENTS
        alike_ones: Filter = {"user_id": owner_of(record.scope), "kind": kinds}
        alike_ones["status"] = [item.value for item in (*_LIVE, Status.SUPERSEDED, Status.DEPRECATED)]
        found = self._store.alike(record.text, alike_ones, POOL)
        return closest(record.text, [item for item in found if _is_beside(item, record)], READ)

    def _again(self, twin: Record, record: Record) -> Written:
        """Take in what is known already."""
        if not is_a_persons_word(record):
            if was_rejected(twin):
                return Written(None, "refused", f"{twin.id} says the same, and a person rejected it")
            if twin.id in self._recalled():
                return self._told_back(twin, record)
        return self._merge(twin, record)

    def _recalled(self) -> set[str]:
        """Ids of what whoever writes was told in this turn."""
        changes = self._store.changes_in(self._turn) if self._turn else []
        return {change.memory_id for change in changes if change.event == "recalled"}

    def _told_back(self, twin: Record, record: Record) -> Written:
        """Nothing new, not even counted; where only the witness is sure, the history keeps the words."""
        if not alike(read(record.text), read(twin.text)):
            same = replace(twin, updated_at=_moment(record))
            self._ledger.save("merged", twin, same, turn=self._turn, reason=_said_again(twin, record))
        return Written(twin, "merged", f"{twin.id} was recalled in this turn; this adds nothing")

    def _merge(self, twin: Record, record: Record) -> Written:
        result = merged(twin, record, _moment(record))
        successor = self._successor(twin)
        if successor and is_a_persons_word(record):
            # A person went back to what they had replaced: the last word counts.
            result = replace(
                result,
                status=Status.ACTIVE,
                reason="stated again",
                superseded_by=None,
                valid_until=None,
                supersedes=(*result.supersedes, successor.id),
            )
        self._ledger.save("merged", twin, result, turn=self._turn, reason=_said_again(twin, record))
        if successor and result.superseded_by is None:
            self._supersede(successor, result)
        elif twin.status is Status.PROPOSED:
            self.settle(twin, replace(result, text=twin.text))
        if result.status is Status.SUPERSEDED:
            return Written(
                result, "merged", f"{twin.id} says the same and was replaced by {twin.superseded_by}"
            )
        return Written(result, "merged", f"{twin.id} says the same")

    def _successor(self, record: Record) -> Record | None:
        """What replaced a record; an id that came from outside may name somebody else's memory."""
        found = self._store.get(record.superseded_by) if record.superseded_by else None
        return found if found and owner_of(found.scope) == owner_of(record.scope) else None

    def _grounds(self, record: Record) -> tuple[str, ...]:
        """What the record rests on: what it says so, what its reason names, and what its reason says."""
        found = list(record.depends_on)
        named = (self._store.get(memory_id) for memory_id in ids_named(record))
        found += [item.id for item in named if item and owner_of(item.scope) in self._owners]
        believed: Filter = {"user_id": self._owners, "status": [status.value for status in FEEDABLE]}
        for reason in reasons(record):
            reading = read(reason)
            candidates = self._store.alike(reason, believed, POOL)
            found += [item.id for item in candidates if alike(reading, read(item.text))]
        return tuple(dict.fromkeys(found))

    def _end(self, replaced: Sequence[Record], record: Record) -> list[Record]:
        """Supersede what a record replaces; one that waits for a person's word replaces nothing yet."""
        ended = [old for old in replaced if old.status is not Status.SUPERSEDED and old.id != record.id]
        if record.status is Status.PROPOSED:
            return []
        for old in ended:
            self._supersede(old, record)
        return ended

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
        self._review.question(old.id, f"which {new.id} replaced", _moment(new), (new.id,))


def _is_beside(item: Record, record: Record) -> bool:
    return item.scope == record.scope and item.provenance.origin != Origin.INDEXED


def _twin(record: Record, near: Sequence[Record]) -> Record | None:
    """The memory that says the same in other words, one that is believed first."""
    over = [item for item in near if item.status is Status.SUPERSEDED or was_rejected(item)]
    return near_duplicate(record, [*(item for item in near if item.status in _LIVE), *over])


def _said_again(twin: Record, record: Record) -> str:
    """What the history says of a merge: the words as well, so that what was merged by mistake is not lost."""
    return SAID_AGAIN if normalised(record.text) == normalised(twin.text) else f"{SAID_AGAIN}: {record.text}"


def _ends(record: Record, old: Record) -> bool:
    """Whether a record contradicts another that is believed."""
    if record.kind is Kind.TASK or record.status not in _LIVE or old.status not in FEEDABLE:
        return False
    return is_newer(record, old) and contradicts(record.text, old.text)


def _waiting(record: Record, against: Sequence[Record]) -> Record:
    """The record, or where it contradicts what it has not the standing to end, a proposal."""
    stated = next((old for old in against if not may_replace(record, old)), None)
    if stated is None:
        return record
    return replace(record, status=Status.PROPOSED, reason=f"contradicts {stated.id}, which is better founded")


def _moment(record: Record) -> datetime:
    at = record.updated_at or record.provenance.created_at
    if at is None:
        raise ValueError(f"{record.id} has no moment")
    return at
