"""The index's SQLite file: schema, opening, rebuilding a broken one."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tools.analysis import Analysis
from tools.words import indexed_text

_VERSION = 4  # of the schema and of what analysis finds: another version in the file means rebuild
_BUSY_MS = 10_000

# What a file holds is kept by its content, so that a file that comes back, after a change of branches for
# one, need not be read again. Full text is kept without its content and never deleted: rows of contents
# that are gone join with nothing, and when they are the most, the file is made anew.
_SCHEMA = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, blob INTEGER NOT NULL, size INTEGER NOT NULL,
    mtime INTEGER NOT NULL);
CREATE INDEX files_by_blob ON files (blob);
CREATE TABLE blobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, imports TEXT NOT NULL,
    names TEXT NOT NULL, has_bodies INTEGER NOT NULL DEFAULT 0);
CREATE TABLE symbols (
    blob INTEGER NOT NULL, name TEXT NOT NULL, qualname TEXT NOT NULL, kind TEXT NOT NULL,
    start_line INTEGER NOT NULL, end_line INTEGER NOT NULL, signature TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX symbols_by_blob ON symbols (blob);
CREATE INDEX symbols_by_name ON symbols (name);
CREATE TABLE bodies (blob INTEGER NOT NULL, qualname TEXT NOT NULL, body_digest TEXT NOT NULL);
CREATE INDEX bodies_by_digest ON bodies (body_digest);
CREATE TABLE commits (id TEXT NOT NULL, words TEXT NOT NULL, files TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5( -- rowid: the blob's id
    defined, said, body, names, content = '', tokenize = "ascii tokenchars '_$'");
CREATE VIRTUAL TABLE places USING fts5(words, tokenize = 'ascii'); -- rowid: the file's id
"""
_MOST_DEAD = 2_000  # contents no file has any more, beside as many as there are alive

Row = tuple[Any, ...]
Result = TypeVar("Result")


class IndexStore:
    """One SQLite file that several threads and processes may use at once.

    A file that is no database, or is broken, is made anew: all in it can be found again.

    Attributes:
        was_rebuilt: the file was broken or of another version and has been made anew.
        is_kept: what is found is kept for the next time; not so where the file cannot be used.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._lock = threading.RLock()
        self.was_rebuilt = False
        self.is_kept = True
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._open(str(database))
        except (OSError, sqlite3.OperationalError):  # locked for long, not ours to write, a full disk
            self.is_kept = False
            self._connection = self._open(":memory:")
        except sqlite3.DatabaseError:
            self._connection = self._rebuild()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """What a query finds; nothing in a file that had to be made anew."""
        return self._guarded(lambda: self._connection.execute(sql, values).fetchall())

    def changes(self) -> int:
        """A number that changes when another process has written to the file."""
        return int(self.rows("PRAGMA data_version")[0][0])

    def is_mostly_dead(self) -> bool:
        """Whether most contents in the index are those of files as they were: time to begin anew."""
        count = "SELECT (SELECT count(*) FROM blobs), (SELECT count(DISTINCT blob) FROM files)"
        kept, alive = self.rows(count)[0]
        return bool(kept - alive > max(alive, _MOST_DEAD))

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process writes during."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:  # put in order, then raised again
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rebuild(self) -> None:
        """Throw the file away and begin anew."""
        with self._lock:
            self._connection.close()
            self._connection = self._rebuild()

    def _guarded(self, ask: Callable[[], Result]) -> Result:
        with self._lock:
            try:
                return ask()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self.rebuild()
                return ask()

    def _open(self, place: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            place, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        try:
            _switch_to_wal(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA cache_size = -32000")
            self._prepare(connection)
        except BaseException:  # put in order, then raised again
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if connection.execute("PRAGMA user_version").fetchone()[0] == _VERSION:
            return
        connection.execute("BEGIN IMMEDIATE")  # another process may be at the same
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in _SCHEMA.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"index of version {version}")

    def _rebuild(self) -> sqlite3.Connection:
        self.was_rebuilt = True
        for suffix in ("", "-wal", "-shm"):
            self._database.with_name(self._database.name + suffix).unlink(missing_ok=True)
        return self._open(str(self._database))


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Take turns where SQLite's busy timeout does not: when several processes open a new file at once."""
    until = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def add_blob(connection: sqlite3.Connection, key: str, analysis: Analysis) -> int:
    """Keep what a file's content gave, unless another process has; return its id."""
    known = connection.execute("SELECT id FROM blobs WHERE key = ?", (key,)).fetchone()
    if known:
        return int(known[0])
    insert = "INSERT INTO blobs (key, imports, names) VALUES (?, ?, ?)"
    blob = connection.execute(insert, (key, "\n".join(analysis.imports), analysis.names)).lastrowid
    assert blob is not None
    connection.executemany(f"INSERT INTO symbols VALUES ({blob}, ?, ?, ?, ?, ?, ?, ?)", analysis.symbols)
    if not analysis.is_skipped:
        # Only the names: every other word of the list is a count.
        names = " ".join(analysis.names.split(" ")[::2])
        connection.execute(
            "INSERT INTO words (rowid, defined, said, body, names) VALUES (?, ?, ?, ?, ?)",
            (blob, analysis.defined, analysis.said, analysis.body, names),
        )
    return blob


def put_file(connection: sqlite3.Connection, path: str, blob: int, size: int, mtime: int) -> bool:
    """Say what a path holds now; return whether that is something else than before."""
    known = connection.execute("SELECT id, blob FROM files WHERE path = ?", (path,)).fetchone()
    if known:
        update = "UPDATE files SET blob = ?, size = ?, mtime = ? WHERE id = ?"
        connection.execute(update, (blob, size, mtime, known[0]))
        return bool(blob != known[1])
    insert = "INSERT INTO files (path, blob, size, mtime) VALUES (?, ?, ?, ?)"
    cursor = connection.execute(insert, (path, blob, size, mtime))
    place = (cursor.lastrowid, indexed_text(path))
    connection.execute("INSERT INTO places (rowid, words) VALUES (?, ?)", place)
    return True


def add_files(connection: sqlite3.Connection, paths: Sequence[str], blob: int, size: int, mtime: int) -> None:
    """The same for many paths that are most likely all new, in a third of the time."""
    (first,) = connection.execute("SELECT 1 + coalesce(max(id), 0) FROM files").fetchone()
    rows = ((number, path, blob, size, mtime) for number, path in enumerate(paths, first))
    insert = "INSERT INTO files (id, path, blob, size, mtime) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    connection.executemany(insert, rows)
    added = connection.execute("SELECT id, path FROM files WHERE id >= ?", (first,)).fetchall()
    places = ((number, indexed_text(path)) for number, path in added)
    connection.executemany("INSERT INTO places (rowid, words) VALUES (?, ?)", places)


def remove_file(connection: sqlite3.Connection, path: str) -> None:
    """Say that a path is gone; what it held is kept for a while."""
    connection.execute("DELETE FROM places WHERE rowid = (SELECT id FROM files WHERE path = ?)", (path,))
    connection.execute("DELETE FROM files WHERE path = ?", (path,))
