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

from graph.asking import Method, method_after, request
from graph.compaction import size_of
from graph.endpoints import Profile
from graph.errors import ModelDenied, ModelRefused, ModelUnreachable, WindowExceeded
from graph.model_faults import (
    LONGEST_WAIT_S,
    BrokenOff,
    brief,
    failure,
    is_denial,
    is_final,
    refusal,
    said,
    wait_asked_for,
)
from graph.model_json import growing_text, mended
from graph.reply import Reply, read_reply
from graph.transcript import Message
from graph.window import Window, stated_window, too_long

LIST_TIMEOUT_S = 5.0
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
        context_window: How many tokens it takes, where the person knows.
        profile: What was found out about it before.

    Attributes:
        window: How much it takes at once.
    """

    def __init__(
        self,
        client: ChatOpenAI,
        retries: int = 4,
        pause_s: float = 1.0,
        context_window: int | None = None,
        profile: Profile | None = None,
    ) -> None:
        self._client = client
        self._retries = retries
        self._pause_s = pause_s
        self.name = client.model_name
        self._profile = profile or Profile(None, "", self.name)
        self._method = Method(self._profile.get("method") or Method.TOOLS)
        if self._profile.get("counts") is False:
            client.stream_usage = False
        self.window = Window(context_window, self._profile, self._listed_window)

    def ask(
        self,
        messages: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        headers: dict[str, str],
        listener: Listener,
    ) -> Reply:
        """Ask once; try again after a failure that may pass.

        Raises:
            WindowExceeded: The conversation does not fit; the window knows by now what does.
            ModelDenied: The endpoint said no to who asks, or for what (key, permission, model, quota).
            ModelRefused: It said no to what was asked.
            ModelUnreachable: It failed more often than `retries`.
        """
        pause = self._pause_s
        remaining = self._retries
        while True:
            try:
                return self._ask_once(messages, tools, headers, listener)
            except (openai.APIError, BrokenOff) as error:
                wait = wait_asked_for(error)
                if self._takes_another_method(error, listener):
                    continue
                self._check_window(error, messages, tools)
                if is_final(error):
                    raise (ModelDenied if is_denial(error) else ModelRefused)(refusal(error)) from error
                if remaining == 0 or (wait or 0.0) > LONGEST_WAIT_S:
                    raise ModelUnreachable(failure(error, wait)) from error
                seconds = pause if wait is None else wait
                listener.notice(f"{brief(error)} Trying again in {seconds:.0f} s.")
                time.sleep(seconds)
                pause *= 2
                remaining -= 1

    def ask_for_json(self) -> bool:
        """From now on have calls written as JSON, where the model has never called a tool otherwise."""
        if self._method is not Method.TOOLS or self._profile.get("method"):
            return False
        self._method = Method.SCHEMA
        return True

    def _ask_once(
        self,
        messages: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        headers: dict[str, str],
        listener: Listener,
    ) -> Reply:
        started = time.monotonic()
        chunks: list[AIMessageChunk] = []
        told = Telling(listener.text, in_json=self._method is not Method.TOOLS)
        first_token_s = 0.0
        for chunk in self._chunks(messages, tools, headers):
            first_token_s = first_token_s or time.monotonic() - started
            chunks.append(chunk)
            told.hear(chunk)
        with _readable():
            whole = add_ai_message_chunks(*chunks)  # at once: one by one, a long call is read over and over
        if not whole.response_metadata.get("finish_reason"):
            raise BrokenOff("The connection to the model broke.")
        reply = read_reply(whole, messages, tools, time.monotonic() - started, first_token_s)
        self._learn(reply, whole, size_of(messages) + size_of(tools))
        return reply

    def _learn(self, reply: Reply, whole: AIMessageChunk, chars: int) -> None:
        """Remember what this answer shows of the endpoint."""
        if not reply.usage.estimated:
            self.window.counted(chars, reply.usage.tokens_in)
        shown = bool(whole.tool_call_chunks) if self._method is Method.TOOLS else bool(reply.calls)
        if shown and self._profile.get("method") != self._method:
            self._profile.learn(method=self._method.value)

    def _takes_another_method(self, error: Exception, listener: Listener) -> bool:
        """Go on to the next way of asking for calls, where the endpoint refused this one."""
        if not isinstance(error, openai.APIStatusError):
            return False
        following = method_after(self._method, error.status_code, said(error))
        if following is None:
            return False
        self._method = following
        how = "JSON by a schema" if following is Method.SCHEMA else "JSON in its text"
        listener.notice(f"{self.name} cannot be given tools that way; it is asked for {how} instead.")
        return True

    def _check_window(
        self, error: Exception, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> None:
        """Tell a conversation that is too long from other refusals."""
        if not isinstance(error, openai.APIStatusError):
            return
        what = too_long(error.status_code, said(error), error.body)
        if what is not None:
            self.window.refused(what, size_of(messages) + size_of(tools))
            raise WindowExceeded(
                f"The conversation does not fit into the model's window: {said(error).rstrip('.')}. Take a "
                "model with a larger one, or a smaller task; `oldhand resume --model NAME` goes on."
            ) from error

    def _listed_window(self) -> int | None:
        """What the endpoint's list of models says of the window; asked for once, and remembered."""
        known = self._profile.get("listed")
        if known is None:
            try:
                client = self._client.root_client.with_options(timeout=LIST_TIMEOUT_S, max_retries=0)
                listed = [model.model_dump() for model in client.models.list().data]
            except (openai.OpenAIError, *UNREADABLE):
                return None
            mine = [model for model in listed if model.get("id") == self.name or len(listed) == 1]
            known = (stated_window(mine[0]) if mine else None) or 0
            self._profile.learn(listed=known)
        return int(known) or None

    def _chunks(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]], headers: dict[str, str]
    ) -> Iterator[AIMessageChunk]:
        with _readable():
            for chunk in self._stream(messages, tools, headers):
                yield cast(AIMessageChunk, chunk)

    def _stream(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]], headers: dict[str, str]
    ) -> Iterator[BaseMessageChunk]:
        sent, more = request(self._method, messages, tools)
        asked = {"extra_headers": headers, **more}
        try:
            yield from self._client.stream(sent, **asked)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if "stream_options" not in str(error) or not self._client.stream_usage:
                raise
            self._client.stream_usage = False  # an endpoint that does not know the option: count ourselves
            self._profile.learn(counts=False)
            yield from self._client.stream(sent, **asked)


class Telling:
    """Passes on what the model says to the person, be it plain text or inside `answer(text=…)`."""

    def __init__(self, text: Callable[[str], None], *, in_json: bool = False) -> None:
        self._text = text
        self._in_json = in_json  # the whole answer is one JSON object, with what is said in it
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
        said = growing_text(self._said, "say") if self._in_json else mended(self._said)
        text = said + "".join(growing_text(arguments, "text") for arguments in answers)
        if len(text) > self._told:
            self._text(text[self._told :])
            self._told = len(text)


@contextmanager
def _readable() -> Iterator[None]:
    """Tell an answer that makes no sense from a bug of ours."""
    try:
        yield
    except UNREADABLE as error:
        raise BrokenOff("The model's endpoint sent something that is not an answer.") from error
