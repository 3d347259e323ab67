"""Tool calls that a model wrote into its text.

Small local models, and servers without a parser for a model's own syntax, answer with the call as JSON
in the text: alone, in a code fence, or in `<tool_call>` tags. Models that are asked for JSON instead of
calls answer with one object that holds what they say and what they call. Only JSON that names a known tool
counts.
"""

import re
from collections.abc import Iterator
from typing import Any

from graph.model_json import read_json, read_object

_TAGGED = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)
_FENCED = re.compile(r"```(?:json|tool_call)?\s*(\{.*?\}|\[.*?\])\s*```", re.DOTALL)
_WHOLE = re.compile(r"(?:```(?:json)?\s*)?(\{.*\})(?:\s*```)?", re.DOTALL)

NamedCall = tuple[str, dict[str, Any]]


def calls_in_text(text: str, names: set[str]) -> tuple[str, list[NamedCall]]:
    """Split a text into what is said and what is called.

    Args:
        text: The model's answer.
        names: The tools that were offered.

    Returns:
        The text without the calls, and (name, arguments) of each call, in order.
    """
    if (whole := _whole_answer(text)) is not None:
        return str(whole["say"] or ""), list(_named(whole["calls"], names))
    calls: list[NamedCall] = []
    rest = text
    for raw in _candidates(text):
        found = list(_read_calls(raw, names))
        if found:
            calls += found
            rest = rest.replace(raw, "")
    if calls:
        rest = re.sub(r"```(?:json|tool_call)?\s*```|<tool_call>\s*</tool_call>", "", rest).strip()
    return rest, calls


def _whole_answer(text: str) -> dict[str, Any] | None:
    """The object with `say` and `calls` that a text is, in a fence or not; None where it is none."""
    whole = _WHOLE.fullmatch(text.strip())
    value = read_object(whole[1]) if whole else None
    return value if value and "say" in value and isinstance(value.get("calls"), list) else None


def _candidates(text: str) -> list[str]:
    tagged = _TAGGED.findall(text) or _FENCED.findall(text)
    if tagged:
        return [str(raw) for raw in tagged]
    bare = text.strip()
    return [bare] if bare.startswith(("{", "[")) else []


def _read_calls(raw: str, names: set[str]) -> Iterator[NamedCall]:
    try:
        value = read_json(raw)
    except ValueError:
        return
    yield from _named(value if isinstance(value, list) else [value], names)


def _named(items: list[Any], names: set[str]) -> Iterator[NamedCall]:
    for item in items:
        if not isinstance(item, dict):
            continue
        function = item.get("function")
        call = function if isinstance(function, dict) else item
        name, arguments = call.get("name"), call.get("arguments", call.get("parameters", {}))
        if isinstance(arguments, str):
            arguments = read_object(arguments)
        if isinstance(name, str) and name in names and isinstance(arguments, dict):
            yield name, arguments
