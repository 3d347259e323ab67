"""The HTTP client of a model: whom it asks, and how long it waits for what."""

import atexit
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import httpx2
import openai
from langchain_openai import ChatOpenAI
from pydantic import SecretStr


@dataclass(frozen=True)
class Waits:
    """Seconds that a model may take.

    Attributes:
        connect: Until the endpoint takes the connection.
        piece: Until the next piece of the answer.
        whole: For the whole answer, whatever arrives in the meantime.
    """

    connect: float
    piece: float
    whole: float


def build_client(
    name: str, base_url: str | None, api_key: str | None, temperature: float | None, waits: Waits
) -> ChatOpenAI:
    """A client for one model at one endpoint."""
    return ChatOpenAI(
        model=name,
        base_url=base_url,
        api_key=SecretStr(api_key or "none"),  # local servers want none, the client library wants one
        timeout=_timeout(waits),
        max_retries=0,  # graph.model retries: it also can when a stream breaks
        stream_usage=True,
        use_responses_api=False,
        temperature=temperature,
        http_client=_http_client(waits),
    )


@cache
def _http_client(waits: Waits) -> httpx2.Client:
    """One for all models of the process: its connections are kept open between two calls."""

    def watch(response: httpx2.Response) -> None:
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = Deadline(response.stream, time.monotonic() + waits.whole)

    client = openai.DefaultHttpxClient(timeout=_timeout(waits), event_hooks={"response": [watch]})
    atexit.register(client.close)
    return client


def _timeout(waits: Waits) -> openai.Timeout:
    return openai.Timeout(waits.piece, connect=min(waits.connect, waits.piece))


class Deadline(httpx2.SyncByteStream):
    """The body of an answer that must be complete by a deadline.

    Without one, a server that keeps sending keep-alives would never time out.
    """

    def __init__(self, body: httpx2.SyncByteStream, until: float) -> None:
        self._body = body
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        """The body's pieces, as they come."""
        for piece in self._body:
            if time.monotonic() > self._until:
                raise httpx2.ReadTimeout("the whole answer took too long")
            yield piece

    def close(self) -> None:
        """Close the connection."""
        self._body.close()
