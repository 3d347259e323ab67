"""Replays recorded model answers over real HTTP: `python -m evals.replayer FILE`.

An answer is given only to the request that it was recorded for: the same task, the same step, in the
same order, in a conversation of the same outline. Anything else is answered with 409 and a sentence.
"""

import argparse
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from evals import wire
from evals.errors import RecordingError
from evals.loopback import LoopbackServer, Reply, Request
from evals.recording import Exchange, Key, outline_of, read_recording

SAYING = "Answer with recorded model answers, as an OpenAI-compatible endpoint on loopback."
FINAL = {"x-should-retry": "false"}  # clients of OpenAI's family try a 409 again unless they are told not to


class Replayer(LoopbackServer):
    """An OpenAI-compatible endpoint on loopback that answers from a recording.

    Args:
        recording: the file, or its exchanges.
        chars_per_s: how fast a streamed answer comes, in characters a second; None is at once.
        port: where to listen; 0 takes a free one.

    Attributes:
        mismatches: the sentences of all requests that were refused.
        request_chars: how long each request is, in characters of its messages and tools as JSON.

    Raises:
        RecordingError: the recording cannot be read.
    """

    def __init__(
        self, recording: Path | Sequence[Exchange], *, chars_per_s: float | None = None, port: int = 0
    ) -> None:
        exchanges = read_recording(recording) if isinstance(recording, Path) else list(recording)
        super().__init__(port)
        self.mismatches: list[str] = []
        self.request_chars: list[int] = []
        self._script = Script(exchanges)
        self._models = sorted({exchange.model for exchange in exchanges})
        self._chars_per_s = chars_per_s
        self._lock = threading.Lock()

    @property
    def unused(self) -> list[str]:
        """The steps that were recorded and not asked for."""
        return self._script.unused()

    def respond(self, request: Request, reply: Reply) -> None:
        """Answer `GET /v1/models` and `POST /v1/chat/completions`."""
        if request.path == "/v1/models":
            models = [{"id": name, "object": "model", "owned_by": "recording"} for name in self._models]
            reply.json(200, {"object": "list", "data": models})
        elif (request.method, request.path) == ("POST", "/v1/chat/completions"):
            self._complete(request, reply)
        else:
            reply.json(404, wire.error(f"A replayer serves no {request.method} {request.path}."))

    def _complete(self, request: Request, reply: Reply) -> None:
        try:
            body = request.json()
        except ValueError as error:
            reply.json(400, wire.error(f"The request cannot be read: {error}."))
            return
        messages = body.get("messages") or []
        self.request_chars.append(len(json.dumps([messages, body.get("tools")], ensure_ascii=False)))
        found = self._match(Key.of(request.headers), outline_of(messages))
        if isinstance(found, str):
            reply.json(409, wire.error(found, kind="recording_mismatch", code="recording_mismatch"), FINAL)
        elif wire.wants_stream(body):
            pieces = wire.streamed(found.answer, found.model, include_usage=wire.wants_usage(body))
            reply.events(self._paced(pieces))
        else:
            reply.json(200, wire.whole(found.answer, found.model))

    def _match(self, key: Key | None, outline: tuple[str, ...]) -> Exchange | str:
        with self._lock:
            found = self._script.match(key, outline)
            if isinstance(found, str):
                self.mismatches.append(found)
            return found

    def _paced(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        pause = wire.PIECE / self._chars_per_s if self._chars_per_s else 0.0
        for piece in pieces:
            self.stopping.wait(pause)
            yield piece


class Script:
    """The exchanges of a recording, each task's in order, and how far each task has come."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._of_task: dict[str, list[Exchange]] = {}
        for exchange in exchanges:
            self._of_task.setdefault(exchange.key.task, []).append(exchange)
        self._given = dict.fromkeys(self._of_task, 0)

    def match(self, key: Key | None, outline: tuple[str, ...]) -> Exchange | str:
        """The recorded exchange for a request, or the sentence that says why there is none."""
        if key is None:
            return "The request names no step: X-Oldhand-Step and X-Oldhand-Task were expected."
        if key.task not in self._of_task:
            return f"Nothing was recorded for task {key.task}: the task's text must be the recorded one."
        recorded, given = self._of_task[key.task], self._given[key.task]
        if given and recorded[given - 1].key == key:
            given -= 1  # asked again: the answer did not arrive whole
        if given == len(recorded):
            return f"The recording of this task ends before {key.step}: no answer is left."
        expected = recorded[given]
        if expected.key != key:
            return f"The recording has {expected.key.step} next for this task, but {key.step} was asked."
        if expected.outline != outline:
            return _difference(expected, outline)
        self._given[key.task] = given + 1
        return expected

    def unused(self) -> list[str]:
        """The steps that were not asked for."""
        return [
            exchange.key.step
            for task, recorded in self._of_task.items()
            for exchange in recorded[self._given[task] :]
        ]


def _difference(expected: Exchange, outline: tuple[str, ...]) -> str:
    recorded = expected.outline
    pairs = zip(recorded, outline, strict=False)
    place = next((at for at, (was, now) in enumerate(pairs) if was != now), min(len(recorded), len(outline)))
    was, now = ((*side[place : place + 1], "nothing")[0] for side in (recorded, outline))
    return (
        f"{expected.key.step} was recorded in another conversation: "
        f'message {place + 1} was "{was}" and is "{now}" now.'
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a recording until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m evals.replayer", description=SAYING)
    parser.add_argument("recording", type=Path, help="a file that the recorder wrote")
    parser.add_argument("--port", type=int, default=0, help="where to listen (default: a free port)")
    parser.add_argument("--chars-per-s", type=float, help="speed of streamed answers (default: at once)")
    options = parser.parse_args(arguments)
    try:
        server = Replayer(options.recording, chars_per_s=options.chars_per_s, port=options.port)
    except RecordingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with server:
        sys.stdout.write(f"{server.base_url}\n")
        sys.stdout.flush()
        server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
