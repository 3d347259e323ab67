"""Undoes what one turn wrote to memory, and nothing else. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeAlias

from memory.journal import Change
from memory.lifecycle import FOLLOWING
from memory.packet import Dropped
from memory.records import Record, Stats

_COUNTERS = tuple(item.name for item in fields(Stats) if item.type is int)


@dataclass(frozen=True, slots=True)
class Restoration:
    """What to do with one memory: put `record` back, or with None take the memory out."""

    record: Record | None


Plan: TypeAlias = Restoration | Dropped | None


def restoration(turn: str, history: Sequence[Change], current: Record | None) -> Plan:
    """How to take a turn's changes of one memory back.

    A change of content can be taken back unless something else changed the content later. Counts of
    uses add up, so they come off even under later ones.

    Args:
        turn: The turn to take back.
        history: All changes of the memory, oldest first.
        current: The memory as it is; None when it is not there any more.

    Returns:
        What to do; Dropped when it cannot be done; None when there is nothing to do.
    """
    ours = [change for change in history if change.turn == turn]
    edits = [change for change in ours if not change.uses]
    if current is None or not ours:
        return None
    if not edits:
        return Restoration(replace(current, stats=_without(current.stats, ours)))
    before = edits[0].before
    since = history[history.index(edits[0]) :]
    later = [change for change in since if change.turn != turn and not change.uses]
    if before is None:
        later = [change for change in later if not _only_follows(change)]
    if later:
        return Dropped(current, f"{later[-1].event} since, outside of this turn")
    if before is None:
        return Restoration(None)
    return Restoration(replace(before, stats=_without(current.stats, ours)))


def _only_follows(change: Change) -> bool:
    """Whether a change just kept a memory up with the code, so that nothing is lost with it."""
    return change.turn is None and change.event in FOLLOWING


def rewritten(change: Change) -> bool:
    """Whether taking the change back means to write a text again."""
    return change.before is not None and (change.after is None or change.after.text != change.before.text)


def _without(now: Stats, changes: Sequence[Change]) -> Stats:
    """Today's counts less what the changes added; the last use before them, if none came after."""
    pairs = [pair for change in changes if (pair := _stats(change))]
    counts = {
        name: getattr(now, name) - sum(getattr(new, name) - getattr(old, name) for old, new in pairs)
        for name in _COUNTERS
    }
    last_used = now.last_used
    for old, new in reversed(pairs):
        if last_used == new.last_used:
            last_used = old.last_used
    return Stats(**counts, last_used=last_used)


def _stats(change: Change) -> tuple[Stats, Stats] | None:
    if change.uses:
        return change.uses
    return (change.before.stats, change.after.stats) if change.before and change.after else None
