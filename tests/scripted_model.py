"""An OpenAI-compatible endpoint that answers by a script: the only stand-in in these tests.

It speaks real HTTP on loopback, so the client, the streaming and the faults are the real ones:

    with ScriptedModel([Answer("Hello"), Answer(tool_calls=[("read_file", {"path": "a.py"})])]) as model:
        ...  # point OPENAI_BASE_URL at model.base_url
        assert model.requests[0]["messages"][0]["role"] == "system"
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals import wire
from evals.loopback import Hangup, LoopbackServer, Reply, Request

Call = tuple[str, Mapping[str, Any] | str]  # a tool's name and its arguments; as text they may be broken


@dataclass(frozen=True)
class Answer:
    """What the endpoint does with one request; the default is an answer that says nothing at all.

    Attributes:
        content: the text of the answer; for an error status, the error's message.
        tool_calls: (name, arguments) each; arguments given as text are sent as they are.
        status: an HTTP status; anything but 200 is sent as an OpenAI-style error.
        headers: further response headers, such as `Retry-After`.
        body: sent raw instead of a completion: a page of HTML, half a JSON document.
        drop_after: bytes of the body after which the connection is cut; 0 cuts it before the status line.
        delay_s: seconds to wait before the answer.
        usage: (prompt tokens, completion tokens), and if wanted how many were cached; None sends no usage.
        finish_reason: None means "tool_calls" where there are any, else "stop".
    """

    content: str = ""
    tool_calls: Sequence[Call] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    drop_after: int | None = None
    delay_s: float = 0.0
    usage: tuple[int, int] | tuple[int, int, int] | None = (100, 20)
    finish_reason: str | None = None


Script = Iterable[Answer] | Callable[[dict[str, Any], Mapping[str, str]], Answer]
SPENT = Answer("The test's script has no answer left for this request.", status=400)


class ScriptedModel(LoopbackServer):
    """The endpoint. `answers` is used up in order, or called with each request's body and headers.

    `requests` and `headers` (names in lower case) hold what was asked for, in order; after the last
    answer every request gets an error that is not worth a retry, and `spent` says so.
    """

    def __init__(self, answers: Script, model: str = "scripted") -> None:
        super().__init__()
        self.model = model
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.spent = False
        self._lock = threading.Lock()
        self._next = answers if callable(answers) else self._in_order(answers)

    def respond(self, request: Request, reply: Reply) -> None:
        """Answer `GET /v1/models` and `POST /v1/chat/completions`."""
        if request.path == "/v1/models":
            reply.json(200, {"object": "list", "data": [{"id": self.model, "object": "model"}]})
        elif request.path == "/v1/chat/completions":
            body = request.json()
            with self._lock:
                self.requests.append(body)
                self.headers.append(request.headers)
                answer, number = self._next(body, request.headers), len(self.requests)
            self.stopping.wait(answer.delay_s)
            _send(answer, _completion(answer, number), body, self.model, reply)
        else:
            reply.json(404, wire.error(f"nothing is served at {request.path}"))

    def _in_order(self, answers: Iterable[Answer]) -> Callable[[dict[str, Any], Mapping[str, str]], Answer]:
        left = iter(answers)

        def following(_body: dict[str, Any], _headers: Mapping[str, str]) -> Answer:
            answer = next(left, None)
            self.spent = self.spent or answer is None
            return answer or SPENT

        return following


def _send(
    answer: Answer, completion: wire.Completion, body: Mapping[str, Any], model: str, reply: Reply
) -> None:
    if answer.drop_after == 0:
        raise Hangup
    if answer.body is not None:
        reply.whole(answer.status, answer.body, "text/html", answer.headers)
    elif answer.status != 200:
        reply.json(answer.status, wire.error(answer.content or f"status {answer.status}"), answer.headers)
    elif wire.wants_stream(body):
        events = wire.streamed(completion, model, include_usage=wire.wants_usage(body))
        reply.events(_cut(events, answer.drop_after))
    else:
        document = json.dumps(wire.whole(completion, model)).encode()
        reply.stream(200, {"Content-Type": "application/json"}, _cut([document], answer.drop_after))


def _cut(pieces: Iterable[bytes], drop_after: int | None) -> Iterator[bytes]:
    sent = 0
    for piece in pieces:
        if drop_after is not None and sent + len(piece) > drop_after:
            yield piece[: drop_after - sent]
            raise Hangup
        sent += len(piece)
        yield piece


def _completion(answer: Answer, number: int) -> wire.Completion:
    calls = tuple(
        wire.ToolCall(f"call_{number}_{place}", name, _text(arguments))
        for place, (name, arguments) in enumerate(answer.tool_calls, start=1)
    )
    reason = answer.finish_reason or ("tool_calls" if calls else "stop")
    return wire.Completion(answer.content, calls, reason, wire.Usage(*answer.usage) if answer.usage else None)


def _text(arguments: Mapping[str, Any] | str) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)
