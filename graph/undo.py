"""Taking a turn back: files, what shell commands did to them, and memories."""

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


def undo(turn: Turn, ledger: Ledger, snapshots: Snapshots, memory: Memory | None) -> TakenBack:
    """Put the files back as they were before the turn, and take back what it made memory believe.

    What the person has edited since is left as it is and named in `files.conflicts`.
    """
    after = turn.after or snapshots.take(f"{turn.turn}/after")
    reverted = snapshots.revert(turn.before, after)
    undone = memory.undo(turn.turn) if memory else None
    ledger.mark_undone(turn.turn)
    return TakenBack(
        turn,
        reverted,
        undone.removed if undone else [],
        [record.id for record in undone.restored] if undone else [],
        [held.record.id for held in undone.conflicts] if undone else [],
    )
