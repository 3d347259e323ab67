"""The wire format of `POST /v1/chat/completions`: what an answer looks like, whole and in a stream.

The shapes are those of OpenAI's API reference ("Chat completions" and "Streaming events"). Only what
a coding agent uses is here: text, tool calls, why an answer ended and what it cost.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PIECE = 24  # characters in one streamed piece of text: several pieces a line, as real endpoints send
DONE = b"data: [DONE]"  # the last event of a streamed answer


@dataclass(frozen=True)
class ToolCall:
    """One call that the model asks for; `arguments` is text, since a model may send broken JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Usage:
    """What an answer cost, in tokens as the endpoint counts them."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0

    def to_json(self) -> dict[str, Any]:
        """The `usage` object of a response."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens},
        }

    @classmethod
    def from_json(cls, usage: Mapping[str, Any]) -> "Usage":
        """Read a `usage` object; figures that are missing count as nought."""
        details = usage.get("prompt_tokens_details") or {}
        return cls(
            usage.get("prompt_tokens") or 0,
            usage.get("completion_tokens") or 0,
            details.get("cached_tokens") or 0,
        )


@dataclass(frozen=True)
class Completion:
    """One answer of a model."""

    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str = "stop"
    usage: Usage | None = None


def whole(completion: Completion, model: str) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": completion.content or None}
    if completion.tool_calls:
        message["tool_calls"] = [_call_json(call) for call in completion.tool_calls]
    body = _envelope("chat.completion", model)
    body["choices"] = [{"index": 0, "message": message, "finish_reason": completion.finish_reason}]
    if completion.usage:
        body["usage"] = completion.usage.to_json()
    return body


def streamed(completion: Completion, model: str, *, include_usage: bool) -> Iterator[bytes]:
    """The server-sent events of a streamed answer, one event at a time, `[DONE]` last."""
    yield event(_chunk(model, {"role": "assistant", "content": ""}))
    for start in range(0, len(completion.content), PIECE):
        yield event(_chunk(model, {"content": completion.content[start : start + PIECE]}))
    for index, call in enumerate(completion.tool_calls):
        yield from _streamed_call(index, call, model)
    yield event(_chunk(model, {}, completion.finish_reason))
    if include_usage and completion.usage:
        last = _envelope("chat.completion.chunk", model)
        yield event({**last, "choices": [], "usage": completion.usage.to_json()})
    yield DONE + b"\n\n"


def event(data: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def error(message: str, *, kind: str = "invalid_request_error", code: str | None = None) -> dict[str, Any]:
    """The body of an answer that is an error."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def wants_stream(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for a streamed answer."""
    return bool(body.get("stream"))


def wants_usage(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for the usage at the end of the stream."""
    return bool((body.get("stream_options") or {}).get("include_usage"))


def read_whole(body: Mapping[str, Any]) -> Completion:
    """Read an answer that was not streamed.

    Raises:
        ValueError: the body holds no answer.
    """
    choices = body.get("choices") or []
    if not choices:
        raise ValueError("the endpoint sent an answer without choices")
    message = choices[0].get("message") or {}
    calls = tuple(
        ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in message.get("tool_calls") or []
    )
    usage = body.get("usage")
    return Completion(
        message.get("content") or "",
        calls,
        choices[0].get("finish_reason") or "",
        Usage.from_json(usage) if usage else None,
    )


def read_streamed(lines: Iterable[str]) -> Completion:
    """Put a streamed answer together from the lines of its events.

    Raises:
        ValueError: the stream ended before `[DONE]`, or an event is not JSON.
    """
    content, finish, usage, done = "", "", None, False
    calls: dict[int, dict[str, str]] = {}
    for line in lines:
        payload = line.removeprefix("data:").strip()
        if not line.startswith("data:") or not payload:
            continue
        if payload == "[DONE]":
            done = True
            continue
        chunk = json.loads(payload)
        usage = chunk.get("usage") or usage
        for choice in chunk.get("choices") or []:
            delta = choice.get("delta") or {}
            content += delta.get("content") or ""
            finish = choice.get("finish_reason") or finish
            _gather(calls, delta.get("tool_calls") or [])
    if not done:
        raise ValueError("the stream of the endpoint ended before it was done")
    made = tuple(ToolCall(call["id"], call["name"], call["arguments"]) for _, call in sorted(calls.items()))
    return Completion(content, made, finish, Usage.from_json(usage) if usage else None)


def _gather(calls: dict[int, dict[str, str]], pieces: Iterable[Mapping[str, Any]]) -> None:
    for piece in pieces:
        call = calls.setdefault(piece.get("index", len(calls)), {"id": "", "name": "", "arguments": ""})
        function = piece.get("function") or {}
        call["id"] = piece.get("id") or call["id"]
        call["name"] += function.get("name") or ""
        call["arguments"] += function.get("arguments") or ""


def _streamed_call(index: int, call: ToolCall, model: str) -> Iterator[bytes]:
    head = {"index": index, "id": call.id, "type": "function"}
    yield event(_chunk(model, {"tool_calls": [{**head, "function": {"name": call.name, "arguments": ""}}]}))
    for start in range(0, len(call.arguments), PIECE):
        piece = {"index": index, "function": {"arguments": call.arguments[start : start + PIECE]}}
        yield event(_chunk(model, {"tool_calls": [piece]}))


def _call_json(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _chunk(model: str, delta: Mapping[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {**_envelope("chat.completion.chunk", model), "choices": [choice]}


def _envelope(kind: str, model: str) -> dict[str, Any]:
    # A fixed id and time: a replayed answer is the same bytes each time.
    return {"id": "chatcmpl-oldhand", "object": kind, "created": 0, "model": model}
