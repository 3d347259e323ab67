"""An OpenAI-compatible embeddings endpoint on loopback, for tests: real HTTP, made-up vectors."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from evals.loopback import LoopbackServer, Reply, Request

DIMS = 16


def vectors_of(texts: Sequence[str], dims: int = DIMS) -> np.ndarray:
    """A vector for each text that no other text has."""
    seeds = [int.from_bytes(sha256(text.encode()).digest()[:4], "big") for text in texts]
    rows = np.array([np.random.default_rng(seed).normal(size=dims) for seed in seeds], np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class EmbeddingsEndpoint(LoopbackServer):
    """Counts what it is asked, and answers as `status` and `answer` say."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []
        self.keys: list[str | None] = []
        self.status = 200
        self.answer: object = None

    def respond(self, request: Request, reply: Reply) -> None:
        texts = request.json()["input"]
        self.asked.append(texts)
        self.keys.append(request.headers.get("authorization"))
        data = [{"index": place, "embedding": row} for place, row in enumerate(vectors_of(texts).tolist())]
        reply.json(self.status, self.answer or {"data": data[::-1]})
