"""The light level: static word embeddings, for vectors and for comparing texts word by word."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory.embedding import WordLlamaEmbedder
from memory.keywords import terms


class Light(WordLlamaEmbedder):
    """See :class:`memory.levels.Level`. Costs milliseconds.

    A text is like a query when each word of the query has a near one in it, the rare words before the
    common ones: late interaction (Khattab and Zaharia, "ColBERT", SIGIR 2020) over pieces of words, so
    `auth` meets `authentication`. How rare a word is, the compared texts themselves say: what all of
    them have tells none from another.
    """

    compared = 40
    trust = 1 / 3

    def likeness(self, query: str, texts: Sequence[str]) -> list[float]:
        """See :class:`memory.levels.Level`."""
        wanted = self._tokens_of(query)
        if not texts or not len(wanted):
            return [0.0] * len(texts)
        held = [self._tokens_of(text) for text in texts]
        lengths = [max(len(tokens), 1) for tokens in held]
        tokens = np.concatenate([own if len(own) else np.zeros(1, np.int64) for own in held])
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        vectors = self.token_vectors()
        cosines = np.einsum("ij,kj->ik", vectors[wanted], vectors[tokens])  # see vector_index
        near = np.maximum.reduceat(cosines, starts, axis=1)
        weights = _rarity(wanted, tokens, len(texts))
        scores = weights @ np.maximum(near, 0) / weights.sum()
        return [float(score) for score in np.minimum(scores, 1)]

    def _tokens_of(self, text: str) -> NDArray[np.int64]:
        return np.unique(np.array([token for word in self.tokens(terms(text)) for token in word], np.int64))


def _rarity(wanted: NDArray[np.int64], tokens: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """BM25's weight of each wanted token, by how many of the texts have it."""
    having = np.bincount(np.searchsorted(wanted, tokens[np.isin(tokens, wanted)]), minlength=len(wanted))
    return np.asarray(np.log(1 + (count - having + 0.5) / (having + 0.5)), np.float32)
