"""What the memories of a history are looked up with beside oldhand: plain mem0, and plain keyword search."""

import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from evals.memory_bench.bare import plain_mem0
from memory.levels import Level


class Peer(Protocol):
    """Keeps texts and finds them again; nothing is checked, followed or let go of."""

    name: str

    def add(self, memory_id: str, text: str) -> None:
        """Keep a text."""
        ...

    def search(self, query: str, most: int) -> Sequence[str]:
        """The ids of the texts that fit a query, best first."""
        ...


class Keywords:
    """SQLite's own ranking by stemmed words."""

    name = "FTS5"

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:")
        columns = "id UNINDEXED, text, tokenize='porter unicode61'"
        self._database.execute(f"CREATE VIRTUAL TABLE texts USING fts5({columns})")

    def add(self, memory_id: str, text: str) -> None:
        """See :class:`Peer`."""
        self._database.execute("INSERT INTO texts VALUES (?, ?)", (memory_id, text))

    def search(self, query: str, most: int) -> Sequence[str]:
        """See :class:`Peer`."""
        words = " OR ".join(f'"{word}"' for word in dict.fromkeys(re.findall(r"\w+", query)))
        sql = "SELECT id FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?"
        return [memory_id for (memory_id,) in self._database.execute(sql, (words, most))] if words else []


class PlainMem0:
    """mem0 with its default embedded store and our embedding model; nothing is extracted, as in ours."""

    name = "mem0"

    def __init__(self, folder: Path, level: Level) -> None:
        self._mem0 = plain_mem0(folder, level)

    def add(self, memory_id: str, text: str) -> None:
        """See :class:`Peer`."""
        self._mem0.add(text, user_id="bench", metadata={"memory": memory_id}, infer=False)

    def search(self, query: str, most: int) -> Sequence[str]:
        """See :class:`Peer`."""
        found = self._mem0.search(query, filters={"user_id": "bench"}, top_k=most, threshold=0.0)
        return [item["metadata"]["memory"] for item in found["results"]]
