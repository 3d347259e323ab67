"""Every change of every memory, with its reason and the turn that made it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memory.clock import from_text, to_text
from memory.database import Database
from memory.json_codec import decode, encode
from memory.records import Record, Stats

SAID_AGAIN = "said again"
"""The reason of a merge; the words of who said it follow, where they were others."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one memory.

    Attributes:
        event: "added", "merged", "edited", "superseded", "reanchored", "deprecated", "recalled", …
        before: The record before; None when this change made it.
        after: The record after; None when this change removed it.
        uses: For a change that only counts a use: the counts before and after, and no records.
            Counts add up, so such a change can be taken back under later ones.
    """

    memory_id: str
    event: str
    at: datetime
    reason: str | None = None
    turn: str | None = None
    before: Record | None = None
    after: Record | None = None
    uses: tuple[Stats, Stats] | None = None

    def to_json(self) -> dict[str, Any]:
        """What changed, field by field, as old and new value."""
        old, new = (encode(side) or {} for side in self.uses or (self.before, self.after))
        fields = {
            name: [old.get(name), new.get(name)]
            for name in new or old
            if name != "updated_at" and old.get(name) != new.get(name)
        }
        return {
            "id": self.memory_id,
            "event": self.event,
            "at": to_text(self.at),
            "reason": self.reason,
            "turn": self.turn,
            "fields": fields,
        }


class Journal:
    """The log of changes, in the same file as the memories so that both are written together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, changes: Sequence[Change]) -> None:
        """Append changes, in their order."""
        self._database.run_many(
            "INSERT INTO changes(at, turn, memory_id, event, reason, counted, before, after) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [_as_row(change) for change in changes],
        )

    def of_memory(self, memory_id: str) -> list[Change]:
        """Every change of one memory that was not taken back, oldest first."""
        return self._read("memory_id = ?", (memory_id,))

    def of_turn(self, turn: str) -> list[Change]:
        """Every change that a turn made and that was not taken back, oldest first."""
        return self._read("turn = ?", (turn,))

    def taken_back_in(self, turn: str) -> list[Change]:
        """Every change of a turn that was taken back and can still be made again, oldest first."""
        return self._read("turn = ?", (turn,), undone=True)

    def let_go(self, turn: str, memory_id: str | None = None) -> None:
        """Delete what was taken back of a turn, of one memory or of all: it is not made again from here."""
        self._database.run(
            "DELETE FROM changes WHERE turn = ? AND undone AND ifnull(memory_id = ?, 1)", (turn, memory_id)
        )

    def take_back(self, turn: str, memory_id: str) -> None:
        """Note that a turn's changes of one memory were taken back."""
        self._database.run(
            "UPDATE changes SET undone = 1 WHERE turn = ? AND memory_id = ?", (turn, memory_id)
        )

    def lingering(self, memory_id: str | None = None) -> list[Record]:
        """Memories that are not there any more, or the one with that id, as the log knows them last."""
        found = self._database.rows(
            "SELECT memory_id, coalesce(after, before) FROM changes WHERE NOT counted "
            "AND ifnull(memory_id = ?, 1) AND memory_id NOT IN "
            "(SELECT record_id FROM points WHERE record_id IS NOT NULL) ORDER BY seq",
            (memory_id,),
        )
        last = {name: side for name, side in found if side}
        return [Record.from_json(json.loads(side)) for side in last.values()]

    def naming(self, authors: Sequence[str]) -> list[str]:
        """Ids of the memories of which some change, taken back or not, names one of these people."""
        written = [json.dumps(author) for author in authors]  # as a name stands in the log
        found = self._database.rows(
            "SELECT DISTINCT c.memory_id FROM changes c, json_each(?) j WHERE NOT c.counted "
            "AND (instr(c.before, j.value) OR instr(c.after, j.value))",
            (json.dumps(written),),
        )
        return [memory_id for (memory_id,) in found]

    def rewrite(self, memory_id: str, change: Callable[[Record], Record]) -> None:
        """Change what the log says of one memory, what was taken back and the words of merges included."""
        found = self._database.rows(
            "SELECT seq, before, after FROM changes WHERE memory_id = ? AND NOT counted", (memory_id,)
        )

        def changed(side: str | None) -> str | None:
            return _dump(change(Record.from_json(json.loads(side)))) if side else None

        self._database.run_many(
            "UPDATE changes SET before = ?, after = ?, "
            "reason = CASE event WHEN 'merged' THEN ? ELSE reason END WHERE seq = ?",
            [(changed(before), changed(after), SAID_AGAIN, seq) for seq, before, after in found],
        )

    def erase(self, memory_ids: Sequence[str]) -> None:
        """Delete everything that is known of memories."""
        self._database.run(
            "DELETE FROM changes WHERE memory_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(memory_ids)),),
        )

    def _read(self, condition: str, values: Sequence[Any], *, undone: bool = False) -> list[Change]:
        found = self._database.rows(
            "SELECT memory_id, event, at, reason, turn, counted, before, after FROM changes "
            f"WHERE {condition} AND undone = ? ORDER BY seq",
            (*values, undone),
        )
        return [_change(*row) for row in found]


def _as_row(change: Change) -> tuple[Any, ...]:
    before, after = change.uses or (change.before, change.after)
    return (
        to_text(change.at),
        change.turn,
        change.memory_id,
        change.event,
        change.reason,
        change.uses is not None,
        _dump(before),
        _dump(after),
    )


def _change(
    memory_id: str,
    event: str,
    at: str,
    reason: str | None,
    turn: str | None,
    counted: int,
    *sides: str | None,
) -> Change:
    before, after = (None if side is None else json.loads(side) for side in sides)
    moment = from_text(at)
    if counted:
        uses = (decode(Stats, before), decode(Stats, after))
        return Change(memory_id, event, moment, reason, turn, uses=uses)
    return Change(
        memory_id,
        event,
        moment,
        reason,
        turn,
        before=Record.from_json(before) if before else None,
        after=Record.from_json(after) if after else None,
    )


def _dump(side: Record | Stats | None) -> str | None:
    return None if side is None else json.dumps(encode(side))
