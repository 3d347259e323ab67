"""Filters on memories, and the one place that translates them for the store.

The store speaks mem0's filter grammar: `{key: value}`, `{key: [any, of]}`, `{key: {operator: value}}`,
and `AND`, `OR`, `NOT` over lists of such objects. A value of None means that the key is absent.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memory.clock import to_text
from memory.errors import InvalidFilter
from memory.records import KIND_OF_LABEL, Kind, Status

Filter = dict[str, Any]
ANY_STATUS = tuple(Status)


@dataclass(frozen=True, slots=True)
class Where:
    """Which memories are meant. Fields combine with and; several values of one field with or.

    Attributes:
        status: Empty means what a reader expects: active and stale ones.
        path: A file, or a folder with a final slash (everything anchored below it).
        symbol: `path::Class.method`, or a bare name.
        min_confidence: Lower bound of the belief that a memory was written with.
        any_of: At least one of these holds as well.
        none_of: None of these holds.
    """

    ids: tuple[str, ...] = ()
    kind: tuple[Kind, ...] = ()
    label: tuple[str, ...] = ()
    status: tuple[Status, ...] = ()
    path: tuple[str, ...] = ()
    symbol: tuple[str, ...] = ()
    component: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    commit: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    min_confidence: float | None = None
    any_of: tuple["Where", ...] = ()
    none_of: tuple["Where", ...] = ()

    def __post_init__(self) -> None:
        for label in self.label:
            if label not in KIND_OF_LABEL:
                raise InvalidFilter(f"{label!r} is not a label. Use one of: {', '.join(KIND_OF_LABEL)}.")
        for level in self.level:
            if level not in ("user", "repo", "org"):
                raise InvalidFilter(f"{level!r} is not a scope. Use user, repo or org.")


BELIEVED = Where()
"""No condition at all: what a reader expects, the active and the stale ones."""


def to_filter(where: Where, default_status: tuple[Status, ...] = ()) -> Filter:
    """The filter for the store, in mem0's grammar.

    Args:
        where: What is asked for.
        default_status: Statuses to take when `where` names none; empty takes all.
    """
    parts = [*_exact(where), *_ranges(where)]
    if status := where.status or default_status:
        parts.append({"status": [item.value for item in status]})
    if where.path:
        parts.append({"OR": [_path(path) for path in where.path]})
    if where.symbol:
        parts.append({"OR": [{"symbols" if "::" in name else "names": name} for name in where.symbol]})
    if where.level:
        parts.append({"OR": [{"user_id": {"prefix": f"{level}/"}} for level in where.level]})
    if where.any_of:
        parts.append({"OR": [to_filter(item) for item in where.any_of]})
    if where.none_of:
        parts.append({"NOT": [to_filter(item) for item in where.none_of]})
    return {"AND": parts} if parts else {}


def both(first: Filter, second: Filter) -> Filter:
    """A filter that holds where both do."""
    return {"AND": [part for part in (first, second) if part]}


def _exact(where: Where) -> list[Filter]:
    values: dict[str, tuple[Any, ...]] = {
        "record_id": where.ids,
        "kind": tuple(kind.value for kind in where.kind),
        "label": where.label,
        "components": where.component,
        "languages": where.language,
        "branch": where.branch,
        "environment": where.environment,
        "origin": where.origin,
        "author": where.author,
        "commit": where.commit,
        "session": where.session,
    }
    return [{key: list(wanted)} for key, wanted in values.items() if wanted]


def _ranges(where: Where) -> list[Filter]:
    parts: list[Filter] = []
    if where.since:
        parts.append({"created_at": {"gte": to_text(where.since)}})
    if where.until:
        parts.append({"created_at": {"lt": to_text(where.until)}})
    if where.min_confidence is not None:
        parts.append({"confidence": {"gte": where.min_confidence}})
    return parts


def _path(path: str) -> Filter:
    return {"files": {"prefix": path}} if path.endswith("/") else {"files": path}
