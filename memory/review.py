"""Puts up for review what rests on a memory that no longer holds: it waits in the inbox, unused.

Where the memory holds again, as code does that is back on another branch, so does what rested on it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from memory.ledger import Ledger
from memory.records import FEEDABLE, Record, Status
from memory.store import RecordStore

EVENT = "questioned"
CODE_IS_GONE = "whose code is gone"
ANSWERED = "what it rests on holds again"


class Review:
    """Puts memories up for review, for one turn.

    Args:
        store: Where they are.
        owners: Whose memories may be touched.
        turn: The turn that does it, for undo.
    """

    def __init__(self, store: RecordStore, owners: Sequence[str], turn: str | None) -> None:
        self._store = store
        self._ledger = Ledger(store)
        self._owners = list(owners)
        self._turn = turn

    def question(
        self, memory_id: str, what_happened: str, at: datetime, spared: Collection[str] = ()
    ) -> list[Record]:
        """Put up for review whatever rests on a memory, and what rests on that.

        Args:
            memory_id: The memory that does not hold any more.
            what_happened: To it, as the end of a sentence: "which M1234 replaced".
            at: The present moment.
            spared: Ids of memories that stay as they are.
        """
        questioned: list[Record] = []
        seen = {memory_id, *spared}
        waiting = [(memory_id, what_happened)]
        while waiting:
            ground, what = waiting.pop(0)
            for leaning in self._store.find({"user_id": self._owners, "depends_on": ground}):
                if leaning.id in seen:
                    continue
                seen.add(leaning.id)
                why = f"rests on {ground}, {what}"
                waiting.append((leaning.id, f"which {why}"))
                if leaning.status not in FEEDABLE:
                    continue
                shaken = replace(leaning, status=Status.PROPOSED, reason=why, updated_at=at)
                self._ledger.save(EVENT, leaning, shaken, turn=self._turn, reason=why)
                questioned.append(shaken)
        return questioned

    def answer(self, memory_id: str, what_happened: str, at: datetime) -> list[Record]:
        """Give back its standing to what :meth:`question` put up for this, and that nobody has decided since.

        Args:
            memory_id: The memory that holds again.
            what_happened: To it, as it was told then.
            at: The present moment.
        """
        settled: list[Record] = []
        seen = {memory_id}
        waiting = [(memory_id, what_happened)]
        while waiting:
            ground, what = waiting.pop(0)
            why = f"rests on {ground}, {what}"
            for leaning in self._store.find({"user_id": self._owners, "depends_on": ground}):
                if leaning.id in seen:
                    continue
                seen.add(leaning.id)
                waiting.append((leaning.id, f"which {why}"))
                before = self._before(leaning, why)
                if before and not self._is_shaken(leaning):
                    stands = replace(leaning, status=before.status, reason=before.reason, updated_at=at)
                    self._ledger.save("revived", leaning, stands, turn=self._turn, reason=ANSWERED)
                    settled.append(stands)
        return settled

    def _before(self, record: Record, why: str) -> Record | None:
        """What a memory was when it was put up for review for this reason, if that still is why it waits."""
        if record.status is not Status.PROPOSED or record.reason != why:
            return None
        asked = [change for change in self._store.changes_of(record.id) if change.event == EVENT]
        return asked[-1].before if asked else None

    def _is_shaken(self, record: Record) -> bool:
        """Whether something else that a memory rests on does not hold either."""
        grounds = (self._store.get(ground) for ground in record.depends_on)
        return any(ground is not None and ground.status not in FEEDABLE for ground in grounds)
