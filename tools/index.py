"""The symbol index: what the files of a work tree define, by name, by path, by content."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bodies import complete
from tools.git import Git
from tools.history import History, known_commits
from tools.index_refresh import Refreshed, Refresher, work_in
from tools.index_store import IndexStore, Row
from tools.reading_behind import Progress, ReadingBehind
from tools.syntax import Symbol
from tools.workspace import Workspace

_MUCH_BYTES = 4_000_000  # to be read: about a second's work
_SYMBOLS = (
    "SELECT files.path, name, symbols.qualname, kind, start_line, end_line, signature, doc"
    " FROM symbols JOIN files ON files.blob = symbols.blob"
)
_OF_PATHS = "FROM json_each(?) CROSS JOIN files ON files.path = value JOIN blobs ON blobs.id = blob"
_IN_ORDER = " ORDER BY files.path, start_line, symbols.rowid"


@dataclass(frozen=True, slots=True)
class FileScores:
    """How well files fit some words, best first; higher is better."""

    by_content: list[tuple[str, float]]
    by_path: list[tuple[str, float]]


class SymbolIndex:
    """Definitions, references, imports and words of a repository's files, kept in SQLite.

    Args:
        workspace: the repository.
        database: the SQLite file; it may be deleted at any time, or be broken.
    """

    def __init__(self, workspace: Workspace, database: Path) -> None:
        self.workspace = workspace
        self._store = IndexStore(database)
        self._refresher = Refresher(workspace.root, self._store)
        self._history: tuple[str | None, History] | None = None  # with the commit it was read at
        self._behind = ReadingBehind(self._refresh)
        self.generation = 0  # grows when a refresh finds a change: what was computed before is out of date

    def close(self) -> None:
        """Stop reading and close the index file."""
        self._behind.stop()
        self._store.close()

    def refresh(self, progress: Progress | None = None) -> Refreshed:
        """Bring the index up to the files as they are now; only what changed is read.

        Args:
            progress: called with the number of files read and to read. What it raises stops the refresh;
                what was read until then is kept.
        """
        self._behind.wait(progress)
        return self._refresh(progress)

    def glance(
        self, likeliest: Callable[[Mapping[str, int]], Sequence[str]], progress: Progress | None = None
    ) -> Refreshed:
        """Bring up to date what a question is about; all there is, where that is quickly done.

        Where there is much to read, every file is known by its path afterwards, and only the likeliest are
        read. `read_on` reads the others.

        Args:
            likeliest: told the size of each file in bytes, says which to read.
            progress: as in `refresh`.

        Raises:
            SearchFailed: of `likeliest`.
        """
        started = time.monotonic()
        seen = self._refresher.look()
        if work_in(seen.new, seen.there) < _MUCH_BYTES:
            return self.refresh(progress)
        self._refresher.announce(seen)
        self.generation += 1
        unread = frozenset(seen.new)
        sizes = {path: size for path, (size, _) in seen.there.items()}
        chosen = [path for path in likeliest(sizes) if path in unread]
        updated = self._refresher.read(chosen, seen.there)
        seconds = time.monotonic() - started
        return Refreshed(
            len(seen.there),
            updated,
            len(seen.gone),
            seconds,
            self._store.was_rebuilt,
            len(unread) - len(chosen),
        )

    def read_on(self) -> None:
        """Read what a glance has left, in a thread of its own; `refresh` waits for it, `close` stops it."""
        self._behind.start()

    def _refresh(self, progress: Progress | None = None) -> Refreshed:
        try:
            done = self._refresher.refresh(progress)
        except sqlite3.OperationalError:
            # Another process writes for longer than we wait: go on with what is there.
            return Refreshed(self._refresher.known, 0, 0, 0.0, self._store.was_rebuilt)
        if done.updated or done.removed or self.generation == 0:
            self.generation += 1
        return done

    def is_empty(self) -> bool:
        """Whether nothing is known yet, not even a path."""
        return not self._store.rows("SELECT 1 FROM files LIMIT 1")

    def files(self) -> list[str]:
        """The files of the index, sorted."""
        return [path for (path,) in self._store.rows("SELECT path FROM files ORDER BY path")]

    def contents(self) -> dict[str, int]:
        """The files of the index, each with a number that changes with what it holds."""
        return dict(self._store.rows("SELECT path, blob FROM files"))

    def find(self, name: str) -> list[Symbol]:
        """The symbols of a name: `total`, `Invoice.total`, or `core/money.py::Money`."""
        path, _, qualname = name.rpartition("::")
        last = qualname.rpartition(".")[2]
        found = self._symbols(" WHERE name = ?", (last,))
        return [
            symbol
            for symbol in found
            if f".{symbol.qualname}".endswith(f".{qualname}") and (not path or symbol.path == path)
        ]

    def like(self, name: str, limit: int = 8) -> list[Symbol]:
        """Symbols whose name holds `name`, capitals or not: what may have been meant."""
        pattern = "%" + "".join(f"\\{c}" if c in "\\%_" else c for c in name.rpartition(".")[2]) + "%"
        return self._symbols(" WHERE name LIKE ? ESCAPE '\\'", (pattern,), limit)

    def outline(self, path: str) -> list[Symbol]:
        """The symbols of a file, in its order; none for a file that is not in the index."""
        return self._symbols(" WHERE files.path = ?", (path,))

    def symbol(self, symbol_id: str) -> Symbol | None:
        """The symbol written `path::qualname`; the first where a file defines it twice."""
        path, _, qualname = symbol_id.rpartition("::")
        found = self._symbols(" WHERE files.path = ? AND symbols.qualname = ?", (path, qualname), 1)
        return found[0] if found else None

    def with_body(self, body_digest: str) -> list[Symbol]:
        """The symbols whose code, own name aside, has this digest; the first call digests what is not yet."""
        complete(self.workspace.root, self._store)
        same = "SELECT blob, qualname FROM bodies WHERE body_digest = ?"
        return self._symbols(f" WHERE (symbols.blob, symbols.qualname) IN ({same})", (body_digest,))

    def users_by_path(self, name: str, limit: int) -> list[str]:
        """Files in whose code a name stands, the first `limit` of them; capitals or not is the same here."""
        sql = (
            "SELECT path FROM words JOIN files ON files.blob = words.rowid WHERE words MATCH ?"
            " ORDER BY path LIMIT ?"
        )
        return [path for (path,) in self._store.rows(sql, (_match("names", name), limit))]

    def match(self, words: Sequence[str], limit: int = 200) -> FileScores:
        """The files whose content, and whose paths, fit the words best, by BM25.

        Args:
            words: terms as `tools.words.terms` gives them.
            limit: how many files at most, of each.
        """
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(words) if word.isalnum())
        in_text = f"{{defined said body}} : ({query})"
        if not query:
            return FileScores([], [])
        content = self._store.rows(
            "SELECT path, -score FROM (SELECT rowid AS blob, bm25(words, 3.0, 1.5, 1.0, 0.0) AS score"
            " FROM words WHERE words MATCH ? ORDER BY score LIMIT ?) JOIN files USING (blob) ORDER BY score",
            (in_text, limit),
        )
        places = self._store.rows(
            "SELECT files.path, -score FROM (SELECT rowid AS id, bm25(places) AS score FROM places"
            " WHERE places MATCH ? ORDER BY score LIMIT ?) JOIN files USING (id) ORDER BY score",
            (query, limit),
        )
        return FileScores(
            [(path, score) for path, score in content], [(path, score) for path, score in places]
        )

    def names_like(self, words: Sequence[str], limit: int) -> list[tuple[str, str]]:
        """Every (path, name) defined in the files whose names of definitions fit some terms best."""
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(words) if word.isalnum())
        if not query:
            return []
        sql = (
            "SELECT files.path, name FROM (SELECT rowid AS blob FROM words WHERE words MATCH ?"
            " ORDER BY bm25(words, 1.0, 0.0, 0.0, 0.0) LIMIT ?)"
            " JOIN symbols USING (blob) JOIN files USING (blob)"
        )
        return self._store.rows(sql, (f"defined : ({query})", limit))

    def outlines(self, paths: Sequence[str]) -> dict[str, list[Symbol]]:
        """The symbols of several files."""
        return {path: self.outline(path) for path in paths}

    def holding(self, words: Sequence[str], limit: int) -> list[str]:
        """Files whose text holds all of some terms, at most `limit` of them, in no order."""
        query = " AND ".join(f'"{word}"' for word in dict.fromkeys(words) if word.isalnum())
        if not query:
            return []
        sql = "SELECT path FROM words JOIN files ON files.blob = words.rowid WHERE words MATCH ? LIMIT ?"
        return [path for (path,) in self._store.rows(sql, (f"body : ({query})", limit))]

    def users(self, name: str, limit: int) -> list[str]:
        """The same in no order, which is quicker to find."""
        sql = "SELECT path FROM words JOIN files ON files.blob = words.rowid WHERE words MATCH ? LIMIT ?"
        return [path for (path,) in self._store.rows(sql, (_match("names", name), limit))]

    def definers(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Every (path, name) where one of some names is defined."""
        sql = (
            "SELECT DISTINCT files.path, name FROM json_each(?) CROSS JOIN symbols ON name = value"
            " JOIN files ON files.blob = symbols.blob"
        )
        return [(path, name) for path, name in self._store.rows(sql, (json.dumps(list(names)),))]

    def names_in(self, paths: Sequence[str]) -> Iterator[tuple[str, str, int]]:
        """Every (path, name, count) of the names in the code of some files."""
        sql = f"SELECT files.path, names {_OF_PATHS}"
        for path, listed in self._store.rows(sql, (json.dumps(list(paths)),)):
            for name, count in _counts(listed):
                yield path, name, count

    def imports_in(self, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Every (path, target) of the imports of some files, as they are written."""
        sql = f"SELECT files.path, imports {_OF_PATHS}"
        for path, listed in self._store.rows(sql, (json.dumps(list(paths)),)):
            for target in listed.splitlines():
                yield path, target

    def history(self) -> History:
        """The last commits, read from git where they are not known yet."""
        head = Git(self.workspace.root).head()
        if self._history is None or self._history[0] != head:
            self._history = (head, History(known_commits(self.workspace.root, head, self._store)))
        return self._history[1]

    def all_definitions(self) -> Iterator[tuple[str, str]]:
        """Every (path, name) that is defined."""
        sql = "SELECT DISTINCT path, name FROM symbols JOIN files ON files.blob = symbols.blob"
        yield from self._store.rows(sql)

    def all_uses(self) -> Iterator[tuple[str, str, int]]:
        """Every (path, name, count) where a name stands that some file defines."""
        defined = {name for (name,) in self._store.rows("SELECT DISTINCT name FROM symbols")}
        for path, listed in self._store.rows("SELECT path, names FROM files JOIN blobs ON blobs.id = blob"):
            for name, count in _counts(listed):
                if name in defined:
                    yield path, name, count

    def all_imports(self) -> Iterator[tuple[str, str]]:
        """Every (path, target) of an import, as it is written."""
        for path, listed in self._store.rows("SELECT path, imports FROM files JOIN blobs ON blobs.id = blob"):
            for target in listed.splitlines():
                yield path, target

    def _symbols(self, where: str, values: Sequence[object], limit: int = -1) -> list[Symbol]:
        return [
            _symbol(row)
            for row in self._store.rows(f"{_SYMBOLS}{where}{_IN_ORDER} LIMIT ?", (*values, limit))
        ]


def _match(column: str, *words: str) -> str:
    """A full-text query for any of some words in one column."""
    quoted = " OR ".join('"' + word.replace('"', "") + '"' for word in words)
    return f"{column} : ({quoted})"


def _counts(listed: str) -> Iterator[tuple[str, int]]:
    words = listed.split(" ") if listed else []
    return zip(words[::2], map(int, words[1::2]), strict=True)


def _symbol(row: Row) -> Symbol:
    return Symbol(*row)
