"""One message in few words: what a call was about, how it ended, and how to see the rest again."""

import json
from typing import Any

from graph.model_json import read_object
from graph.transcript import Message

SHORT = 400  # characters that are not worth cutting
HEAD, TAIL = 240, 120
TEXT_CHARS = 1_000  # of what the model said
KEPT_CALLS = ("submit_plan", "answer", "ask_person", "done")  # what was decided is never cut


def shortened(message: Message, calls: dict[str, str]) -> Message:
    """The message as it is sent once it is old.

    Args:
        message: A message of the conversation.
        calls: The names of the calls of the answer before it, by their ids.
    """
    if message["role"] == "tool":
        name = calls.get(message["tool_call_id"], "")
        return {**message, "content": result_in_short(name, message["content"])}
    if message["role"] == "assistant":
        short: Message = {**message, "content": beginning(message["content"], TEXT_CHARS)}
        if "tool_calls" in message:
            short["tool_calls"] = [_call_in_short(call) for call in message["tool_calls"]]
        return short
    return message


def names_of(message: Message) -> dict[str, str]:
    """The names of an answer's calls, by their ids."""
    return {call["id"]: call["function"]["name"] for call in message.get("tool_calls") or []}


def result_in_short(name: str, text: str) -> str:
    """A tool's result: its first line says what it was about, its last lines how it ended."""
    if len(text) <= SHORT or name in KEPT_CALLS:
        return text
    head = _whole_lines(text[:HEAD])
    again = f"call {name} again" if name else "ask again"
    left = len(text) - len(head)
    if name != "shell":
        return f"{head}\n[{left:,} characters are left out by now; {again} to see them]"
    tail = text[-TAIL:]
    return f"{head}\n[{left - len(tail):,} characters are left out by now]\n{tail}"


def middle_left_out(text: str, most: int) -> str:
    """A text of at most about `most` characters: its beginning and its end."""
    if len(text) <= most:
        return text
    head, tail = most * 2 // 3, most // 3
    return (
        f"{text[:head]}\n[{len(text) - head - tail:,} characters are left out here: they do not fit into "
        f"the model's window; ask for a smaller part to see them]\n{text[-tail:]}"
    )


def beginning(text: str, most: int) -> str:
    """The beginning of a text."""
    return text if len(text) <= most else text[:most].rstrip() + " …"


def _whole_lines(text: str) -> str:
    """The text without its last, broken line, where more than one line is there."""
    head, _, _ = text.rpartition("\n")
    return head or text


def _call_in_short(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    arguments = read_object(function["arguments"])
    if function["name"] in KEPT_CALLS or arguments is None or len(function["arguments"]) <= SHORT:
        return call
    cut = {key: _value_in_short(value) for key, value in arguments.items()}
    return {**call, "function": {**function, "arguments": json.dumps(cut, ensure_ascii=False)}}


def _value_in_short(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= HEAD:
        return value
    return f"{value[:TAIL]} […{len(value) - TAIL:,} characters are left out by now]"
