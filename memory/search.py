"""Candidates for a query, found with the finest level that can be used."""

from memory.catching_up import CatchingUp
from memory.errors import EmbedderUnavailable
from memory.filters import Filter
from memory.levels import Level, compared
from memory.payload import from_payload
from memory.ranking import promising_first
from memory.sqlite_rows import SqliteRows
from memory.store import Candidate

PATIENCE_S = 30.0
"""How long a search may be kept waiting while memories get vectors of a finer level."""


class Search:
    """Searches a store.

    Args:
        rows: What is stored.
        level: Embedded everything when it was written, so it can always be used.
        finer: Is used instead, wherever it can.
    """

    def __init__(self, rows: SqliteRows, level: Level, finer: Level | None) -> None:
        self._rows = rows
        self._level = level
        self._finer = finer
        self._catching_up = CatchingUp()
        self._notices: list[str] = []

    def nearest(self, query: str, where: Filter, limit: int) -> list[Candidate]:
        """See :class:`memory.store.RecordStore`."""
        if self._finer is not None:
            try:
                return self._nearest(self._finer, query, where, limit)
            except EmbedderUnavailable as error:
                self._notices.append(f"{error} The light level was used instead.")
        return self._nearest(self._level, query, where, limit)

    def embed_all(self) -> int:
        """See :class:`memory.store.RecordStore`."""
        level = self._finer or self._level
        level.embed([""])  # an endpoint says only now how long its vectors are
        return self._catching_up.go_on(level, self._rows.index_of(level.name, level.dims))

    def notices(self) -> list[str]:
        """See :class:`memory.store.RecordStore`."""
        said, self._notices = self._notices, []
        return list(dict.fromkeys(said))

    def _nearest(self, level: Level, query: str, where: Filter, limit: int) -> list[Candidate]:
        vector = level.embed([query])[0]
        index = self._rows.index_of(level.name, level.dims)
        self._catching_up.go_on(level, index, None if level is self._level else PATIENCE_S)
        near = {point.id: point for point in self._rows.search(query, vector.tolist(), limit, where, index)}
        worded = {point.id: point for point in self._rows.keyword_search(query, limit, where)}
        cosines = {point_id: point.score for point_id, point in near.items()}
        only_worded = [point for point_id, point in worded.items() if point_id not in near]
        cosines |= self._rows.cosines_of(only_worded, vector, where, index)
        found = [
            Candidate(
                from_payload(point.payload),
                words=(worded[point_id].score or 0.0) if point_id in worded else 0.0,
                meaning=cosines.get(point_id),
            )
            for point_id, point in {**near, **worded}.items()
        ]
        return compared(promising_first(found), query, level)
