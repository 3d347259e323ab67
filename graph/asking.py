"""Ways to ask a model for calls: as tools, as JSON by a schema, or as JSON in its text.

Not every endpoint can do the first. The conversation is kept in the form of the first; for the others
it is told in words, and the answers are read back into calls by `graph.text_calls`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from graph.model_json import read_object
from graph.prompts import render
from graph.shortening import names_of
from graph.transcript import Message

Schema = dict[str, Any]

_VERBS = "support|recogni[sz]|allow|accept|permit|enable|implement|unknown|unexpected|extra|require"
_TOOLS = r"\b(?:tools?|tool[-_ ](?:choice|use|call\w*)|functions?|function[-_ ]calling)\b"
_NO_TOOLS = re.compile(f"(?:{_VERBS}).{{0,60}}{_TOOLS}|{_TOOLS}.{{0,60}}(?:{_VERBS})", re.IGNORECASE)
_NO_SCHEMA = re.compile(r"response[_ ]format|json[_ ]schema|structured output|grammar|guided", re.IGNORECASE)
_REFUSALS = (400, 404, 405, 422, 500, 501)


class Method(StrEnum):
    """The ways, best first."""

    TOOLS = "tools"
    SCHEMA = "schema"
    TEXT = "text"


def method_after(method: Method, status: int, said: str) -> Method | None:
    """The next way to try where an endpoint refuses this one; None where it refuses something else."""
    if status not in _REFUSALS:
        return None
    if method is Method.TOOLS and _NO_TOOLS.search(said):
        return Method.SCHEMA
    if method is Method.SCHEMA and _NO_SCHEMA.search(said):
        return Method.TEXT
    return None


def request(
    method: Method, messages: Sequence[Message], tools: Sequence[Schema]
) -> tuple[list[Message], dict[str, Any]]:
    """The messages to send, and what else goes with them.

    Args:
        method: The way.
        messages: The conversation.
        tools: What may be called.
    """
    if not tools:
        return list(messages), {}
    if method is Method.TOOLS:
        return [_sendable(message) for message in messages], {"tools": list(tools)}
    told = _told(messages, tools)
    if method is Method.TEXT:
        return told, {}
    schema = {"name": "answer", "schema": _answer_schema(tools)}
    # Not as an argument of the client: that would parse the answer itself, and strictly.
    return told, {"extra_body": {"response_format": {"type": "json_schema", "json_schema": schema}}}


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


def _answer_schema(tools: Sequence[Schema]) -> Schema:
    """What an answer must be: something said, and calls of the tools there are."""
    calls = [
        {
            "type": "object",
            "properties": {"name": {"const": tool["function"]["name"]}, "arguments": _parameters(tool)},
            "required": ["name", "arguments"],
        }
        for tool in tools
    ]
    properties = {"say": {"type": "string"}, "calls": {"type": "array", "items": {"anyOf": calls}}}
    return {"type": "object", "properties": properties, "required": ["say", "calls"]}


def _parameters(tool: Schema) -> Schema:
    return dict(tool["function"].get("parameters") or {"type": "object", "properties": {}})


def _told(messages: Sequence[Message], tools: Sequence[Schema]) -> list[Message]:
    """The conversation without calls: they are JSON in the model's own words, results are told to it."""
    listed = "\n".join(
        json.dumps({**tool["function"], "parameters": _parameters(tool)}, ensure_ascii=False)
        for tool in tools
    )
    head = render("calling", tools=listed)
    told: list[Message] = [{"role": "system", "content": head}]
    names: Mapping[str, str] = {}
    for message in messages:
        if message["role"] == "system":
            told[0] = {"role": "system", "content": f"{message['content']}\n{head}"}
        elif message["role"] == "assistant":
            names = names_of(message)
            told.append({"role": "assistant", "content": _in_words(message)})
        elif message["role"] == "tool":
            name = names.get(message["tool_call_id"], "the call")
            _tell(told, f"Result of {name}:\n{message['content']}")
        else:
            _tell(told, str(message["content"]))
    return told


def _in_words(message: Message) -> str:
    if not message.get("tool_calls"):
        return str(message["content"])
    calls = [
        {"name": call["function"]["name"], "arguments": read_object(call["function"]["arguments"]) or {}}
        for call in message["tool_calls"]
    ]
    return json.dumps({"say": message["content"], "calls": calls}, ensure_ascii=False)


def _tell(told: list[Message], text: str) -> None:
    """Add to what the model is told; two such messages in a row, which some servers refuse, become one."""
    if told[-1]["role"] == "user":
        told[-1] = {"role": "user", "content": f"{told[-1]['content'].rstrip()}\n\n{text}"}
    else:
        told.append({"role": "user", "content": text})
