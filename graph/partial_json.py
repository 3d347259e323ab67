"""Read a string value out of JSON that is still arriving."""

from langchain_core.utils.json import parse_partial_json


def growing_text(raw: str, key: str) -> str:
    """The value of `key` as far as it has come.

    Args:
        raw: The beginning of a JSON object.
        key: One of its keys, with a string for its value.
    """
    try:
        value = parse_partial_json(raw)
    except ValueError:
        return ""
    text = value.get(key) if isinstance(value, dict) else None
    if not isinstance(text, str):
        return ""
    # An escape sequence may still be half here: hold back what could turn into another character.
    return text.removesuffix("\\")
