"""A small HTTP server on 127.0.0.1 that runs in a thread while its `with` block does."""

import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

GRACE_S = 2.0  # how long the end of a server waits for requests that are still being answered


@dataclass(frozen=True)
class Request:
    """One request, its body read; the names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            ValueError: it is not one.
        """
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError("the body of the request is not a JSON object")
        return value


class Hangup(Exception):
    """The connection is to end here, whatever is still owed to the client."""


class Reply:
    """How a request is answered: once, whole or in pieces."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler

    def json(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        """Answer with a JSON document."""
        self.whole(status, json.dumps(body, ensure_ascii=False).encode(), "application/json", headers)

    def whole(
        self, status: int, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer with a body whose length is known."""
        self._head(
            status, {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}
        )
        self._handler.wfile.write(body)

    def events(self, pieces: Iterable[bytes]) -> None:
        """Answer with server-sent events, each piece sent when it comes."""
        self.stream(200, {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}, pieces)

    def stream(self, status: int, headers: Mapping[str, str], pieces: Iterable[bytes]) -> None:
        """Answer in chunks (RFC 9112, section 7.1); without the last one the client sees a broken answer."""
        self._head(status, {**headers, "Transfer-Encoding": "chunked"})
        for piece in pieces:
            if piece:
                self._handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self._handler.wfile.write(b"0\r\n\r\n")

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()


class LoopbackServer:
    """Base of the servers here: `with Server(...) as server: server.base_url`.

    A subclass answers requests in `respond`, which may run in several threads at once.
    """

    def __init__(self, port: int = 0) -> None:
        self._http = _HTTPServer(("127.0.0.1", port), self.respond)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self.stopping = threading.Event()

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL, `/v1` included."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def respond(self, request: Request, reply: Reply) -> None:
        """Answer one request."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.end_connections()
        self._http.server_close()
        self._thread.join()

    def wait(self) -> None:
        """Serve until the person interrupts."""
        with contextlib.suppress(KeyboardInterrupt):
            self.stopping.wait()


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True  # a request that hangs upstream must not keep the process alive

    def __init__(self, address: tuple[str, int], respond: Callable[[Request, Reply], None]) -> None:
        super().__init__(address, _Handler)
        self.respond = respond
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is its own affair; anything else is a fault, and told."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def end_connections(self) -> None:
        """End what clients keep open, and wait a moment until nothing is left behind."""
        for connection in tuple(self._connections):
            with contextlib.suppress(OSError):  # it may have ended by itself
                connection.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + GRACE_S
        while self._connections and time.monotonic() < deadline:
            time.sleep(0.002)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HTTPServer

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        try:
            self.server.respond(request, Reply(self))
        except (Hangup, ConnectionError):
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Say nothing: stderr belongs to the program that started the server."""
