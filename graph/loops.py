"""Going round in circles: the same call with the same result, or the same error, again and again."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graph.context import RunContext
from graph.dialogue import say
from graph.errors import GoingInCircles
from graph.prompts import render
from graph.toolset import ERROR
from graph.transcript import Message

TOLD_AT = 3  # times, and the model is told
ENDS_AT = 6  # times, and the run ends
WINDOW = 24  # calls; in long work something may well be read again
_WARNING = "You go round in circles"  # how its prompt begins
_NUMBERS = re.compile(r"\d+")
_SHOWN = 160


@dataclass(frozen=True)
class Circle:
    """Something that happened again and again.

    Attributes:
        what: It, in words.
        times: How often.
    """

    what: str
    times: int


def mind_circles(context: RunContext, node: str, *, ends: bool = True) -> None:
    """Tell the model that it goes round in circles.

    Args:
        context: The run.
        node: The step that it is in.
        ends: Whether the run ends where it goes on so.

    Raises:
        GoingInCircles: It has been told and went on.
    """
    messages = context.transcript.messages()
    circle = circle_in(messages)
    if circle is None:
        return
    if ends and circle.times >= ENDS_AT:
        raise GoingInCircles(f"the model goes round in circles: {circle.times} times {circle.what}")
    warning = render("circles", what=circle.what, ends=str(ENDS_AT)).strip()
    if all(message["content"] != warning for message in _lately(messages)):
        say(context, node, warning)


def circle_in(messages: Sequence[Message]) -> Circle | None:
    """What the newest calls repeat, if they do; only what was said since the last plan or test counts."""
    done = list(_calls_with_results(_lately(messages)))[-WINDOW:]
    if not done:
        return None
    name, _, _ = newest = done[-1]
    same = Counter(done)[newest]
    if same >= TOLD_AT:
        return Circle(f"the same call of `{name}` with the same result", same)
    errors = 0
    for _, _, result in reversed(done):
        if not result.startswith(ERROR) or _gist(result) != _gist(newest[2]):
            break
        errors += 1
    if errors >= TOLD_AT:
        return Circle(f"the same error in a row ({_gist(newest[2])})", errors)
    return None


def _lately(messages: Sequence[Message]) -> list[Message]:
    """The messages since the harness last said something new: a failure, a plan that was accepted."""
    start = 0
    for number, message in enumerate(messages):
        if message["role"] == "user" and not str(message["content"]).startswith(_WARNING):
            start = number
    return list(messages[start:])


def _calls_with_results(messages: Sequence[Message]) -> Iterator[tuple[str, str, str]]:
    """Each call that was answered: its name, its arguments and its result, in order."""
    results = {message["tool_call_id"]: message for message in messages if message["role"] == "tool"}
    for message in messages:
        for call in message.get("tool_calls") or []:
            if call["id"] in results:
                function = call["function"]
                yield function["name"], _plain(function["arguments"]), str(results[call["id"]]["content"])


def _plain(arguments: str) -> str:
    """Arguments that mean the same look the same."""
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except ValueError:
        return arguments


def _gist(result: str) -> str:
    return _NUMBERS.sub("", result.split("\n", 1)[0])[:_SHOWN]
