"""Stands between oldhand and a real endpoint and writes down what the model answers.

    python -m evals.recorder --upstream https://host/v1 --out FILE

Everything under /v1 is passed on and back as it comes, streams piece by piece. An answer is written
down once it has arrived whole; headers, keys and prompts are not written anywhere.
"""

import argparse
import http.client
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from evals import wire
from evals.errors import RecordingError
from evals.loopback import Hangup, LoopbackServer, Reply, Request
from evals.recording import Exchange, Key, outline_of
from graph.vault import Vault

SAYING = "Pass requests on to a real endpoint and record what the model answers."
TIMEOUT_S = 3600.0  # the model may be a person
PASSED_ON = ("authorization", "content-type", "accept", "x-oldhand-step", "x-oldhand-task")
PASSED_BACK = ("content-type", "retry-after", "x-should-retry")


class Recorder(LoopbackServer):
    """A proxy on loopback that records the answers of an OpenAI-compatible endpoint.

    Args:
        upstream: the endpoint's base URL, `/v1` included.
        out: the recording; new exchanges are appended.
        port: where to listen; 0 takes a free one.

    Attributes:
        skipped: a sentence for each answer that did not arrive whole or could not be read.

    Raises:
        RecordingError: the URL or the file is of no use.
    """

    def __init__(self, upstream: str, out: Path, *, port: int = 0) -> None:
        self._upstream = urlsplit(upstream.rstrip("/"))
        if self._upstream.scheme not in {"http", "https"} or not self._upstream.hostname:
            raise RecordingError(f"{upstream} is no endpoint. Give its base URL, such as https://host/v1.")
        if not out.parent.is_dir():
            raise RecordingError(f"There is no folder {out.parent} to record into. Make it first.")
        super().__init__(port)
        self.skipped: list[str] = []
        self._out = out
        self._lock = threading.Lock()

    def respond(self, request: Request, reply: Reply) -> None:
        """Pass one request on; record the answer if it is a model's."""
        if not request.path.startswith("/v1/"):
            reply.json(404, wire.error(f"A recorder passes on /v1 only, not {request.path}."))
            return
        asked = request.path == "/v1/chat/completions"
        key = Key.of(request.headers) if asked else None
        if asked and key is None:
            sentence = (
                "Only oldhand's own requests can be recorded: X-Oldhand-Step and X-Oldhand-Task are missing."
            )
            reply.json(400, wire.error(sentence))
            return
        try:
            self._pass_on(request, reply, key)
        except (OSError, http.client.HTTPException) as error:
            reply.json(
                502, wire.error(f"The endpoint {self._upstream.geturl()} cannot be reached: {error!r}.")
            )

    def _pass_on(self, request: Request, reply: Reply, key: Key | None) -> None:
        upstream = self._connect()
        try:
            path = self._upstream.path + request.path.removeprefix("/v1")
            headers = {name: value for name, value in request.headers.items() if name in PASSED_ON}
            upstream.request(request.method, path, request.body or None, headers)
            response = upstream.getresponse()
            back = {name: value for name in PASSED_BACK if (value := response.headers[name])}
            reply.stream(response.status, back, self._noted(response, key, request))
        finally:
            upstream.close()

    def _noted(
        self, response: http.client.HTTPResponse, key: Key | None, request: Request
    ) -> Iterator[bytes]:
        """Hand out a response's pieces; an answer is written down before the client sees its end.

        Clients take [DONE] for the end, and may have asked for the next answer before this response closes.
        """
        body = bytearray()
        last = bytearray()
        for piece in _pieces(response):
            body += piece
            if last or wire.DONE in body[-len(piece) - len(wire.DONE) :]:
                last += piece
            else:
                yield piece
        if key and response.status == 200:
            self._record(key, request, bytes(body))
        yield bytes(last)

    def _connect(self) -> http.client.HTTPConnection:
        secure = self._upstream.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._upstream.hostname or "", self._upstream.port, timeout=TIMEOUT_S)

    def _record(self, key: Key, request: Request, body: bytes) -> None:
        asked = request.json()
        try:
            answer = _read_answer(body.decode(), streamed=wire.wants_stream(asked))
            outline = outline_of(asked["messages"])
            line = Exchange(key, outline, asked.get("model", ""), _clean(answer)).to_line().encode()
        except (ValueError, KeyError, TypeError) as error:
            self.skipped.append(f"{key.step} was not recorded: {error!r}")
            return
        with self._lock, self._out.open("ab") as recording:
            recording.write(line + b"\n")


def _read_answer(text: str, *, streamed: bool) -> wire.Completion:
    return wire.read_streamed(text.split("\n")) if streamed else wire.read_whole(json.loads(text))


def _clean(answer: wire.Completion) -> wire.Completion:
    """The answer without the secrets in it: a recording is for others to read."""
    calls = [{"function": {"arguments": call.arguments}} for call in answer.tool_calls]
    hidden = Vault().hide_message({"content": answer.content, "tool_calls": calls})
    told = [call["function"]["arguments"] for call in hidden["tool_calls"]]
    tool_calls = (replace(call, arguments=text) for call, text in zip(answer.tool_calls, told, strict=True))
    return replace(answer, content=hidden["content"], tool_calls=tuple(tool_calls))


def _pieces(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Hand out the pieces of a response as they come."""
    while True:
        try:
            piece = response.read1(65_536)
        except (OSError, http.client.HTTPException) as error:
            raise Hangup from error  # the client must see the same broken answer
        if not piece:
            if response.length:
                raise Hangup  # it ended before the length that it had promised
            return
        yield piece


def main(arguments: Sequence[str] | None = None) -> int:
    """Record until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.recorder", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--upstream", required=True, metavar="URL", help="base URL of the real endpoint")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the recording")
    parser.add_argument("--port", type=int, default=0, help="where to listen (default: a free port)")
    options = parser.parse_args(arguments)
    try:
        server = Recorder(options.upstream, options.out, port=options.port)
    except RecordingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with server:
        sys.stdout.write(f"{server.base_url}\n")
        sys.stdout.flush()
        server.wait()
    sys.stderr.writelines(f"{sentence}\n" for sentence in server.skipped)
    return 0


if __name__ == "__main__":
    sys.exit(main())
