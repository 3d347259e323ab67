"""Computes vectors for memories that were written before a model embedded them."""

import time

from memory.embedding import Embedder
from memory.errors import VectorsMissing
from memory.vector_index import VectorIndex

BATCH = 64


class CatchingUp:
    """Embeds what a model has not embedded yet, in batches: killed in the middle, it continues there."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def go_on(self, embedder: Embedder, index: VectorIndex, patience_s: float | None = None) -> int:
        """Embed what waits, and say how much that was.

        Args:
            embedder: The model.
            index: Its vectors.
            patience_s: After so many seconds the rest is left for the next time; None is never.

        Raises:
            VectorsMissing: Patience ended before the work.
            EmbedderUnavailable: The model cannot embed.
        """
        since = self._seen.get(embedder.name, 0)
        newest = index.newest()
        began, done = time.monotonic(), 0
        while newest > since and (waiting := index.waiting(BATCH, since)):
            if patience_s is not None and time.monotonic() - began > patience_s:
                raise VectorsMissing(
                    f"Not every memory has its vector of {embedder.name} yet; the next search goes on with "
                    "them, and `oldhand memory embed` makes them all."
                )
            index.fill(waiting, embedder.embed([point.text for point in waiting]))
            done += len(waiting)
        self._seen[embedder.name] = newest
        return done
