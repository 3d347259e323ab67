"""The deep level: a transformer for vectors, and one that reads query and text together."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory.embedding import unit_rows
from memory.onnx_model import ModelFiles, OnnxModel

BGE_SMALL = ModelFiles(
    "bge_small_en",
    "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
    "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
    longest=512,
)
MINILM_RERANKER = ModelFiles(
    "reranker_en",
    "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
    longest=256,
)
WIDEST = 11.0
"""The reranker's logits lie between this and its negative."""


class Deep:
    """See :class:`memory.levels.Level`. bge-small-en-v1.5 and ms-marco-MiniLM-L-12-v2, both int8.

    About 12 ms of CPU for a text that is embedded or compared, so it is for where a model's answer is
    waited for anyway. The models are loaded at the first use.
    """

    name = "bge-small-en-v1.5/int8"
    dims = 384
    compared = 30
    trust = 4 / 5

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._embedding: OnnxModel | None = None
        self._reranking: OnnxModel | None = None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See :class:`memory.embedding.Embedder`."""
        with self._lock:
            self._embedding = self._embedding or OnnxModel(BGE_SMALL)
        if not texts:
            return np.empty((0, self.dims), np.float32)
        return unit_rows(self._embedding.first_outputs(texts))

    def likeness(self, query: str, texts: Sequence[str]) -> list[float]:
        """See :class:`memory.levels.Level`."""
        with self._lock:
            self._reranking = self._reranking or OnnxModel(MINILM_RERANKER)
        if not texts:
            return []
        logits = self._reranking.first_outputs([(query, text) for text in texts])
        return [float(score) for score in np.clip((logits + WIDEST) / (2 * WIDEST), 0, 1)]
