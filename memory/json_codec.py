"""Frozen dataclasses to JSON and back, driven by their field types.

A class with its own `to_json` and `from_json` is left to them. Reading is strict about types and
lenient about absence: a missing field takes its default.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from memory.clock import from_text, to_text
from memory.errors import InvalidMemory

T = TypeVar("T")
Decoder = Callable[[Any, str], Any]


def encode(value: Any) -> Any:
    """Plain JSON data for a dataclass, or for anything that one of its fields may hold."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if hasattr(value, "to_json"):
        return value.to_json()
    if is_dataclass(value):
        return encode_fields(value)
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, StrEnum):
        return value.value
    return [encode(item) for item in value]


def encode_fields(value: Any) -> dict[str, Any]:
    """The fields of a dataclass as JSON, by name."""
    return {field.name: encode(getattr(value, field.name)) for field in fields(value)}


def decode(cls: type[T], data: Any, where: str = "") -> T:
    """Build a dataclass from JSON data.

    Args:
        cls: A dataclass.
        data: A JSON object; keys that the class does not know are passed over.
        where: Prefix of field names in error messages.

    Raises:
        InvalidMemory: A value has the wrong type, or a needed one is missing.
    """
    if type(data) is not dict and not isinstance(data, Mapping):  # the second alone takes ten times as long
        raise InvalidMemory(f"{where.rstrip('.') or 'A memory'} must be a JSON object, not {data!r}.")
    decoders, needed = _plan(cls)  # type: ignore[arg-type]
    values = {name: decoder(data[name], where + name) for name, decoder in decoders if name in data}
    for name in needed:
        if name not in values:
            raise InvalidMemory(f"A memory needs {where}{name}.")
    return cls(**values)


@cache
def _plan(cls: Any) -> tuple[list[tuple[str, Decoder]], list[str]]:
    """How to read each field of a class, and which fields must be there."""
    hints = get_type_hints(cls)
    needed = [item.name for item in fields(cls) if item.default is item.default_factory is MISSING]
    return [(item.name, _decoder(hints[item.name])) for item in fields(cls)], needed


def _decoder(hint: Any) -> Decoder:
    if get_origin(hint) is UnionType:
        inner = _decoder(next(arg for arg in get_args(hint) if arg is not type(None)))
        return lambda value, where: None if value is None else inner(value, where)
    if get_origin(hint) is tuple:
        return _list_decoder(_decoder(get_args(hint)[0]))
    if hasattr(hint, "from_json"):
        return lambda value, where: hint.from_json(value)
    if is_dataclass(hint):
        part: Any = hint
        return lambda value, where: decode(part, {} if value is None else value, f"{where}.")
    if hint is datetime:
        return _moment
    if issubclass(hint, StrEnum):
        return _enum_decoder(hint)
    return _scalar_decoder(hint)


def _list_decoder(inner: Decoder) -> Decoder:
    def read(value: Any, where: str) -> tuple[Any, ...]:
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            raise InvalidMemory(f"{where} must be a list, not {value!r}.")
        return tuple(inner(item, where) for item in value)

    return read


def _enum_decoder(enum: type[StrEnum]) -> Decoder:
    def read(value: Any, where: str) -> StrEnum:
        try:
            return enum(value)
        except ValueError:
            raise InvalidMemory(f"{where} is {value!r}; use one of: {', '.join(enum)}.") from None

    return read


def _scalar_decoder(kind: type) -> Decoder:
    accepted = (int, float) if kind is float else (kind,)

    def read(value: Any, where: str) -> Any:
        if type(value) is kind:
            return value
        if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
            raise InvalidMemory(f"{where} must be {_NAMES.get(kind, kind.__name__)}, not {value!r}.")
        return kind(value)

    return read


def _moment(value: Any, where: str) -> datetime:
    try:
        return from_text(str(value))
    except ValueError:
        raise InvalidMemory(
            f"{where} is {value!r}: write a date like 2026-01-31, or a moment in ISO 8601."
        ) from None


_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
