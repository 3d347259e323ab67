"""A vector store in one SQLite file, with the method names and the filter grammar that mem0 expects."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from memory.database import Database
from memory.sqlite_filters import COLUMNS, LISTS, is_selective, where_clause
from memory.vector_index import Floats, VectorIndex
from memory.word_index import FEW_MATCHES, WordIndex

_WIDEST = 8192
_QUOTED = [f'"{column}"' for column in COLUMNS]
_INSERT = f"INSERT INTO points(id, {', '.join(_QUOTED)}, payload) VALUES (?, {'?, ' * len(COLUMNS)}?)"
_UPDATE = f"UPDATE points SET {', '.join(f'{column} = ?' for column in _QUOTED)}, payload = ? WHERE row = ?"


@dataclass(slots=True)
class Point:
    """One stored item, as mem0 reads it."""

    id: str
    payload: dict[str, Any]
    row: int
    score: float | None = None


# `list` is a method below, as mem0 has it, so the type needs other names.
Points: TypeAlias = list[Point]
Names: TypeAlias = list[str]
Values: TypeAlias = list[Any]


class SqliteRows:
    """Points (id, vector, metadata) with exact vector search, keyword search and metadata filters.

    Metadata keys named in `sqlite_filters` are indexed; any other key can be filtered on as well,
    more slowly. A second insert of the same `record_id` replaces the first.

    Args:
        database: The file.
        embedder: Name of the model that the vectors come from.
        dims: Their length.
    """

    def __init__(self, database: Database, embedder: str, dims: int) -> None:
        self._database = database
        self._embedder = embedder
        self._dims = dims
        self._vectors = VectorIndex(database, embedder, dims)
        self._indexes = {embedder: self._vectors}
        self._words = WordIndex(database)

    def insert(
        self,
        vectors: Sequence[Sequence[float]],
        payloads: Sequence[dict[str, Any]] | None = None,
        ids: Sequence[str] | None = None,
    ) -> None:
        """Store points, all or none."""
        with self._database.transaction():
            for point_id, vector, payload in zip(ids or (), vectors, payloads or (), strict=True):
                known = self._database.rows(
                    "SELECT row, payload FROM points WHERE record_id = ?", (payload.get("record_id"),)
                )
                if known:
                    row = int(known[0][0])
                    self._write_payload(row, payload, json.loads(known[0][1]))
                else:
                    row = self._insert_point(point_id, payload)
                self._vectors.write(row, payload["user_id"], vector)

    def update(
        self, vector_id: str, vector: Sequence[float] | None = None, payload: dict[str, Any] | None = None
    ) -> None:
        """Replace the vector, the metadata or both."""
        with self._database.transaction():
            found = self._database.rows("SELECT row, payload FROM points WHERE id = ?", (vector_id,))
            if not found:
                return
            row, stored = found[0]
            before = json.loads(stored)
            if payload is not None:
                self._write_payload(row, payload, before)
            if vector is not None:
                self._vectors.write(row, (payload or before)["user_id"], vector)

    def set_values(self, key: str, values: Sequence[tuple[str, str]]) -> None:
        """Give points, by their `record_id`, another value of a metadata key that is not indexed."""
        place = f'$."{key}"'
        self._database.run_many(
            "UPDATE points SET payload = json_set(payload, ?, ?) WHERE record_id = ?",
            [(place, value, record_id) for record_id, value in values],
        )

    def delete(self, vector_id: str) -> None:
        """Delete a point; deleting what is not there is no error."""
        with self._database.transaction():
            for (row,) in self._database.rows("SELECT row FROM points WHERE id = ?", (vector_id,)):
                self._words.delete(row)
                for table in ("vectors", "point_values", "points"):
                    self._database.run(f"DELETE FROM {table} WHERE row = ?", (row,))

    def get(self, vector_id: str) -> Point | None:
        """The point with that id, or None."""
        found = self._database.rows("SELECT id, payload, row FROM points WHERE id = ?", (vector_id,))
        return _point(*found[0]) if found else None

    def list(self, filters: dict[str, Any] | None = None, top_k: int | None = None) -> list[Points]:
        """Points that pass the filters, newest first, in the nesting that mem0 expects."""
        condition, values = where_clause(filters)
        found = self._database.rows(
            f"SELECT id, payload, row FROM points p WHERE {condition} "
            "ORDER BY created_at DESC, row DESC LIMIT ?",
            (*values, -1 if top_k is None else top_k),
        )
        return [[_point(*row) for row in found]]

    def search(
        self,
        query: str,
        vectors: Sequence[float],
        top_k: int = 5,
        filters: dict[str, Any] | None = None,
        index: VectorIndex | None = None,
    ) -> Points:
        """The nearest points by cosine, best first; exact, whatever the filter.

        Points are scored first and filtered in order of score, in growing batches: cheap when most
        points pass. When few do, the filter goes first.
        """
        rows, scores = (index or self._vectors).cosines(
            np.asarray(vectors, np.float32), self._owners(filters)
        )
        condition, values = where_clause(filters)
        width = top_k + 50 if not is_selective(filters) else _WIDEST + 1
        while len(rows) > width and width <= _WIDEST:
            best = np.argpartition(-scores, width)[:width]
            found = self._scored(rows[best], scores[best], condition, values, top_k)
            if len(found) >= top_k:
                return found
            width *= 8
        if len(rows) > top_k:
            passing = self._database.rows(f"SELECT row FROM points p WHERE {condition}", values)
            kept = np.isin(rows, np.fromiter((row for (row,) in passing), np.int64, len(passing)))
            rows, scores = rows[kept], scores[kept]
            best = np.argsort(-scores, kind="stable")[:top_k]
            rows, scores = rows[best], scores[best]
        return self._scored(rows, scores, condition, values, top_k)

    def keyword_search(self, query: str, top_k: int = 5, filters: dict[str, Any] | None = None) -> Points:
        """Points that share words with the query, best first by BM25 (higher is better)."""
        condition, values = where_clause(filters)
        best = self._words.best(query, condition, values, top_k)
        return self._points_with(best)

    def alike(self, text: str, filters: dict[str, Any] | None, top_k: int) -> Points:
        """Points that share the rarest words of a text, best first: few documents are looked at."""
        condition, values = where_clause(filters)
        best = self._words.best(text, condition, values, top_k, FEW_MATCHES)
        points = self._points([row for row, _ in best])
        return [points[row] for row, _ in best if row in points]

    def cosines_of(
        self, points: Sequence[Point], vector: Floats, filters: dict[str, Any] | None, index: VectorIndex
    ) -> dict[str, float]:
        """The cosine that :meth:`search` gives each of these points, by their ids."""
        ids = {point.row: point.id for point in points}
        found = index.cosines_of(vector, self._owners(filters), list(ids))
        return {ids[row]: cosine for row, cosine in found.items()}

    def index_of(self, embedder: str, dims: int) -> VectorIndex:
        """The vectors of one model; each model has its own, so that they never meet."""
        if embedder not in self._indexes:
            self._indexes[embedder] = VectorIndex(self._database, embedder, dims)
        return self._indexes[embedder]

    def create_col(self, name: str, vector_size: int, distance: str) -> None:
        """Nothing to do: the file holds one collection, made when it was opened."""

    def list_cols(self) -> Names:
        """The one collection."""
        return ["memories"]

    def col_info(self) -> dict[str, Any]:
        """Name and size of the collection."""
        return {"name": "memories", "count": self._database.rows("SELECT count(*) FROM points")[0][0]}

    def delete_col(self) -> None:
        """Delete every point."""
        with self._database.transaction():
            for table in ("vectors", "point_values", "words", "points"):
                self._database.run(f"DELETE FROM {table}")

    def reset(self) -> None:
        """Delete every point."""
        self.delete_col()
        self._vectors = VectorIndex(self._database, self._embedder, self._dims)
        self._indexes = {self._embedder: self._vectors}

    def _insert_point(self, point_id: str, payload: dict[str, Any]) -> int:
        columns = [payload.get(column) for column in COLUMNS]
        row = self._database.insert(_INSERT, (point_id, *columns, _stored(payload)))
        self._index(row, payload)
        return row

    def _write_payload(self, row: int, payload: dict[str, Any], before: dict[str, Any]) -> None:
        columns = [payload.get(column) for column in COLUMNS]
        self._database.run(_UPDATE, (*columns, _stored(payload), row))
        if all((payload.get(key) or None) == (before.get(key) or None) for key in ("data", *LISTS)):
            return  # counting a use must not cost a new index entry
        self._database.run("DELETE FROM point_values WHERE row = ?", (row,))
        self._index(row, payload)

    def _index(self, row: int, payload: dict[str, Any]) -> None:
        listed = {(key, str(value), row) for key in LISTS for value in payload.get(key) or ()}
        self._database.run_many("INSERT INTO point_values(key, value, row) VALUES (?, ?, ?)", sorted(listed))
        anchors = " ".join(
            str(value)
            for key in ("files", "symbols", "components", "languages")
            for value in payload.get(key) or ()
        )
        self._words.put(row, str(payload.get("data", "")), anchors)

    def _owners(self, filters: dict[str, Any] | None) -> Names:
        """The owners that the filter admits as far as its outermost part says; else every one."""
        wanted = (filters or {}).get("user_id")
        if isinstance(wanted, str) and wanted != "*":
            return [wanted]
        if isinstance(wanted, list):
            return wanted
        return [owner for (owner,) in self._database.rows("SELECT DISTINCT user_id FROM vectors")]

    def _scored(self, rows: Any, scores: Any, condition: str, values: Values, top_k: int) -> Points:
        score_of = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        found = self._database.rows(
            f"SELECT p.row FROM json_each(?) j CROSS JOIN points p ON p.row = j.value WHERE {condition}",
            (json.dumps(rows.tolist()), *values),
        )
        best = sorted((row for (row,) in found), key=lambda row: (-score_of[row], row))[:top_k]
        return self._points_with([(row, score_of[row]) for row in best])

    def _points_with(self, scores: Sequence[tuple[int, float]]) -> Points:
        points = self._points([row for row, _ in scores])
        for row, score in scores:
            if row in points:
                points[row].score = score
        return [points[row] for row, _ in scores if row in points]

    def _points(self, rows: Sequence[int]) -> dict[int, Point]:
        found = self._database.rows(
            "SELECT id, payload, row FROM points WHERE row IN (SELECT value FROM json_each(?))",
            (json.dumps(rows),),
        )
        return {row: Point(point_id, json.loads(payload), row) for point_id, payload, row in found}


def _point(point_id: str, payload: str, row: int) -> Point:
    return Point(point_id, json.loads(payload), row)


def _stored(payload: dict[str, Any]) -> str:
    """The metadata as it is kept: without empty values, and without mem0's second copy of the text."""
    kept = {
        key: value for key, value in payload.items() if value not in (None, []) and key != "text_lemmatized"
    }
    return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)
