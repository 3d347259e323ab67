"""Undo and redo of what a turn wrote to memory."""

from dataclasses import dataclass, field

from memory.journal import Change
from memory.packet import Dropped
from memory.records import Record
from memory.redo import Again, replayed
from memory.store import RecordStore
from memory.undo import Restoration, restoration, rewritten


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back.

    Attributes:
        removed: Ids of memories that the turn had made.
        restored: Memories as they were before the turn.
        conflicts: Memories that something else has changed since; they are left as they are.
    """

    removed: list[str] = field(default_factory=list)
    restored: list[Record] = field(default_factory=list)
    conflicts: list[Dropped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Redone:
    """What was made again.

    Attributes:
        added: Memories that are there again.
        changed: Memories that have the turn's changes again.
        removed: Ids of memories that the turn had ended for good.
        conflicts: Memories that something else has changed since; they are left as they are.
    """

    added: list[Record] = field(default_factory=list)
    changed: list[Record] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    conflicts: list[Dropped] = field(default_factory=list)


class Taking:
    """Takes the writes of a turn back, and makes them again.

    Args:
        store: Where the memories and the log of their changes are.
    """

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    def back(self, turn: str) -> Undone:
        """Take back every write of a turn; what something else changed since is left and reported."""
        undone = Undone()
        if any(rewritten(change) for change in self._store.changes_in(turn)):
            self._store.ready_to_write()
        with self._store.transaction():
            for memory_id in dict.fromkeys(change.memory_id for change in self._store.changes_in(turn)):
                plan = restoration(turn, self._store.changes_of(memory_id), self._store.get(memory_id))
                if isinstance(plan, Restoration):
                    self._restore(memory_id, plan, undone)
                    self._store.take_back(turn, memory_id)
                elif plan:
                    undone.conflicts.append(plan)
        return undone

    def again(self, turn: str) -> Redone:
        """Make what was taken back again; the log then shows it as it did before."""
        redone = Redone()
        changes: dict[str, list[Change]] = {}
        for change in self._store.taken_back_in(turn):
            changes.setdefault(change.memory_id, []).append(change)
        if changes:
            self._store.ready_to_write()
        with self._store.transaction():
            for memory_id, taken in changes.items():
                current = self._store.get(memory_id)
                plan = replayed(taken, current)
                if isinstance(plan, Again):
                    self._make(memory_id, current, plan, redone)
                    self._store.let_go(turn, memory_id)
                else:
                    redone.conflicts.append(plan)
        return redone

    def _restore(self, memory_id: str, plan: Restoration, undone: Undone) -> None:
        if plan.record is None:
            self._store.remove(memory_id)
            undone.removed.append(memory_id)
        else:
            self._store.put(plan.record)
            undone.restored.append(plan.record)

    def _make(self, memory_id: str, current: Record | None, plan: Again, redone: Redone) -> None:
        if plan.record is None:
            self._store.remove(memory_id)
            redone.removed.append(memory_id)
        else:
            self._store.put(plan.record)
            (redone.changed if current else redone.added).append(plan.record)
        for change in plan.changes:
            self._store.log(change)
