"""Redoes the undone changes of one memory, around what was changed since. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from memory.journal import Change
from memory.packet import Dropped
from memory.records import Record, Stats

# Counts add up, and the moment of a change is no content: neither can stand against another change.
_FIELDS = tuple(item.name for item in fields(Record) if item.name not in ("stats", "updated_at"))
_COUNTERS = tuple(item.name for item in fields(Stats) if item.type is int)


@dataclass(frozen=True, slots=True)
class Again:
    """What to do with one memory: put `record`, or with None take it out, and log the changes."""

    record: Record | None
    changes: tuple[Change, ...]


def replayed(taken: Sequence[Change], current: Record | None) -> Again | Dropped:
    """How to redo changes of one memory that were undone.

    Args:
        taken: The changes, oldest first.
        current: The memory as it is; None when it is not there.

    Returns:
        What to do; Dropped where something else has changed the same fields since.
    """
    record = current
    made: list[Change] = []
    for change in taken:
        if objection := _objection(change, record):
            shown = record or current or change.after or change.before
            assert shown is not None  # a change has a side, or its memory is there
            return Dropped(shown, objection)
        following = _after(change, record)
        made.append(_as_made(change, record, following))
        record = following
    return Again(record, tuple(made))


def _objection(change: Change, record: Record | None) -> str | None:
    """Why a change cannot be made on a memory as it is."""
    if change.uses is None and change.before is None:
        return "written anew since" if record else None
    if record is None:
        return "gone since"
    if change.before is None or all(
        getattr(record, n) == getattr(change.before, n) for n in _touched(change)
    ):
        return None
    return "changed since, outside of this turn"


def _touched(change: Change) -> list[str]:
    """The fields that a change sets; all of them where it takes the memory out."""
    before, after = change.before, change.after
    return [name for name in _FIELDS if after is None or getattr(before, name) != getattr(after, name)]


def _after(change: Change, record: Record | None) -> Record | None:
    if record is None or (change.after is None and change.uses is None):
        return change.after
    if change.uses:
        return replace(record, stats=_counted(record.stats, *change.uses))
    assert change.before is not None
    assert change.after is not None
    values: dict[str, Any] = {name: getattr(change.after, name) for name in _touched(change)}
    stats = _counted(record.stats, change.before.stats, change.after.stats)
    return replace(record, **values, stats=stats, updated_at=change.after.updated_at)


def _counted(now: Stats, old: Stats, new: Stats) -> Stats:
    counts = {name: getattr(now, name) + getattr(new, name) - getattr(old, name) for name in _COUNTERS}
    uses = [moment for moment in (now.last_used, new.last_used) if moment]
    return Stats(**counts, last_used=max(uses, default=None))


def _as_made(change: Change, before: Record | None, after: Record | None) -> Change:
    if change.uses:
        assert before is not None
        assert after is not None
        return replace(change, uses=(before.stats, after.stats))
    return replace(change, before=before, after=after)
