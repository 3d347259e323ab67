"""One model call: ask, stream, gather, and ask again when the line breaks."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import openai
from langchain_core.messages import AIMessageChunk, BaseMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_openai import ChatOpenAI

from graph.errors import ModelRefused, ModelUnreachable
from graph.model_json import growing_text, mended, read_object
from graph.reply import Reply, read_reply
from graph.transcript import Message

LONGEST_WAIT_S = 60.0
# What the client library raises on an answer that is none: HTML, half a JSON document, missing fields.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)


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
        chunks: list[AIMessageChunk] = []
        told = Telling(listener.text)
        first_token_s = 0.0
        for chunk in self._chunks(messages, tools, headers):
            first_token_s = first_token_s or time.monotonic() - started
            chunks.append(chunk)
            told.hear(chunk)
        with _readable():
            whole = add_ai_message_chunks(*chunks)  # at once: one by one, a long call is read over and over
        if not whole.response_metadata.get("finish_reason"):
            raise _BrokenOff("The connection to the model broke off.")
        return read_reply(whole, messages, tools, time.monotonic() - started, first_token_s)

    def _chunks(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]], headers: dict[str, str]
    ) -> Iterator[AIMessageChunk]:
        with _readable():
            for chunk in self._stream(messages, tools, headers):
                yield cast(AIMessageChunk, chunk)

    def _stream(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]], headers: dict[str, str]
    ) -> Iterator[BaseMessageChunk]:
        asked: dict[str, Any] = {"extra_headers": headers}
        if tools:
            asked["tools"] = list(tools)
        sent = [_sendable(message) for message in messages]
        try:
            yield from self._client.stream(sent, **asked)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if "stream_options" not in str(error) or not self._client.stream_usage:
                raise
            self._client.stream_usage = False  # an endpoint that does not know the option: count ourselves
            yield from self._client.stream(sent, **asked)


class Telling:
    """Passes on what the model says to the person, be it plain text or inside `answer(text=…)`."""

    def __init__(self, text: Callable[[str], None]) -> None:
        self._text = text
        self._said = ""
        self._calls: dict[int | str | None, tuple[str, str]] = {}  # by index: name, and arguments so far
        self._told = 0

    def hear(self, chunk: AIMessageChunk) -> None:
        """Take the next piece of the answer."""
        self._said += str(chunk.text)
        for part in chunk.tool_call_chunks:
            name, arguments = self._calls.get(part["index"], ("", ""))
            self._calls[part["index"]] = (name + (part["name"] or ""), arguments + (part["args"] or ""))
        answers = (arguments for name, arguments in self._calls.values() if name == "answer")
        text = mended(self._said) + "".join(growing_text(arguments, "text") for arguments in answers)
        if len(text) > self._told:
            self._text(text[self._told :])
            self._told = len(text)


class _BrokenOff(Exception):
    """No whole answer came; the message says how in a sentence."""


@contextmanager
def _readable() -> Iterator[None]:
    """Tell an answer that makes no sense from a bug of ours."""
    try:
        yield
    except UNREADABLE as error:
        raise _BrokenOff("The model's endpoint sent what is not an answer.") from error


def _sendable(message: Message) -> Message:
    """A message as servers take it: they refuse a conversation with broken JSON in a call."""
    calls = message.get("tool_calls")
    if not calls or all(read_object(call["function"]["arguments"]) is not None for call in calls):
        return message
    sendable = [
        call
        if read_object(call["function"]["arguments"]) is not None
        else {**call, "function": {**call["function"], "arguments": "{}"}}
        for call in calls
    ]
    return {**message, "tool_calls": sendable}


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
    if isinstance(error, _BrokenOff):
        return str(error)
    if isinstance(error, openai.APIConnectionError) and _never_connected(error):
        where = str(error.request.url).removesuffix("/chat/completions")
        return f"The model's endpoint {where} cannot be reached."
    if isinstance(error, openai.APIConnectionError):
        return "The connection to the model broke off."
    return f"The model's endpoint failed: {_said(error)}"


def _never_connected(error: BaseException | None) -> bool:
    """Whether nobody took the connection; its HTTP library is the client's own affair, so by name."""
    while error is not None and type(error).__name__ != "ConnectError":
        error = error.__cause__
    return error is not None


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
    return f"The model's endpoint refused the request ({status}): {_said(error).rstrip('.')}. {remedy}"
