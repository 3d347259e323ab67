"""Records in mem0, on one SQLite file. The only module that imports mem0.

Importing mem0 takes more than a second, so it happens at the first write of a text. Reading, searching
and changing metadata go straight to the vector store that mem0 is given: listing memories and following
a commit from a git hook never pay for it.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import groupby
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

from memory.accounts import Accounts, Actor
from memory.clock import now
from memory.database import Database
from memory.embedding import Embedder
from memory.filters import Filter
from memory.journal import Change, Journal
from memory.levels import Level, WritingLevel
from memory.light import Light
from memory.mem0_surroundings import quiet_environment, without_qdrant
from memory.payload import from_payload, rest_of, to_payload
from memory.records import Record
from memory.search import Search
from memory.sqlite_rows import Point, SqliteRows
from memory.store import Candidate, RecordStore

NOBODY = Actor()


def open_store(
    folder: Path, level: WritingLevel | None = None, finer: Level | None = None, actor: Actor = NOBODY
) -> RecordStore:
    """Open the memories in a folder, which is made when it is not there.

    Args:
        folder: Holds memory.db, which is everything; mem0's own log is not kept.
        level: How memories are read; the light level by default. Writing always uses this one.
        finer: Searches with this one instead, wherever it can.
        actor: Who works on it, for the audit log.

    Raises:
        MemoryStoreError: The folder cannot be used, or what lies there is no store.
    """
    return Mem0Store(folder, level or Light(), finer, actor)


class Mem0Store:
    """See :class:`memory.store.RecordStore`.

    Texts are written by mem0 with `infer=False`; what is worth remembering, duplicates and
    supersession are decided before, in `memory`. The log of changes lies in the same file as the
    points, so one transaction covers both.
    """

    def __init__(self, folder: Path, level: WritingLevel, finer: Level | None, actor: Actor) -> None:
        self._folder = folder
        self.words = self._level = level
        self._database = Database(folder / "memory.db")
        self._rows = SqliteRows(self._database, level.name, level.dims)
        self._journal = Journal(self._database)
        self.accounts = Accounts(self._database, actor)
        self._mem0: Any = None
        self._warming: Thread | None = None
        self._search = Search(self._rows, level, finer)

    def ready_to_write(self) -> None:
        """See :class:`memory.store.RecordStore`."""
        self._memory()

    def warm_up(self) -> None:
        """See :class:`memory.store.RecordStore`."""
        if self._mem0 is None and self._warming is None:
            # No daemon: an interpreter that ends in the middle of this import is aborted by its C++ parts.
            self._warming = Thread(target=_import_mem0, args=(self._folder,), name="mem0")
            self._warming.start()

    def transaction(self) -> AbstractContextManager[None]:
        """See :class:`memory.store.RecordStore`."""
        return self._database.transaction()

    def get(self, memory_id: str) -> Record | None:
        """See :class:`memory.store.RecordStore`."""
        point = self._point(memory_id)
        return from_payload(point.payload) if point else None

    def last_known(self, memory_id: str) -> Record | None:
        """See :class:`memory.store.RecordStore`."""
        return self.get(memory_id) or next(iter(self._journal.lingering(memory_id)), None)

    def lingering(self) -> list[Record]:
        """See :class:`memory.store.RecordStore`."""
        return self._journal.lingering()

    def find(self, where: Filter, limit: int | None = None) -> list[Record]:
        """See :class:`memory.store.RecordStore`."""
        return [from_payload(point.payload) for point in self._rows.list(where, limit)[0]]

    def nearest(self, query: str, where: Filter, limit: int) -> list[Candidate]:
        """See :class:`memory.store.RecordStore`."""
        return self._search.nearest(query, where, limit)

    def embed_all(self) -> int:
        """See :class:`memory.store.RecordStore`."""
        return self._search.embed_all()

    def notices(self) -> list[str]:
        """See :class:`memory.store.RecordStore`."""
        return self._search.notices()

    def alike(self, text: str, where: Filter, limit: int) -> list[Record]:
        """See :class:`memory.store.RecordStore`."""
        return [from_payload(point.payload) for point in self._rows.alike(text, where, limit)]

    def put(self, record: Record) -> None:
        """See :class:`memory.store.RecordStore`."""
        metadata = to_payload(record)
        with self.transaction():
            point = self._point(record.id)
            if point and point.payload["user_id"] != metadata["user_id"]:
                self.remove(record.id)
                point = None
            if point is None:
                owner = metadata.pop("user_id")
                self._memory().add(record.text, user_id=owner, metadata=metadata, infer=False)
            elif point.payload["data"] != record.text:
                self._memory().update(point.id, text=record.text, metadata=metadata)
            else:
                self._rows.update(point.id, payload={**point.payload, **metadata})

    def recount(self, records: Sequence[Record]) -> None:
        """See :class:`memory.store.RecordStore`."""
        self._rows.set_values("record", [(record.id, rest_of(record)) for record in records])

    def remove(self, memory_id: str) -> None:
        """See :class:`memory.store.RecordStore`."""
        with self.transaction():
            if point := self._point(memory_id):
                self._rows.delete(point.id)

    def erase(
        self, memory_ids: Sequence[str], at: datetime, *, event: str = "forgotten", why: str | None = None
    ) -> None:
        """See :class:`memory.store.RecordStore`."""
        with self.transaction():
            self.accounts.note(event, memory_ids, at, why=why)
            for memory_id in memory_ids:
                self.remove(memory_id)
            self._journal.erase(memory_ids)
        self._database.scrub()

    def said_by(self, authors: Sequence[str]) -> list[str]:
        """See :class:`memory.store.RecordStore`."""
        return self._journal.naming(authors)

    def rewrite(
        self, memory_ids: Sequence[str], change: Callable[[Record], Record], at: datetime, event: str
    ) -> None:
        """See :class:`memory.store.RecordStore`."""
        with self.transaction():
            self.accounts.note(event, memory_ids, at)
            for memory_id in memory_ids:
                if record := self.get(memory_id):
                    self.put(change(record))
                self._journal.rewrite(memory_id, change)
        self._database.scrub()

    def log(self, *changes: Change) -> None:
        """See :class:`memory.store.RecordStore`."""
        self._journal.write(changes)
        for (event, at, turn), those in groupby(changes, lambda one: (one.event, one.at, one.turn)):
            self.accounts.note(event, [change.memory_id for change in those], at, turn=turn)

    def changes_of(self, memory_id: str) -> list[Change]:
        """See :class:`memory.store.RecordStore`."""
        return self._journal.of_memory(memory_id)

    def changes_in(self, turn: str) -> list[Change]:
        """See :class:`memory.store.RecordStore`."""
        return self._journal.of_turn(turn)

    def take_back(self, turn: str, memory_id: str) -> None:
        """See :class:`memory.store.RecordStore`."""
        self._journal.take_back(turn, memory_id)
        self.accounts.note("restored" if self._point(memory_id) else "undone", [memory_id], now(), turn=turn)

    def taken_back_in(self, turn: str) -> list[Change]:
        """See :class:`memory.store.RecordStore`."""
        return self._journal.taken_back_in(turn)

    def let_go(self, turn: str, memory_id: str | None = None) -> None:
        """See :class:`memory.store.RecordStore`."""
        self._journal.let_go(turn, memory_id)

    def setting(self, key: str) -> str | None:
        """See :class:`memory.store.RecordStore`."""
        found = self._database.rows("SELECT value FROM settings WHERE key = ?", (key,))
        return str(found[0][0]) if found else None

    def set_setting(self, key: str, value: str) -> None:
        """See :class:`memory.store.RecordStore`."""
        self._database.run("INSERT OR REPLACE INTO settings(key, value) VALUES (?, ?)", (key, value))

    def close(self) -> None:
        """See :class:`memory.store.RecordStore`."""
        if self._mem0 is not None:
            self._mem0.close()
        self._database.close()

    def _point(self, memory_id: str) -> Point | None:
        found = self._rows.list({"record_id": memory_id}, 1)[0]
        return found[0] if found else None

    def _memory(self) -> Any:
        if self._mem0 is None:
            if self._warming is not None:
                self._warming.join()
            self._level.embed([""])  # loads its model
            with quiet_environment(self._folder):
                self._mem0 = _open_mem0(self._rows, self._level)
        return self._mem0


class Mem0Embedding:
    """mem0's embedder interface over ours, which comes in as the configuration's `model`."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self._embedder: Embedder = config.model

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        """The vector of one text."""
        vector: list[float] = self._embedder.embed([text])[0].tolist()
        return vector

    def embed_batch(self, texts: Sequence[str], memory_action: str | None = "add") -> list[list[float]]:
        """The vectors of several texts."""
        return [vector.tolist() for vector in self._embedder.embed(texts)]


def share_rows(rows: SqliteRows) -> SqliteRows:
    """What mem0's factory calls to get a vector store: the one that is open already."""
    return rows


def _import_mem0(folder: Path) -> None:
    with quiet_environment(folder), without_qdrant():
        import mem0.memory.main  # noqa: F401 - for what importing it loads


def _open_mem0(rows: SqliteRows, embedder: Embedder) -> Any:
    from mem0.configs.base import MemoryConfig
    from mem0.embeddings.base import EmbeddingBase
    from mem0.embeddings.configs import EmbedderConfig
    from mem0.llms.configs import LlmConfig
    from mem0.memory.main import Memory as Mem0Memory
    from mem0.utils.factory import EmbedderFactory, VectorStoreFactory
    from mem0.vector_stores.base import VectorStoreBase
    from mem0.vector_stores.configs import VectorStoreConfig

    logging.getLogger("mem0").setLevel(logging.ERROR)  # it logs the texts of memories at INFO
    VectorStoreBase.register(SqliteRows)
    EmbeddingBase.register(Mem0Embedding)
    VectorStoreFactory.provider_to_class["sqlite"] = f"{__name__}.{share_rows.__name__}"
    EmbedderFactory.provider_to_class["oldhand"] = f"{__name__}.{Mem0Embedding.__name__}"
    shared = SimpleNamespace(collection_name="memories", model_dump=lambda: {"rows": rows})
    config = MemoryConfig.model_construct(
        # The validators of these two hold closed lists of providers.
        vector_store=VectorStoreConfig.model_construct(provider="sqlite", config=shared),
        embedder=EmbedderConfig.model_construct(provider="oldhand", config={"model": embedder}),
        # Never called: with infer=False no model is asked, but mem0 wants one to be set.
        llm=LlmConfig(provider="openai", config={"api_key": "unused"}),
        # mem0's log would keep what undo takes out, and doubles ours: it lasts as long as the process.
        history_db_path=":memory:",
        reranker=None,
        version="v1.1",
        custom_instructions=None,
    )
    return Mem0Memory(config)
