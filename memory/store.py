"""What `Memory` needs from a store of records."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from memory.accounts import Accounts
from memory.filters import Filter
from memory.journal import Change
from memory.paraphrase import Words
from memory.records import Record


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may answer a query.

    Attributes:
        words: BM25 score, comparable only within one search; 0 when no word is shared.
        meaning: Cosine of the embeddings, in [-1, 1]; None when it was not looked at.
        likeness: How well the text answers the query, compared closely, in [0, 1]; 0 when it was not.
        trust: How much that counts beside words and meaning, in [0, 1].
    """

    record: Record
    words: float = 0.0
    meaning: float | None = None
    likeness: float = 0.0
    trust: float = 0.0


class Mark(StrEnum):
    """Records that sync has to look at even when no file of theirs was touched; filtered on as `marks`."""

    CODE_GONE = "code_gone"
    UNCOMMITTED = "uncommitted"
    EXPIRING = "expiring"


class RecordStore(Protocol):
    """Records, the log of their changes, and a few settings."""

    @property
    def accounts(self) -> Accounts:
        """Who did what, and what it cost."""
        ...

    @property
    def words(self) -> Words:
        """Who knows the vectors of words."""
        ...

    def ready_to_write(self) -> None:
        """Load what the first write needs, before a transaction makes other processes wait for it."""
        ...

    def warm_up(self) -> None:
        """Begin to load, in the background, what the first write needs."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside is written together or not at all; other writers wait."""
        ...

    def get(self, memory_id: str) -> Record | None:
        """The record, whoever owns it."""
        ...

    def last_known(self, memory_id: str) -> Record | None:
        """The record, or where undo has taken it away, what it was last: its text is still in the log."""
        ...

    def lingering(self) -> list[Record]:
        """What undo has taken away, as it was last, whoever owns it."""
        ...

    def find(self, where: Filter, limit: int | None = None) -> list[Record]:
        """Records that pass the filter, newest first."""
        ...

    def nearest(self, query: str, where: Filter, limit: int) -> list[Candidate]:
        """The best `limit` records by words and the best `limit` by meaning, each record once.

        The most promising come first, and are compared with the query closely.
        """
        ...

    def embed_all(self) -> int:
        """Give every memory the vector that searching needs; says how many had none."""
        ...

    def notices(self) -> list[str]:
        """What a person should know of the searches since this was last asked: one sentence each."""
        ...

    def alike(self, text: str, where: Filter, limit: int) -> list[Record]:
        """Records that share the rarest words of a text: where to look for its duplicates."""
        ...

    def put(self, record: Record) -> None:
        """Add the record, or replace the one with its id; doing so twice is the same as once."""
        ...

    def recount(self, records: Sequence[Record]) -> None:
        """Store records of which nothing has changed but how often they were used."""
        ...

    def remove(self, memory_id: str) -> None:
        """Take a record out; its log stays."""
        ...

    def erase(
        self, memory_ids: Sequence[str], at: datetime, *, event: str = "forgotten", why: str | None = None
    ) -> None:
        """Take records out and leave no trace of their texts anywhere in the files.

        Args:
            memory_ids: Which.
            at: The present moment, for the audit log.
            event: What that log calls it.
            why: The reason for it, without contents.
        """
        ...

    def said_by(self, authors: Sequence[str]) -> list[str]:
        """Ids of the memories that one of these people wrote or said again, by all that the log knows."""
        ...

    def rewrite(
        self, memory_ids: Sequence[str], change: Callable[[Record], Record], at: datetime, event: str
    ) -> None:
        """Change records and all that the log says of them, and leave no trace of what stood there.

        Args:
            memory_ids: Which; they may be taken away.
            change: What becomes of each; not its text.
            at: The present moment, for the audit log.
            event: What that log calls it.
        """
        ...

    def log(self, *changes: Change) -> None:
        """Append to the log of changes, in this order."""
        ...

    def changes_of(self, memory_id: str) -> list[Change]:
        """The log of one record, oldest first."""
        ...

    def changes_in(self, turn: str) -> list[Change]:
        """The log of one turn, oldest first."""
        ...

    def take_back(self, turn: str, memory_id: str) -> None:
        """Note that a turn's changes of one record were taken back; the log shows them no more."""
        ...

    def taken_back_in(self, turn: str) -> list[Change]:
        """What was taken back of one turn and can be made again, oldest first."""
        ...

    def let_go(self, turn: str, memory_id: str | None = None) -> None:
        """Delete what was taken back of a turn, of one record or of all."""
        ...

    def setting(self, key: str) -> str | None:
        """A stored setting, or None."""
        ...

    def set_setting(self, key: str, value: str) -> None:
        """Store a setting."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...
