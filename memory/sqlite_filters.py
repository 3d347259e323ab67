"""mem0's filter grammar as SQL over the table `points` (alias p)."""

import json
from collections.abc import Callable
from typing import Any

from memory.errors import InvalidFilter

COLUMNS = (
    "user_id", "record_id", "kind", "label", "status", "group_id", "branch", "environment", "origin",
    "author", "session", "commit", "created_at", "updated_at", "expires_at", "confidence", "fingerprint",
)  # fmt: skip
"""Metadata keys kept in columns of their own: one value each."""

LISTS = ("files", "symbols", "names", "components", "languages", "depends_on", "marks")
"""Metadata keys kept in the table `point_values`: any number of values each, all text."""

SELECTIVE = frozenset((*LISTS, "record_id", "fingerprint"))
"""Keys whose index leads to a handful of rows."""

MOST_VARIABLES = 100
"""Longer lists go to SQLite as one JSON value: it takes only so many variables in a statement."""

Sql = tuple[str, list[Any]]
_LAST = chr(0x10FFFF)


def where_clause(filters: dict[str, Any] | None) -> Sql:
    """A condition and its values.

    A key's condition holds when any of the key's values meets it; `ne` and `nin` hold when none
    is equal, so also where the key is missing.

    Args:
        filters: Keys with a value, a list of values, None (the key is missing), "*" (it is there) or
            an object of operators; and AND, OR, NOT (also written $and, $or, $not).

    Raises:
        InvalidFilter: An operator is not known.
    """
    parts = [_condition(key, wanted) for key, wanted in (filters or {}).items()]
    sql, values = _joined(" AND ", parts, "1")
    if is_selective(filters):
        # Keeps SQLite from walking through everything of an owner: another key finds a few rows.
        sql = sql.replace('(p."user_id"', '(+p."user_id"')
    return sql, values


def is_selective(filters: dict[str, Any] | None) -> bool:
    """Whether some key of the filter has an index that leads to a few rows."""
    nested = (item for value in (filters or {}).values() if isinstance(value, list) for item in value)
    return not SELECTIVE.isdisjoint(filters or {}) or any(
        is_selective(item) for item in nested if isinstance(item, dict)
    )


def _condition(key: str, wanted: Any) -> Sql:
    logic = key.lstrip("$").upper()
    if logic in ("AND", "OR", "NOT") and isinstance(wanted, list | dict):
        branches = [where_clause(item) for item in ([wanted] if isinstance(wanted, dict) else wanted)]
        if logic == "AND":
            return _joined(" AND ", branches, "1")
        any_of, values = _joined(" OR ", branches, "0")
        return (any_of, values) if logic == "OR" else (f"NOT coalesce({any_of}, 0)", values)
    if wanted is None:
        present, values = _some(key, "IS NOT NULL", [])
        return f"NOT {present}", values
    if wanted == "*":
        return _some(key, "IS NOT NULL", [])
    if isinstance(wanted, list | tuple):
        return _operator(key, "in", wanted)
    if isinstance(wanted, dict):
        return _joined(" AND ", [_operator(key, name, value) for name, value in wanted.items()], "1")
    return _operator(key, "eq", wanted)


def _joined(word: str, parts: list[Sql], empty: str) -> Sql:
    if not parts:
        return empty, []
    return "(" + word.join(sql for sql, _ in parts) + ")", [value for _, values in parts for value in values]


def _operator(key: str, name: str, wanted: Any) -> Sql:
    if name in ("ne", "nin"):
        some, values = _operator(key, {"ne": "eq", "nin": "in"}[name], wanted)
        return f"NOT coalesce({some}, 0)", values
    if name not in _TESTS:
        raise InvalidFilter(f"{name!r} is not a filter operator. Use one of: {', '.join(OPERATORS)}.")
    test, values = _TESTS[name](wanted)
    return _some(key, test, values)


def _some(key: str, test: str, values: list[Any]) -> Sql:
    """SQL that holds when some value of the key meets the test, which starts right of the value."""
    if key in COLUMNS:
        return f'(p."{key}" {test})', values
    if key in LISTS:
        listed = "SELECT v.row FROM point_values v WHERE v.key = ? AND v.value"
        return f"(p.row IN ({listed} {test}))", [key, *values]
    path = "$" + "".join(f'."{part}"' for part in key.replace('"', "").split("."))
    each = "SELECT 1 FROM json_each(p.payload, ?) e WHERE e.value"
    return f"EXISTS ({each} {test})", [path, *values]


def _in(wanted: Any) -> Sql:
    values = [wanted] if isinstance(wanted, str | int | float) else list(wanted)
    if len(values) > MOST_VARIABLES:
        return "IN (SELECT value FROM json_each(?))", [json.dumps(values)]
    return f"IN ({', '.join('?' * len(values))})", values


def _prefix(wanted: Any) -> Sql:
    return "BETWEEN ? AND ?", [wanted, f"{wanted}{_LAST}"]


_TESTS: dict[str, Callable[[Any], Sql]] = {
    "eq": lambda wanted: ("= ?", [wanted]),
    "gt": lambda wanted: ("> ?", [wanted]),
    "gte": lambda wanted: (">= ?", [wanted]),
    "lt": lambda wanted: ("< ?", [wanted]),
    "lte": lambda wanted: ("<= ?", [wanted]),
    "in": _in,
    "prefix": _prefix,
    "contains": lambda wanted: ("GLOB ?", [f"*{_glob_literal(str(wanted))}*"]),
    "icontains": lambda wanted: ("LIKE ? ESCAPE '!'", [f"%{_like_literal(str(wanted))}%"]),
}
OPERATORS = (*_TESTS, "ne", "nin")


def _glob_literal(text: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)


def _like_literal(text: str) -> str:
    return "".join(f"!{char}" if char in "!%_" else char for char in text)
