"""A whole answer of a model, read from what its endpoint sent."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from langchain_core.messages import AIMessageChunk

from graph.model_json import mended, read_object
from graph.text_calls import calls_in_text
from graph.transcript import Message

CHARS_PER_TOKEN = 4


@dataclass(frozen=True)
class Call:
    """A tool call; `arguments` is None where the model's JSON could not be read."""

    id: str
    name: str
    arguments: dict[str, Any] | None
    raw: str

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Call":
        """A call from a chat message."""
        function = raw["function"]
        return cls(raw["id"], function["name"], read_object(function["arguments"]), function["arguments"])


def touched(call: Call) -> list[str]:
    """The paths that a call names: of a tool for files, or in the steps of a plan."""
    given = call.arguments or {}
    steps = given.get("steps")
    parts = [given, *(step for step in (steps if isinstance(steps, list) else []) if isinstance(step, dict))]
    named = [part.get(key) for part in parts for key in ("path", "to", "folder", "files", "creates")]
    flat = [item for value in named for item in (value if isinstance(value, list) else [value])]
    return [path for path in flat if isinstance(path, str)]


@dataclass(frozen=True)
class Usage:
    """Tokens and seconds of one call; `estimated` where the endpoint reported none."""

    tokens_in: int
    tokens_out: int
    cached: int
    estimated: bool
    seconds: float
    first_token_seconds: float

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON."""
        return {
            **asdict(self),
            "seconds": round(self.seconds, 3),
            "first_token_seconds": round(self.first_token_seconds, 3),
        }


NO_USAGE = Usage(0, 0, 0, False, 0.0, 0.0)


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    text: str
    calls: list[Call]
    usage: Usage
    cut_off: bool

    @classmethod
    def of(cls, message: Message) -> "Reply":
        """An answer that is known already, from its chat message; it costs nothing more."""
        calls = [Call.of(raw) for raw in message.get("tool_calls", [])]
        return cls(message["content"], calls, NO_USAGE, False)

    def message(self) -> Message:
        """The answer as a chat message."""
        message: Message = {"role": "assistant", "content": self.text}
        if self.calls:
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.raw}}
                for call in self.calls
            ]
        return message


def read_reply(
    whole: AIMessageChunk,
    messages: Sequence[Message],
    tools: Sequence[dict[str, Any]],
    seconds: float,
    first_token_s: float,
) -> Reply:
    """The answer that a stream added up to.

    Args:
        whole: The sum of its chunks. Its own `tool_calls` are not used: they are completed by guessing
            where the JSON breaks off.
        messages: What was asked, to estimate its length where the endpoint does not tell.
        tools: What was offered, likewise.
        seconds: How long it took.
        first_token_s: How long until its first chunk.
    """
    text = mended(str(whole.text))
    calls = _calls(whole)
    if not calls:
        text, found = calls_in_text(text, {tool["function"]["name"] for tool in tools})
        calls = [
            Call(f"text_{n}", name, arguments, json.dumps(arguments, ensure_ascii=False))
            for n, (name, arguments) in enumerate(found)
        ]
    counted = _usage(whole, messages, tools, seconds, first_token_s)
    return Reply(text, calls, counted, whole.response_metadata.get("finish_reason") == "length")


def _calls(whole: AIMessageChunk) -> list[Call]:
    calls: list[Call] = []
    for n, chunk in enumerate(whole.tool_call_chunks):
        raw, name = mended(chunk["args"] or ""), mended(chunk["name"] or "")
        arguments = read_object(raw)
        # What is told to the model later is what was understood.
        raw = raw if arguments is None else json.dumps(arguments, ensure_ascii=False)
        calls.append(Call(_id(chunk["id"], n, {call.id for call in calls}), name, arguments, raw))
    return calls


def _id(given: str | None, n: int, taken: Collection[str]) -> str:
    """An id that no other call of the answer has; some endpoints send none, or one for all."""
    wanted = given or f"call_{n}"
    return wanted if wanted not in taken else f"{wanted}_{n}"


def _usage(
    whole: AIMessageChunk,
    messages: Sequence[Message],
    tools: Sequence[dict[str, Any]],
    seconds: float,
    first_token_s: float,
) -> Usage:
    told = whole.usage_metadata
    if told is None:
        tokens_in = len(json.dumps([list(messages), list(tools)])) // CHARS_PER_TOKEN
        tokens_out = (len(whole.text) + len(json.dumps(whole.tool_call_chunks))) // CHARS_PER_TOKEN
        return Usage(tokens_in, tokens_out, 0, True, seconds, first_token_s)
    cached = told.get("input_token_details", {}).get("cache_read", 0) or 0
    return Usage(told["input_tokens"], told["output_tokens"], cached, False, seconds, first_token_s)
