"""Text to vectors, on the CPU and offline."""

import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from memory.errors import EmbedderUnavailable
from memory.keywords import terms


class Embedder(Protocol):
    """A model that turns texts into unit vectors.

    Attributes:
        name: Tells this model's vectors from every other's; stored beside each of them.
        dims: Length of a vector.
    """

    name: str
    dims: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dims), each of length 1 (or 0 for text without words)."""
        ...


class WordLlamaEmbedder:
    """Static word embeddings from the package `wordllama`: 256 dimensions, thousands of texts a second.

    Words without content are left out first: they weigh as much as any other in the mean that makes
    the vector, and on LoCoMo the model finds 50 instead of 46 % of the evidence without them.

    The model is read from the package's own folder at the first use: its plain `load()` would ask the
    network for a tokenizer that lies beside it.
    """

    name = "wordllama/l2_supercat_256/content"
    dims = 256

    def __init__(self) -> None:
        self._model: Any = None
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See :class:`Embedder`.

        Raises:
            EmbedderUnavailable: The package is not installed, or its files are damaged.
        """
        with self._lock:
            self._model = self._model or _load_wordllama()
            contents = [" ".join(terms(text)) or text for text in texts]
            vectors = np.asarray(self._model.embed(contents, norm=False), np.float32)
        return unit_rows(vectors.reshape(len(texts), self.dims))


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row scaled to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(np.nan_to_num(vectors), axis=1, keepdims=True)
    return (np.nan_to_num(vectors) / np.where(lengths == 0, 1, lengths)).astype(np.float32)


def _load_wordllama() -> Any:
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise EmbedderUnavailable("The package wordllama is missing. Install it: pip install wordllama.")
    from wordllama import WordLlama

    try:
        return WordLlama.load(cache_dir=Path(spec.origin).parent, disable_download=True)
    except (OSError, ValueError) as error:
        raise EmbedderUnavailable(
            f"The embedding model of wordllama cannot be read ({error}). "
            "Install it again: pip install --force-reinstall wordllama."
        ) from error
