"""The vectors of one owner in memory, kept up with what other processes write."""

import numpy as np
from numpy.typing import NDArray

from memory.database import Database

Floats = NDArray[np.float32]


class VectorMatrix:
    """Unit vectors as rows of one matrix.

    Each write of a vector gets a new, higher `seq` in the table, so catching up reads only what is
    new. Rows that were deleted since stay until the process ends: their points are gone, so no
    search returns them.

    Args:
        database: Where the vectors are.
        owner: Whose vectors.
        embedder: Name of the model; vectors of another one are left out.
        dims: Length of a vector.
    """

    def __init__(self, database: Database, owner: str, embedder: str, dims: int) -> None:
        self._database = database
        self._key = (owner, embedder)
        self._dims = dims
        self._seq = 0
        self._count = 0
        self._rows = np.empty(0, np.int64)
        self._vectors: Floats = np.empty((0, dims), np.float32)
        self._place: dict[int, int] = {}

    def catch_up(self) -> None:
        """Take in what was written since the last call, by whatever process."""
        fresh = self._database.rows(
            "SELECT seq, row, vector FROM vectors "
            "WHERE user_id = ? AND embedder = ? AND seq > ? ORDER BY seq",
            (*self._key, self._seq),
        )
        if not fresh:
            return
        self._make_room(len(fresh))
        block = np.frombuffer(b"".join(vector for _, _, vector in fresh), np.float32)
        for (_, row, _), vector in zip(fresh, block.reshape(-1, self._dims), strict=True):
            place = self._place.setdefault(row, self._count)
            self._count = max(self._count, place + 1)
            self._rows[place] = row
            self._vectors[place] = vector
        self._seq = fresh[-1][0]

    def scores(self, query: Floats) -> tuple[NDArray[np.int64], Floats]:
        """Row numbers of the points, and the cosine of each with a unit vector of shape (dims,)."""
        return self._rows[: self._count], self._vectors[: self._count] @ query

    def _make_room(self, more: int) -> None:
        needed = self._count + more
        if needed <= len(self._rows):
            return
        grown = max(needed, len(self._rows) * 3 // 2)
        self._rows = np.resize(self._rows, grown)
        vectors = np.empty((grown, self._dims), np.float32)
        vectors[: self._count] = self._vectors[: self._count]
        self._vectors = vectors
