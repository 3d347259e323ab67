"""An OpenAI-compatible embeddings endpoint on loopback, for tests: real HTTP, made-up vectors."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

DIMS = 16


def vectors_of(texts: Sequence[str], dims: int = DIMS) -> np.ndarray:
    """A vector for each text that no other text has."""
    seeds = [int.from_bytes(sha256(text.encode()).digest()[:4], "big") for text in texts]
    rows = np.array([np.random.default_rng(seed).normal(size=dims) for seed in seeds], np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Service(ThreadingHTTPServer):
    """Counts what it is asked, and answers as `status` and `answer` say."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[list[str]] = []
        self.keys: list[str | None] = []
        self.status = 200
        self.answer: object = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body["input"])
        self.server.keys.append(self.headers["Authorization"])
        rows = vectors_of(body["input"]).tolist()
        data = [{"index": place, "embedding": row} for place, row in enumerate(rows)]
        answer = json.dumps(self.server.answer or {"data": data[::-1]}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[Service]:
    service = Service()
    thread = threading.Thread(target=service.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        thread.join()
        service.server_close()
