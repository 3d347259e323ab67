"""Undoes and redoes turns: files, what shell commands did to them, and memories."""

from dataclasses import dataclass

from graph.ledger import Ledger, Turn
from memory.memory import Memory
from tools.restoring import Reverted
from tools.snapshots import Snapshots


@dataclass(frozen=True)
class TakenBack:
    """What undoing a turn changed.

    Attributes:
        memories: Those that the turn wrote, gone again.
        restored_memories: Those that it changed or counted, as they were before.
        kept_memories: Those that something else has changed since.
    """

    turn: Turn
    files: Reverted
    memories: list[str]
    restored_memories: list[str]
    kept_memories: list[str]


@dataclass(frozen=True)
class MadeAgain:
    """What redoing a turn changed.

    Attributes:
        memories: Those that the turn wrote, there again.
        changed_memories: Those that it changed or counted, so again.
        kept_memories: Those that something else has changed since.
    """

    turn: Turn
    files: Reverted
    memories: list[str]
    changed_memories: list[str]
    kept_memories: list[str]


def undo(turn: Turn, ledger: Ledger, snapshots: Snapshots, memory: Memory | None) -> TakenBack:
    """Restore the files from before the turn, and undo what it wrote to memory.

    What the person has edited since is left as it is and named in `files.conflicts`.
    """
    after = end_of(turn, snapshots)
    reverted = snapshots.revert(turn.before, after)
    undone = memory.undo(turn.turn) if memory else None
    ledger.mark_undone(turn, after)
    return TakenBack(
        turn,
        reverted,
        undone.removed if undone else [],
        [record.id for record in undone.restored] if undone else [],
        [held.record.id for held in undone.conflicts] if undone else [],
    )


def redo(turn: Turn, ledger: Ledger, snapshots: Snapshots, memory: Memory | None) -> MadeAgain:
    """Reapply what `undo` reverted: files and memories; what was edited in between stays."""
    brought = snapshots.revert(end_of(turn, snapshots), turn.before)
    redone = memory.redo(turn.turn) if memory else None
    ledger.mark_redone(turn)
    return MadeAgain(
        turn,
        brought,
        [record.id for record in redone.added] if redone else [],
        [record.id for record in redone.changed] if redone else [],
        [held.record.id for held in redone.conflicts] if redone else [],
    )


def end_of(turn: Turn, snapshots: Snapshots) -> str:
    """The snapshot of what a turn left behind.

    A turn that was killed has noted none. If its last call had ended, what was there then counts: later
    changes are the person's. Of a call that was cut short everything may be the turn's, so it is as now.
    """
    if turn.after:
        return turn.after
    return snapshots.names().get(f"{turn.turn}/now") or snapshots.take(f"{turn.turn}/after")
