"""What rested on a memory that is over is put up for review: it waits in the inbox, and is not fed."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from memory.ledger import Ledger
from memory.records import FEEDABLE, Record, Status
from memory.store import RecordStore

EVENT = "questioned"


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
                waiting.append((leaning.id, f"which rests on {ground}, {what}"))
                if leaning.status not in FEEDABLE:
                    continue
                why = f"rests on {ground}, {what}"
                shaken = replace(leaning, status=Status.PROPOSED, reason=why, updated_at=at)
                self._ledger.save(EVENT, leaning, shaken, turn=self._turn, reason=why)
                questioned.append(shaken)
        return questioned
