"""One model call: ask, stream, gather, and ask again when the line breaks."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import openai
from langchain_core.messages import AIMessageChunk, BaseMessageChunk
from langchain_openai import ChatOpenAI

from graph.errors import ModelRefused, ModelUnreachable
from graph.partial_json import growing_text
from graph.text_calls import calls_in_text
from graph.transcript import Message

LONGEST_WAIT_S = 60.0
CHARS_PER_TOKEN = 4


@dataclass(frozen=True)
class Call:
    """A tool call; `arguments` is None where the model's JSON could not be read."""

    id: str
    name: str
    arguments: dict[str, Any] | None
    raw: str


@dataclass(frozen=True)
class Usage:
    """Tokens and seconds of one call; `estimated` where the endpoint reported none."""

    tokens_in: int
    tokens_out: int
    cached: int
    estimated: bool
    seconds: float
    first_token_seconds: float


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    text: str
    calls: list[Call]
    usage: Usage
    cut_off: bool

    def message(self) -> Message:
        """The answer as a chat message."""
        message: Message = {"role": "assistant", "content": self.text}
        if self.calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {
                        "name": call.name,
                        "arguments": call.raw
                        if call.arguments is None
                        else json.dumps(call.arguments, ensure_ascii=False),
                    },
                }
                for call in self.calls
            ]
        return message


@dataclass(frozen=True)
class Listener:
    """Who hears of a call while it goes on."""

    text: Callable[[str], None]
    notice: Callable[[str], None]


class Model:
    """A chat endpoint, with patience.

    Args:
        client: langchain-openai's client; its own retries are off, since it cannot retry a stream
            that breaks in the middle.
        retries: How often a failed call is made again.
        pause_s: The first pause between two tries; each further one is twice as long.
    """

    def __init__(self, client: ChatOpenAI, retries: int = 4, pause_s: float = 1.0) -> None:
        self._client = client
        self._retries = retries
        self._pause_s = pause_s
        self.name = client.model_name

    def ask(
        self,
        messages: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        headers: dict[str, str],
        listener: Listener,
    ) -> Reply:
        """Ask once; try again after a failure that may pass.

        Raises:
            ModelRefused: The endpoint said no (key, permission, model, request).
            ModelUnreachable: It failed more often than `retries`.
        """
        pause = self._pause_s
        for remaining in range(self._retries, -1, -1):
            try:
                return self._ask_once(messages, tools, headers, listener)
            except (openai.APIError, _BrokenOff) as error:
                wait = _wait_asked_for(error)
                if _is_final(error):
                    raise ModelRefused(_refusal(error)) from error
                if remaining == 0 or (wait or 0.0) > LONGEST_WAIT_S:
                    raise ModelUnreachable(_failure(error, wait)) from error
                seconds = pause if wait is None else wait
                listener.notice(f"{_brief(error)} Trying again in {seconds:.0f} s.")
                time.sleep(seconds)
                pause *= 2
        raise AssertionError("the loop returns or raises")

    def _ask_once(
        self,
        messages: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        headers: dict[str, str],
        listener: Listener,
    ) -> Reply:
        started = time.monotonic()
        first_at: float | None = None
        whole: BaseMessageChunk | None = None
        told = 0
        for chunk in self._stream(messages, tools, headers):
            first_at = first_at or time.monotonic()
            whole = chunk if whole is None else whole + chunk
            told = self._tell(cast(AIMessageChunk, whole), told, listener)
        if not isinstance(whole, AIMessageChunk) or not whole.response_metadata.get("finish_reason"):
            raise _BrokenOff
        ended = time.monotonic()
        names = {tool["function"]["name"] for tool in tools}
        return _reply(whole, messages, names, ended - started, (first_at or ended) - started)

    def _stream(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]], headers: dict[str, str]
    ) -> Iterator[BaseMessageChunk]:
        asked: dict[str, Any] = {"extra_headers": headers}
        if tools:
            asked["tools"] = list(tools)
        sent = [_sendable(message) for message in messages]
        try:
            yield from self._client.stream(sent, **asked)
        except openai.BadRequestError as error:
            if "stream_options" not in str(error) or not self._client.stream_usage:
                raise
            self._client.stream_usage = False  # an endpoint that does not know the option: count ourselves
            yield from self._client.stream(sent, **asked)

    @staticmethod
    def _tell(whole: AIMessageChunk, told: int, listener: Listener) -> int:
        """Pass on what is new of the text to the person, be it plain or inside `answer(text=…)`."""
        text = str(whole.text)
        for part in whole.tool_call_chunks:
            if part["name"] == "answer":
                text += growing_text(part["args"] or "", "text")
        if len(text) > told:
            listener.text(text[told:])
        return len(text)


class _BrokenOff(Exception):  # noqa: N818 - an event of the line, not an error of ours
    """The stream ended before the answer did."""


def read_arguments(raw: str) -> dict[str, Any] | None:
    """The arguments of a call, or None where they are no JSON object."""
    try:
        value = json.loads(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _sendable(message: Message) -> Message:
    """A message as servers take it: they refuse a conversation with broken JSON in a call."""
    calls = message.get("tool_calls")
    if not calls or all(read_arguments(call["function"]["arguments"]) is not None for call in calls):
        return message
    mended = [
        call
        if read_arguments(call["function"]["arguments"]) is not None
        else {**call, "function": {**call["function"], "arguments": "{}"}}
        for call in calls
    ]
    return {**message, "tool_calls": mended}


def _reply(
    whole: AIMessageChunk, messages: Sequence[Message], names: set[str], seconds: float, first_token_s: float
) -> Reply:
    calls = [
        Call(call["id"] or f"call_{n}", call["name"], call["args"], "")
        for n, call in enumerate(whole.tool_calls)
    ]
    calls += [
        Call(bad["id"] or f"bad_{n}", bad["name"] or "", None, bad["args"] or "")
        for n, bad in enumerate(whole.invalid_tool_calls)
    ]
    text = str(whole.text)
    if not calls:
        text, found = calls_in_text(text, names)
        calls = [Call(f"text_{n}", name, arguments, "") for n, (name, arguments) in enumerate(found)]
    usage = whole.usage_metadata
    if usage is None:
        tokens_in = sum(len(json.dumps(message)) for message in messages) // CHARS_PER_TOKEN
        tokens_out = (len(whole.text) + len(json.dumps(whole.tool_call_chunks))) // CHARS_PER_TOKEN
        cached = 0
    else:
        tokens_in, tokens_out = usage["input_tokens"], usage["output_tokens"]
        cached = usage.get("input_token_details", {}).get("cache_read", 0) or 0
    counted = Usage(tokens_in, tokens_out, cached, usage is None, seconds, first_token_s)
    return Reply(text, calls, counted, whole.response_metadata.get("finish_reason") == "length")


def _is_final(error: Exception) -> bool:
    """Whether asking again would change nothing."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code < 500 and error.status_code not in (408, 425, 429)
    return False


def _wait_asked_for(error: Exception) -> float | None:
    """The seconds of a Retry-After header, where the endpoint sent one."""
    if not isinstance(error, openai.APIStatusError):
        return None
    value = error.response.headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        return None


def _said(error: Exception) -> str:
    """What the endpoint itself said, on one line."""
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    return " ".join(str(message or error).split())[:300]


def _brief(error: Exception) -> str:
    if isinstance(error, openai.RateLimitError):
        return "The model's endpoint asks for a pause (429)."
    if isinstance(error, openai.APIStatusError):
        return f"The model's endpoint failed ({error.status_code})."
    if isinstance(error, openai.APITimeoutError):
        return "The model's endpoint did not answer in time."
    if isinstance(error, _BrokenOff | openai.APIConnectionError):
        return "The connection to the model broke off."
    return f"The model's endpoint failed: {_said(error)}"


def _failure(error: Exception, wait: float | None) -> str:
    if wait is not None and wait > LONGEST_WAIT_S:
        return (
            f"The model's endpoint asks to wait {wait:.0f} s. "
            "Go on then with `oldhand resume`; nothing is lost."
        )
    detail = f" ({_said(error)})" if isinstance(error, openai.APIStatusError) else ""
    return (
        f"{_brief(error)[:-1]}{detail}, and asking again did not help. "
        "Check the endpoint with `oldhand doctor`, then go on with `oldhand resume`."
    )


def _refusal(error: Exception) -> str:
    status = error.status_code if isinstance(error, openai.APIStatusError) else 0
    remedy = {
        401: "Check OPENAI_API_KEY.",
        403: "Check what the key may do.",
        404: "Check the model's name and the base URL.",
        409: "A replayed recording does not fit what was asked.",
    }.get(status, "See `oldhand doctor`.")
    return f"The model's endpoint refused the request ({status}): {_said(error)} {remedy}"
