"""Keeps a conversation within the model's window: old messages are shortened, decisions are kept.

The transcript on disk stays whole. What is sent is a function of it and of the newest `Cut`, which stands
in the transcript too: so a run that goes on after a stop sends what it would have sent. A new cut is made
only when the window is nearly full and then frees a good half of it: each one breaks the provider's cache.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from graph.digest import digest
from graph.shortening import middle_left_out, names_of, shortened
from graph.transcript import Message

FREED = 0.5  # of the room, after a cut
RECENT = 0.4  # of what is aimed at: the newest messages, which are not shortened while anything else is
TAIL = 0.5  # of what is aimed at: what stays beside a digest
DIGEST = 0.3  # of what is aimed at
LEAST_CAP = 1_500  # characters of a result, where even the newest do not fit
FOUND, TESTS = "# What the code says\n", "\n# Tests\n"  # headings of the first message


@dataclass(frozen=True)
class Cut:
    """How a conversation is sent.

    Attributes:
        shortened: Messages before this one are sent in a line or two; 0 is none.
        digested: Messages before this one are not sent, but for the first one: `digest` stands for them.
        digest: What came of those.
        capped: Results before this one are sent without their middle where they are longer than `cap`.
        cap: In characters.
        bare: The first message is sent without the code that search had found.
    """

    shortened: int = 0
    digested: int = 0
    digest: str = ""
    capped: int = 0
    cap: int = 0
    bare: bool = False

    def to_json(self) -> dict[str, Any]:
        """The cut as plain data; `Cut(**data)` reads it back."""
        return asdict(self)


def as_sent(messages: Sequence[Message], cut: Cut) -> list[Message]:
    """The conversation as the model gets it."""
    sent: list[Message] = []
    calls: dict[str, str] = {}
    for place, message in enumerate(messages):
        if message["role"] == "assistant":
            calls = names_of(message)
        if place == 0:
            sent.append(_opening(message, cut))
        elif place >= cut.digested:
            now = shortened(message, calls) if place < cut.shortened else message
            if place < cut.capped and now["role"] == "tool":
                now = {**now, "content": middle_left_out(now["content"], cut.cap)}
            sent.append(now)
    return sent


def size_of(messages: Sequence[Message]) -> int:
    """The length of messages in characters, as they are sent."""
    return sum(len(json.dumps(message, ensure_ascii=False)) for message in messages)


def tighter(messages: Sequence[Message], cut: Cut, room: int, changed: Callable[[], Sequence[str]]) -> Cut:
    """A cut that brings the conversation well under `room`, or as near as can be.

    Args:
        messages: The whole conversation.
        cut: How it was sent until now.
        room: Characters that it may have.
        changed: Says which files the turn has changed by now.
    """
    aim = int(room * FREED)
    recent = _tail(messages, cut, int(aim * RECENT))
    size = size_of(as_sent(messages, cut))
    now = as_sent(messages, replace(cut, digested=0))
    short = as_sent(messages, replace(cut, digested=0, shortened=recent))
    for place in range(max(cut.shortened, cut.digested, 1), recent):
        size -= size_of(now[place : place + 1]) - size_of(short[place : place + 1])
        if size <= aim:
            return replace(cut, shortened=place + 1)
    made = _digested(messages, replace(cut, shortened=max(cut.shortened, recent)), aim, changed)
    if size_of(as_sent(messages, made)) <= room:
        return made
    return _squeezed(messages, made, room)


def _digested(messages: Sequence[Message], cut: Cut, aim: int, changed: Callable[[], Sequence[str]]) -> Cut:
    """The cut with a digest in place of all but the newest messages."""
    tail = _tail(messages, cut, int(aim * TAIL))
    # What is sent goes on with an answer: not with a result whose call is left out.
    starts = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    start = next((place for place in starts if place >= tail), starts[-1] if starts else 0)
    if start <= max(cut.digested, 1):
        return cut
    text = digest(messages[1:start], changed(), int(aim * DIGEST))
    return replace(cut, digested=start, digest=text, shortened=max(cut.shortened, start))


def _squeezed(messages: Sequence[Message], cut: Cut, room: int) -> Cut:
    """The cut without what search had found, and with the long results of the newest messages cut too.

    These were asked for just now: no more of them is taken than must be.
    """
    made = replace(cut, bare=True)
    cap = max(len(str(message["content"])) for message in messages)
    while cap > LEAST_CAP and size_of(as_sent(messages, made)) > room:
        cap = int(cap * 0.8)
        made = replace(made, capped=len(messages), cap=cap)
    return made


def _tail(messages: Sequence[Message], cut: Cut, most: int) -> int:
    """Where the newest messages begin that have at most `most` characters, the last exchange at least."""
    last = max((n for n, message in enumerate(messages) if message["role"] == "assistant"), default=1)
    place, size = len(messages), 0
    while place > max(1, cut.digested):
        size += size_of(messages[place - 1 : place])
        if size > most:
            break
        place -= 1
    return min(place, last)


def _opening(message: Message, cut: Cut) -> Message:
    content = str(message["content"])
    if cut.bare:
        before, heading, rest = content.partition(FOUND)
        _, tests, after = rest.partition(TESTS)
        content = f"{before}{heading}(left out; search for it)\n{tests}{after}" if tests else content
    return {**message, "content": f"{content.rstrip()}\n\n{cut.digest}\n" if cut.digest else content}
