"""JSON as models write it: with line breaks inside strings, halves of characters, or not to the end."""

import json
import re
from typing import Any, NoReturn

_STRING = re.compile(r'(?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*')


def mended(text: str) -> str:
    """The text with halves of surrogate pairs joined, or replaced where the other half is missing.

    Such a half can neither be sent nor written to a file.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_json(raw: str) -> Any:
    """The value of a whole JSON document.

    Raises:
        ValueError: It is not one. A document that merely stops too early is none either: carried out, it
            would write half a file.
    """
    try:
        value = json.loads(raw, strict=False, parse_constant=_refuse)
        return json.loads(mended(json.dumps(value, ensure_ascii=False)))
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error


def read_object(raw: str) -> dict[str, Any] | None:
    """The arguments of a call, or None where they are no JSON object; nothing at all means none."""
    try:
        value = read_json(raw or "{}")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def growing_text(raw: str, key: str) -> str:
    """The value of `key` as far as it has come.

    Args:
        raw: The beginning of a JSON object.
        key: One of its keys, with a string for its value.

    Returns:
        What is certain of it by now: a later call returns more of the same.
    """
    start = re.search(rf'"{re.escape(key)}"\s*:\s*"', raw)
    body = _STRING.match(raw, start.end()) if start else None
    if body is None:
        return ""
    try:
        text = str(json.loads(f'"{body[0]}"', strict=False))
    except ValueError:
        return ""
    # Half of a pair at the end may yet become a whole character.
    return mended(text[:-1] if text and "\ud800" <= text[-1] <= "\udbff" else text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
