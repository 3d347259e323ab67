"""The symbol index: what the files of a work tree define, by name, by path, by content."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.errors import PathError
from tools.index_refresh import Progress, Refreshed, refresh
from tools.index_store import IndexStore, Row
from tools.syntax import Symbol
from tools.uses import UseKind, uses_in
from tools.workspace import Workspace

_MOST_FILES = 400  # read for the references of one name
_SYMBOLS = (
    "SELECT files.path, name, qualname, kind, start_line, end_line, signature, doc, digest, body_digest"
    " FROM symbols JOIN files ON files.blob = symbols.blob"
)
_IN_ORDER = " ORDER BY files.path, start_line, symbols.rowid"


@dataclass(frozen=True, slots=True)
class Reference:
    """A place where a name stands in code.

    Attributes:
        path: the file.
        line: 1-based.
        kind: what the name does there.
        text: the line, without its indentation.
        inside: qualified name of the definition around it, "" at the top of the file.
    """

    path: str
    line: int
    kind: UseKind
    text: str
    inside: str


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
        self._workspace = workspace
        self._store = IndexStore(database)
        self.generation = 0  # grows when a refresh finds a change: what was computed before is out of date

    def close(self) -> None:
        """Close the index file."""
        self._store.close()

    def refresh(self, progress: Progress | None = None) -> Refreshed:
        """Bring the index up to the files as they are now; only what changed is read.

        Args:
            progress: called with the number of files read and to read. What it raises stops the refresh;
                what was read until then is kept.
        """
        try:
            done = refresh(self._workspace.root, self._store, progress)
        except (
            sqlite3.OperationalError
        ):  # another process writes for longer than we wait: go on with what is there
            return Refreshed(len(self.files()), 0, 0, 0.0, self._store.was_rebuilt)
        if done.updated or done.removed or self.generation == 0:
            self.generation += 1
        return done

    def files(self) -> list[str]:
        """The files of the index, sorted."""
        return [path for (path,) in self._store.rows("SELECT path FROM files ORDER BY path")]

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
        found = self._symbols(" WHERE files.path = ? AND qualname = ?", (path, qualname), 1)
        return found[0] if found else None

    def with_body(self, body_digest: str) -> list[Symbol]:
        """The symbols whose code, own name aside, has this digest."""
        return self._symbols(" WHERE body_digest = ?", (body_digest,))

    def references(self, name: str, limit: int = 200) -> list[Reference]:
        """Where a name stands in code, definitions included; comments and strings are not code."""
        last = name.rpartition("::")[2].rpartition(".")[2]
        sql = (
            "SELECT path FROM names JOIN files ON files.blob = names.blob WHERE name = ?"
            " ORDER BY path LIMIT ?"
        )
        found: list[Reference] = []
        for (path,) in self._store.rows(sql, (last, _MOST_FILES)):
            found += self._references_in(path, last)
            if len(found) >= limit:
                break
        return found[:limit]

    def match(self, words: Sequence[str], limit: int = 200) -> FileScores:
        """The files whose content, and whose paths, fit the words best, by BM25.

        Args:
            words: terms as `tools.words.terms` gives them.
            limit: how many files at most, of each.
        """
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(words) if word.isalnum())
        if not query:
            return FileScores([], [])
        content = self._store.rows(
            "SELECT path, -score FROM (SELECT rowid AS blob, bm25(words, 3.0, 1.5, 1.0) AS score FROM words"
            " WHERE words MATCH ? ORDER BY score LIMIT ?) JOIN files USING (blob) ORDER BY score",
            (query, limit),
        )
        places = self._store.rows(
            "SELECT files.path, -score FROM (SELECT rowid AS id, bm25(places) AS score FROM places"
            " WHERE places MATCH ? ORDER BY score LIMIT ?) JOIN files USING (id) ORDER BY score",
            (query, limit),
        )
        return FileScores(
            [(path, score) for path, score in content], [(path, score) for path, score in places]
        )

    def outlines(self, paths: Sequence[str]) -> dict[str, list[Symbol]]:
        """The symbols of several files."""
        return {path: self.outline(path) for path in paths}

    def all_definitions(self) -> Iterator[tuple[str, str]]:
        """Every (path, name) that is defined."""
        sql = "SELECT DISTINCT path, name FROM symbols JOIN files ON files.blob = symbols.blob"
        yield from self._store.rows(sql)

    def all_uses(self) -> Iterator[tuple[str, str, int]]:
        """Every (path, name, count) where a name stands that some file defines."""
        sql = (
            "SELECT path, name, count FROM names JOIN files ON files.blob = names.blob"
            " WHERE name IN (SELECT name FROM symbols)"
        )
        yield from self._store.rows(sql)

    def all_imports(self) -> Iterator[tuple[str, str]]:
        """Every (path, target) of an import, as it is written."""
        sql = "SELECT path, target FROM imports JOIN files ON files.blob = imports.blob"
        yield from self._store.rows(sql)

    def _symbols(self, where: str, values: Sequence[object], limit: int = -1) -> list[Symbol]:
        return [
            _symbol(row)
            for row in self._store.rows(f"{_SYMBOLS}{where}{_IN_ORDER} LIMIT ?", (*values, limit))
        ]

    def _references_in(self, path: str, name: str) -> list[Reference]:
        try:
            source = self._workspace.read_bytes(path)
        except PathError:  # gone since the refresh
            return []
        lines = source.split(b"\n")
        outline = self.outline(path)
        return [
            Reference(
                path=path,
                line=use.line,
                kind=use.kind,
                text=lines[use.line - 1].decode("utf-8", "replace").strip()[:200],
                inside=_inside(outline, use.line),
            )
            for use in uses_in(path, source, name)
        ]


def _symbol(row: Row) -> Symbol:
    return Symbol(*row)


def _inside(outline: list[Symbol], line: int) -> str:
    around = [s for s in outline if s.start_line <= line <= s.end_line and s.kind != "constant"]
    return min(around, key=lambda s: s.end_line - s.start_line).qualname if around else ""
