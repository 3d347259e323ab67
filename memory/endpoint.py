"""Vectors from any OpenAI-compatible embeddings endpoint."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
from numpy.typing import NDArray

from memory.embedding import unit_rows
from memory.errors import EmbedderUnavailable
from memory.levels import Level

BATCH = 64
LONGEST = 8000
"""Characters of a text that are sent: endpoints refuse what is too long for their model."""


@dataclass(frozen=True, slots=True)
class Address:
    """An embeddings endpoint.

    Attributes:
        base_url: Up to and without `/embeddings`.
        timeout_s: How long one batch may take.
    """

    base_url: str
    model: str
    key: str | None = None
    timeout_s: float = 20.0


class Endpoint:
    """See :class:`memory.levels.Level`: vectors from an endpoint, comparing done by another level.

    Args:
        address: Where the model is.
        comparing: Who compares query and texts.
    """

    def __init__(self, address: Address, comparing: Level) -> None:
        self._address = address
        self._comparing = comparing
        self.dims = 0  # known once it has answered
        self.compared = comparing.compared
        self.trust = comparing.trust

    @property
    def name(self) -> str:
        """The model, and how long its vectors are: an endpoint may change what it has under a name."""
        return f"{self._address.base_url.rstrip('/')} {self._address.model} {self.dims}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See :class:`memory.embedding.Embedder`.

        Raises:
            EmbedderUnavailable: It cannot be reached, refuses, or gives something else than vectors.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            vectors += self._asked([text[:LONGEST] or " " for text in texts[start : start + BATCH]])
        lengths = {len(vector) for vector in vectors} | ({self.dims} if self.dims else set())
        if len(lengths) > 1:
            raise EmbedderUnavailable(f"{self._who()} gives vectors of different lengths: {sorted(lengths)}.")
        self.dims = max(lengths, default=0)
        return unit_rows(np.array(vectors, np.float32).reshape(len(texts), self.dims))

    def likeness(self, query: str, texts: Sequence[str]) -> list[float]:
        """See :class:`memory.levels.Level`."""
        return self._comparing.likeness(query, texts)

    def _asked(self, texts: list[str]) -> list[list[float]]:
        body = json.dumps({"model": self._address.model, "input": texts}).encode()
        headers = {"Content-Type": "application/json"}
        if self._address.key:
            headers["Authorization"] = f"Bearer {self._address.key}"
        url = f"{self._address.base_url.rstrip('/')}/embeddings"
        try:
            request = Request(url, body, headers)
            with urlopen(request, timeout=self._address.timeout_s) as answer:
                return _vectors(json.load(answer), len(texts))
        except HTTPError as error:
            error.close()
            raise EmbedderUnavailable(f"{self._who()} refused with HTTP {error.code}.") from error
        except (OSError, HTTPException) as error:
            why = getattr(error, "reason", None) or error
            raise EmbedderUnavailable(f"{self._who()} cannot be reached ({why}).") from error
        except (ValueError, KeyError, TypeError) as error:
            raise EmbedderUnavailable(f"{self._who()} does not answer with embeddings.") from error

    def _who(self) -> str:
        return f"The embeddings endpoint {self._address.base_url} (model {self._address.model})"


def _vectors(answer: Any, count: int) -> list[list[float]]:
    data = sorted(answer["data"], key=lambda item: item["index"])
    if [item["index"] for item in data] != list(range(count)):
        raise ValueError("some vectors are missing")
    return [[float(value) for value in item["embedding"]] for item in data]
