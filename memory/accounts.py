"""Who did what to which memory, and what memory cost: a log without contents, which outlives the memories."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memory.clock import from_text, to_text
from memory.database import Database

_TABLES = """
CREATE TABLE audit(
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL, who TEXT, via TEXT, event TEXT NOT NULL,
    memory_id TEXT NOT NULL, owner TEXT, turn TEXT, why TEXT
);
CREATE INDEX audit_memory ON audit(memory_id, seq);
CREATE TABLE spent(
    turn TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL, via TEXT, owner TEXT NOT NULL,
    tokens INTEGER NOT NULL, memories INTEGER NOT NULL, held_back INTEGER NOT NULL,
    PRIMARY KEY (turn, what)
);
INSERT INTO audit(at, event, memory_id, owner, turn)
SELECT at, event, memory_id, (SELECT user_id FROM points WHERE record_id = memory_id), turn FROM changes
ORDER BY seq
"""
_OWNER = (
    "coalesce((SELECT user_id FROM points WHERE record_id = j.value), "
    "(SELECT a.owner FROM audit a WHERE a.memory_id = j.value ORDER BY a.seq DESC LIMIT 1))"
)
ADDED = "added"
GONE = ("forgotten", "swept", "undone")
"""Events after which a memory is not there any more."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who works on a store, and by which program of ours."""

    who: str | None = None
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done to one memory.

    Attributes:
        event: As in the history, and "forgotten", "swept", "undone", "restored", "exported".
        owner: Whose memory it is: `user/…`, `repo/…` or `org/…`.
        why: Only what says nothing of the contents.
    """

    at: datetime
    who: str | None
    via: str | None
    event: str
    memory_id: str
    owner: str | None
    turn: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Expense:
    """What one turn spent on memory.

    Attributes:
        what: The step that fed memories to a prompt ("recall", "search", "edit 1"), for their tokens there;
            "lessons": tokens of the call that drew them.
        memories: How many were fed, or drawn.
        held_back: How many were found and left out, or fed with a warning, because the code had moved on.
    """

    turn: str
    what: str
    at: datetime
    tokens: int
    memories: int = 0
    held_back: int = 0


class Accounts:
    """The books of one store, in the same file as the memories so that both are written together."""

    def __init__(self, database: Database, actor: Actor) -> None:
        self._database = database
        self._actor = actor
        if not self._are_there():
            with database.transaction():
                if not self._are_there():  # still, now that no other process can be making them
                    for statement in _TABLES.split(";\n"):
                        database.run(statement)

    def note(
        self,
        event: str,
        memory_ids: Sequence[str],
        at: datetime,
        *,
        turn: str | None = None,
        why: str | None = None,
    ) -> None:
        """Enter what is done to memories."""
        self._database.run(
            "INSERT INTO audit(at, who, via, event, memory_id, owner, turn, why) "
            f"SELECT ?, ?, ?, ?, j.value, {_OWNER}, ?, ? FROM json_each(?) j",
            (to_text(at), self._actor.who, self._actor.via, event, turn, why, json.dumps(list(memory_ids))),
        )

    def entries(self, owners: Sequence[str]) -> list[Entry]:
        """Everything that was done to the memories of some owners, oldest first."""
        found = self._database.rows(
            "SELECT at, who, via, event, memory_id, owner, turn, why FROM audit "
            "WHERE owner IN (SELECT value FROM json_each(?)) ORDER BY seq",
            (json.dumps(list(owners)),),
        )
        return [Entry(from_text(at), *rest) for at, *rest in found]

    def spend(self, expense: Expense, owner: str) -> None:
        """Enter what a turn spent; doing so twice is the same as once."""
        values: tuple[Any, ...] = (
            expense.turn, expense.what, to_text(expense.at), self._actor.via, owner,
            expense.tokens, expense.memories, expense.held_back,
        )  # fmt: skip
        marks = ", ".join("?" for _ in values)
        self._database.run(f"INSERT OR REPLACE INTO spent VALUES ({marks})", values)

    def expenses(self, owner: str) -> list[Expense]:
        """What was spent in a repository, oldest first."""
        found = self._database.rows(
            "SELECT turn, what, at, tokens, memories, held_back FROM spent WHERE owner = ? ORDER BY at, turn",
            (owner,),
        )
        return [Expense(turn, what, from_text(at), *rest) for turn, what, at, *rest in found]

    def _are_there(self) -> bool:
        return bool(self._database.rows("SELECT 1 FROM sqlite_master WHERE name = 'spent'"))
