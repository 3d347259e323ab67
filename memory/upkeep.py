"""Pruning that nobody has to ask for: now and then, not for long, and only what may go without asking."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from memory.clock import from_text, to_text
from memory.pruner import Pruner
from memory.pruning import Pruning, unasked
from memory.records import FEEDABLE, Record, Scope
from memory.scopes import may_see, owner_of

EVERY = timedelta(days=7)
"""How long after the last time, unless much has been added in between."""
MANY_NEW = 100
SECONDS = 1.5
"""How long it may take, half of it to look; what is left then is done the next time."""
PAGE = 2000
TURNS_KNOWN = 50
"""Of how many upkeeps is known what was brought back."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What an upkeep did.

    Attributes:
        turn: Takes it back.
    """

    turn: str
    done: Sequence[Pruning]

    @property
    def gone(self) -> int:
        """How many memories were taken out of use."""
        return sum(len(pruning.records) for pruning in self.done)

    @property
    def summaries(self) -> int:
        """How many took the place of several."""
        return sum(pruning.summary is not None for pruning in self.done)


@dataclass(frozen=True, slots=True)
class _Book:
    """What is known of earlier upkeeps.

    Attributes:
        last: When the last one was; None where it is to go on.
        older: Where it goes on: what is older than this was not looked at yet.
        turns: Of all of them.
    """

    last: datetime | None = None
    older: datetime | None = None
    turns: tuple[str, ...] = ()


class Upkeep(Pruner):
    """Prunes when asked, and unasked when it is time."""

    def keep_up(self, within_s: float = SECONDS) -> Kept | None:
        """Prune unasked, if it is time; None where it was not, or nothing was to be done.

        Only what belongs to this repository or is the person's own, and of that only what may go without
        asking (:func:`memory.pruning.unasked`); nothing that a person has edited or said yes to, and nothing
        that they brought back after an earlier upkeep.

        Args:
            within_s: After so many seconds the rest is left for the next time.
        """
        began = time.monotonic()
        turn = f"upkeep-{self._clock():%Y%m%d-%H%M%S}"
        book = self._claim(turn)
        if book is None:
            return None
        seen, older = self._looked_at(book.older, began + within_s / 2)
        done = []
        for pruning in unasked(seen, self._brought_back(book), self._clock()):
            if time.monotonic() >= began + within_s:
                older = book.older or self._clock()
                break
            if self._carried_out(pruning, turn):
                done.append(pruning)
        if older:
            self._write(replace(book, last=None, older=older))
        return Kept(turn, done) if done else None

    def _looked_at(self, older: datetime | None, until: float) -> tuple[list[Record], datetime | None]:
        """What may be pruned, newest first, and where to go on if time ran out before the end."""
        within = {"user_id": self._own(), "status": [status.value for status in FEEDABLE]}
        seen: list[Record] = []
        while True:
            before = {"created_at": {"lt": to_text(older)}} if older else {}
            page = self._store.find({**within, **before}, PAGE)
            seen += [record for record in page if may_see(record, self._view)]
            older = page[-1].provenance.created_at if len(page) == PAGE else None
            if older is None or time.monotonic() >= until:
                return seen, older

    def _claim(self, turn: str) -> _Book | None:
        """If it is time, note that this process does it; what is known then."""
        if not self._is_time():
            return None
        with self._store.transaction():
            if not self._is_time():  # still, now that no other process can be claiming it
                return None
            book = self._read()
            book = _Book(self._clock(), None if book.last else book.older, (*book.turns, turn)[-TURNS_KNOWN:])
            self._write(replace(book, older=None))
        return book

    def _is_time(self) -> bool:
        last = self._read().last
        if last is None or self._clock() - last >= EVERY:
            return True
        since = {"user_id": self._own(), "created_at": {"gt": to_text(last)}}
        return len(self._store.find(since, MANY_NEW)) == MANY_NEW

    def _carried_out(self, pruning: Pruning, turn: str) -> bool:
        """Carry it out, unless a person had a hand in one of the memories, or one has changed since."""
        if pruning.summary:
            self._store.ready_to_write()
        with self._store.transaction():
            free = all(self._is_free(record) for record in pruning.records)
            if free:
                self._carry_out(pruning, turn)
        return free

    def _is_free(self, record: Record) -> bool:
        """Whether nothing has changed since, nothing rests on it, and no person has edited it or said yes.

        A run edits memories in a turn of its own.
        """
        changes = self._store.changes_of(record.id)
        return (
            self._store.get(record.id) == record
            and not self._store.find({"user_id": [*self._view.owners()], "depends_on": record.id}, 1)
            and not any(change.event == "edited" and change.turn is None for change in changes)
        )

    def _own(self) -> list[str]:
        """The repository, and the person: what organisations and other repositories share is theirs."""
        return [owner_of(Scope(user_id=self._view.user_id)), owner_of(Scope(group_id=self._view.group_id))]

    def _brought_back(self, book: _Book) -> set[str]:
        """Ids of what an earlier upkeep took out of use and a person brought back."""
        return {change.memory_id for turn in book.turns for change in self._store.taken_back_in(turn)}

    @property
    def _key(self) -> str:
        return f"kept_up/{self._view.group_id}/{self._view.user_id}"

    def _read(self) -> _Book:
        found = json.loads(self._store.setting(self._key) or "{}")
        last, older = ((from_text(found[name]) if found.get(name) else None) for name in ("last", "older"))
        return _Book(last, older, tuple(found.get("turns", ())))

    def _write(self, book: _Book) -> None:
        moments = {"last": book.last, "older": book.older}
        told = {name: to_text(moment) for name, moment in moments.items() if moment}
        self._store.set_setting(self._key, json.dumps({**told, "turns": book.turns}))
