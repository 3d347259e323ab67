"""One SQLite file that many processes may use at once, and that survives a kill."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memory.errors import MemoryStoreError, StoreDamaged, StoreTooNew

SCHEMA_VERSION = 2
BUSY_TIMEOUT_MS = 30_000
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_UNUSABLE = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)

SCHEMA = """
CREATE TABLE points(
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    record_id TEXT UNIQUE,
    kind TEXT, label TEXT, status TEXT, group_id TEXT, branch TEXT, environment TEXT,
    origin TEXT, author TEXT, session TEXT, "commit" TEXT,
    created_at TEXT, updated_at TEXT, expires_at TEXT, confidence REAL, fingerprint TEXT,
    payload TEXT NOT NULL
);
CREATE INDEX points_kind ON points(user_id, kind, created_at);
CREATE INDEX points_created ON points(user_id, created_at);
CREATE INDEX points_fingerprint ON points(fingerprint);
CREATE TABLE point_values(
    key TEXT NOT NULL, value TEXT NOT NULL, row INTEGER NOT NULL,
    PRIMARY KEY (key, value, row)
) WITHOUT ROWID;
CREATE INDEX point_values_row ON point_values(row);
CREATE TABLE vectors(
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    row INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    embedder TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (row, embedder)
);
CREATE INDEX vectors_owner ON vectors(user_id, embedder, seq);
CREATE VIRTUAL TABLE words USING fts5(text, anchors, tokenize = 'porter unicode61');
CREATE TABLE changes(
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    turn TEXT,
    memory_id TEXT NOT NULL,
    event TEXT NOT NULL,
    reason TEXT,
    counted INTEGER NOT NULL,
    before TEXT,
    after TEXT,
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX changes_memory ON changes(memory_id, seq);
CREATE INDEX changes_turn ON changes(turn, seq) WHERE turn IS NOT NULL;
CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


MIGRATIONS = {
    1: """
DROP INDEX vectors_owner;
ALTER TABLE vectors RENAME TO vectors_before;
CREATE TABLE vectors(
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    row INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    embedder TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (row, embedder)
);
INSERT INTO vectors SELECT * FROM vectors_before;
DROP TABLE vectors_before;
CREATE INDEX vectors_owner ON vectors(user_id, embedder, seq);
"""
}
"""What makes a file of this version one of the next."""


class Database:
    """A connection that may be shared by the threads of one process.

    Raises:
        StoreDamaged: The file is not a database, or is torn.
        StoreTooNew: A newer oldhand has written it.
        MemoryStoreError: It cannot be read or written: busy, full, read-only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        with self._speaking_plainly():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
            )
            self._prepare()

    def _prepare(self) -> None:
        switch_to_wal(self._connection)
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA secure_delete = ON")
        if self._version() < SCHEMA_VERSION:
            with self.transaction():
                version = self._version()  # now that no other process can be changing it
                scripts = (
                    [MIGRATIONS[each] for each in range(version, SCHEMA_VERSION)] if version else [SCHEMA]
                )
                for script in scripts:
                    for statement in script.split(";\n"):
                        self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        if self._version() > SCHEMA_VERSION:
            raise StoreTooNew(f"{self.path} was written by a newer oldhand. Update oldhand to read it.")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what happens inside is written together, or not at all.

        Taken by one process at a time, from its start, so that reading and then writing is safe.
        Inside another transaction it joins that one.
        """
        with self._lock, self._speaking_plainly():
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:  # whatever it was, the transaction is over; it is raised again
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows that a statement returns."""
        with self._lock, self._speaking_plainly():
            return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement and say how many rows it changed."""
        with self._lock, self._speaking_plainly():
            return self._connection.execute(sql, values).rowcount

    def insert(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run an INSERT and give the new row's number."""
        with self._lock, self._speaking_plainly():
            return int(self._connection.execute(sql, values).lastrowid or 0)

    def run_many(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        """Run one statement once for each tuple of values."""
        with self._lock, self._speaking_plainly():
            self._connection.executemany(sql, values)

    def scrub(self) -> None:
        """Leave no bytes of deleted rows in the file, the keyword index or the write-ahead log.

        Raises:
            MemoryStoreError: Another process reads without end, so that the log cannot be emptied.
        """
        self.run("INSERT INTO words(words) VALUES ('optimize')")
        self.run("VACUUM")
        busy, *_ = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0]
        if busy:
            raise MemoryStoreError(
                f"The memories are deleted, but another process is reading {self.path}, so their bytes are "
                "still in its log. Forget them again when it is done."
            )

    def close(self) -> None:
        """Close the connection; the object is of no use afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _speaking_plainly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = error.sqlite_errorcode & 0xFF  # the rest tells variants of it apart
            if code in _DAMAGED:
                raise StoreDamaged(
                    f"The memory store {self.path} is damaged ({error}). "
                    "Move it away or restore a backup; without one, a new store is created at the next start."
                ) from error
            if code in _UNUSABLE:
                raise MemoryStoreError(
                    f"The memory store {self.path} cannot be used ({error}). "
                    "Check that its folder is writable and the disk is not full."
                ) from error
            raise  # a mistake of ours
        except OSError as error:
            raise MemoryStoreError(
                f"The memory store {self.path} cannot be used ({error.strerror}). "
                "Check that its folder is writable."
            ) from error


def switch_to_wal(connection: sqlite3.Connection) -> None:
    """Put a file into write-ahead mode, in which readers and a writer do not wait for one another.

    The mode stays with the file. SQLite's busy timeout does not cover the switch, so where several
    processes open a new file at once they take turns here.

    Raises:
        sqlite3.OperationalError: Another process held the file for the whole busy timeout.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
