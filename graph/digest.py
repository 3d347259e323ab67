"""Sums up a conversation for a model that is no longer sent all of it."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from graph.instructions import HEADING as HEADING_OF_FOLDERS
from graph.model_json import read_object
from graph.shortening import beginning, middle_left_out
from graph.transcript import Message

TOLD_CHARS = 4_000  # of the harness's or the person's last words
OLD_CHARS = 300  # of their earlier ones
SAID_CHARS = 240  # of what the model said, each time
PLAN_CHARS = 6_000
RULES_CHARS = 1_500  # of a folder's instructions
MOST_SAID = 30
HEADING = "# What has happened since"
NOTE = (
    "The older part of this conversation is left out, to stay within your window; this is what came of it. "
    "The files are as the work tree has them now: read again what you need."
)
_FAILED = re.compile(r"^(?:FAILED|NOT COLLECTED) .*$", re.MULTILINE)
_CHANGES = ("replace", "write_file", "move", "delete")


def digest(messages: Sequence[Message], changed: Sequence[str], most: int) -> str:
    """The digest of the beginning of a conversation.

    Args:
        messages: The messages that are left out, in order.
        changed: The files that the turn has changed by now, a line each.
        most: About how many characters it may have.
    """
    events = events_of(messages)
    must = [
        HEADING,
        NOTE,
        _section("The plan", [_plans(events)]),
        _section("What you were told", _told(messages)),
        _section("Changed so far", changed),
    ]
    may = [
        _section("What you said on the way", said_by_model(messages)),
        _section("What was done", _list(_done(events), most // 4)),
        _section("What was looked at", _list(_looked_at(events), most // 4)),
    ]
    fixed = [part for part in must if part]
    room = most - sum(len(part) for part in fixed)
    kept: list[str] = []
    for part in may:
        if part and len(part) <= room:
            kept.append(part)
            room -= len(part)
    return middle_left_out("\n\n".join([*fixed, *kept]), most)


Happened = tuple[str, dict[str, Any], str]  # a call's name, its arguments, its result


def events_of(messages: Sequence[Message]) -> list[Happened]:
    """The calls and what they gave."""
    return list(_events(messages))


def _events(messages: Sequence[Message]) -> Iterable[Happened]:
    waiting: dict[str, tuple[str, dict[str, Any]]] = {}
    for message in messages:
        if message["role"] == "assistant":
            waiting = {
                call["id"]: (call["function"]["name"], read_object(call["function"]["arguments"]) or {})
                for call in message.get("tool_calls") or []
            }
        elif message["role"] == "tool" and message["tool_call_id"] in waiting:
            yield (*waiting[message["tool_call_id"]], str(message["content"]))


def _plans(events: Sequence[Happened]) -> str:
    """The last plan that was accepted in full, those before it in a line."""
    made = [given for name, given, result in events if name == "submit_plan" and not is_error(result)]
    if not made:
        return ""
    *before, last = made
    lines = [f"An earlier plan that did not work: {given.get('summary', '')}" for given in before]
    return "\n".join([*lines, beginning(json.dumps(last, ensure_ascii=False), PLAN_CHARS)])


def _told(messages: Sequence[Message]) -> list[str]:
    """The words of harness and person: the last whole, of earlier ones what failed."""
    every = [str(message["content"]).strip() for message in messages if message["role"] == "user"]
    rules = [beginning(text, RULES_CHARS) for text in every if text.startswith(HEADING_OF_FOLDERS)]
    told = [text for text in every if not text.startswith(HEADING_OF_FOLDERS)]
    wishes = [
        str(message["content"]).partition(" Submit a new plan.")[0]
        for message in messages
        if message["role"] == "tool" and str(message["content"]).startswith("The person wants it otherwise")
    ]
    if not told:
        return [*rules, *wishes]
    return [*rules, *wishes, *map(_told_before, told[:-1]), middle_left_out(told[-1], TOLD_CHARS)]


def _told_before(text: str) -> str:
    failed = _FAILED.findall(text)
    return "\n".join([beginning(text.split("\n", 1)[0], OLD_CHARS), *failed[:10]])


def said_by_model(messages: Sequence[Message]) -> list[str]:
    """What the model said beside its calls, the newest, a line each."""
    said = [
        " ".join(message["content"].split())
        for message in messages
        if message["role"] == "assistant" and message["content"].strip()
    ]
    return [f"- {beginning(text, SAID_CHARS)}" for text in said[-MOST_SAID:]]


def _done(events: Sequence[Happened]) -> list[str]:
    return _counted(
        f"{name} {_about(given)}" + (" (refused)" if is_error(result) else _ending(name, result))
        for name, given, result in events
        if name in (*_CHANGES, "shell")
    )


def _looked_at(events: Sequence[Happened]) -> list[str]:
    acting = (*_CHANGES, "shell", "submit_plan", "answer", "ask_person", "done")
    looks = (event for event in events if event[0] not in acting and not is_error(event[2]))
    return _counted(f"{name} {_about(given)}" for name, given, _ in looks)


def _about(given: dict[str, Any]) -> str:
    """What tells one call from another."""
    for key in ("command", "pattern", "path", "name", "folder"):
        if given.get(key):
            text = " ".join(str(given[key]).split())
            return beginning(text, 120) + (f" → {given['to']}" if "to" in given else "")
    return ""


def _ending(name: str, result: str) -> str:
    """How a command ended."""
    return f": {beginning(result.partition(' after ')[0], 60)}" if name == "shell" else ""


def _counted(lines: Iterable[str]) -> list[str]:
    """Each line once, in the order of the last time, with how often it was there."""
    counts: dict[str, int] = {}
    for line in lines:
        counts[line] = counts.pop(line, 0) + 1
    return [f"- {line.strip()}" + (f" ×{times}" if times > 1 else "") for line, times in counts.items()]


def _list(lines: list[str], most: int) -> list[str]:
    """The newest lines that fit, in their order."""
    kept: list[str] = []
    for line in reversed(lines):
        most -= len(line) + 1
        if most < 0:
            return [f"- … and {len(lines) - len(kept)} earlier", *reversed(kept)]
        kept.append(line)
    return kept[::-1]


def _section(title: str, lines: Sequence[str]) -> str:
    body = "\n".join(line for line in lines if line)
    return f"## {title}\n{body}" if body else ""


def is_error(result: str) -> bool:
    """Whether a tool said no."""
    return result.startswith("Error: ")
