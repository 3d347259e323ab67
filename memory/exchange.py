"""Memories as JSON lines: what export writes, import reads."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from memory.errors import InvalidMemory
from memory.filters import ANY_STATUS, Where
from memory.memory import Memory
from memory.records import Draft, Origin, Record
from memory.scopes import Viewpoint
from memory.writing import Written


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        written: One entry for each line that was read, in their order.
        rejected: Line numbers (from 1) of those that could not be read, with the reason.
    """

    written: list[Written] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)


def export_lines(memory: Memory, where: Where | None = None) -> Iterator[str]:
    """Every memory that passes the filter, one JSON object a line, oldest first.

    Args:
        memory: Where to read.
        where: Default: everything visible, whatever its status.
    """
    yield from lines_of(memory.list(where or Where(status=ANY_STATUS)))


def lines_of(records: Sequence[Record]) -> Iterator[str]:
    """Memories, given newest first, as JSON lines, oldest first."""
    for record in reversed(records):
        yield json.dumps(record.to_json(), ensure_ascii=False)


def import_lines(
    memory: Memory, lines: Iterable[str], view: Viewpoint, *, turn: str | None = None
) -> Imported:
    """Take in records, one JSON object a line; all fields but `text` may be missing.

    Where no commit is given, a record is anchored at HEAD. A record of another repository becomes one
    of this repository; one that is private to another person is rejected.

    Args:
        memory: Where to write.
        lines: JSON lines; empty ones are passed over.
        view: Who imports.
        turn: The turn that does it, for undo.
    """
    result = Imported()
    new_ids: dict[str, str] = {}
    exported: dict[str, Draft] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            old_id, draft = _read(line, view, new_ids)
            written = memory.add(draft, turn=turn)
        except InvalidMemory as error:
            result.rejected.append((number, str(error)))
            continue
        result.written.append(written)
        if old_id and written.record:
            new_ids[old_id] = written.record.id
        if draft.whole and written.record and written.event == "added":
            exported[written.record.id] = draft
    for memory_id, draft in exported.items():
        if links := _links(draft, new_ids):
            memory.edit(memory_id, links, reason="imported under other ids", turn=turn)
    return result


def _links(draft: Draft, new_ids: Mapping[str, str]) -> dict[str, Any]:
    """The links to memories that came later in the file, and got another id here."""
    links: dict[str, Any] = {}
    for name in ("depends_on", "supersedes"):
        old = getattr(draft, name)
        if (new := tuple(new_ids.get(memory_id, memory_id) for memory_id in old)) != old:
            links[name] = list(new)
    successor = draft.superseded_by
    if successor and new_ids.get(successor, successor) != successor:
        links["superseded_by"] = new_ids[successor]
    return links


def _read(line: str, view: Viewpoint, new_ids: dict[str, str]) -> tuple[str | None, Draft]:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidMemory(f"This is not JSON: {error.msg}.") from None
    draft = Draft.from_json(data)
    scope = draft.scope
    if scope.group_id and scope.group_id not in (view.group_id, *view.related):
        scope = replace(scope, group_id=view.group_id)
    origin = (data.get("provenance") or {}).get("origin") or Origin.IMPORTED
    whole = "updated_at" in data  # export wrote it
    successor = draft.superseded_by
    read = replace(
        draft,
        scope=scope,
        whole=whole,
        provenance=replace(draft.provenance, origin=origin),
        depends_on=tuple(new_ids.get(memory_id, memory_id) for memory_id in draft.depends_on),
        supersedes=tuple(
            new_ids.get(memory_id, memory_id)
            for memory_id in draft.supersedes
            if whole or memory_id in new_ids
        ),
        superseded_by=new_ids.get(successor, successor) if successor else None,
    )
    return data.get("id"), read
