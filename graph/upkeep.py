"""Deletes what is too old to be undone or resumed: snapshots, transcripts, checkpoints."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from langgraph.checkpoint.base import BaseCheckpointSaver

from graph.ledger import Ledger, Turn
from tools.snapshots import Snapshots

KEPT_TURNS = 50  # how far back undo and resume reach in a repository
KEPT_DAYS = 30


def expire_old_turns(
    root: Path,
    now: datetime,
    ledger: Ledger,
    checkpoints: BaseCheckpointSaver[str],
    transcripts: Path,
    snapshots: Snapshots,
) -> None:
    """Delete everything about old turns here, and about turns in repositories that no longer exist.

    The ledger forgets a turn last, so that an interrupted deletion is finished the next time.

    Args:
        root: The repository.
        now: The present moment.
        ledger: Knows the turns.
        checkpoints: The states of the loop.
        transcripts: The folder of conversations.
        snapshots: Of the repository; git frees the space in its own time.
    """
    orphans = [turn for turn in ledger.elsewhere(root) if not Path(turn.root).exists()]
    gone = [*old_turns(ledger.turns(root, limit=10_000), now), *orphans]
    if not gone:
        return
    for name in snapshots.names():
        if name.rpartition("/")[0] in {turn.turn for turn in gone}:
            snapshots.drop(name)
    for turn in gone:
        checkpoints.delete_thread(turn.turn)
        for kind in ("", ".lessons"):
            (transcripts / f"{turn.turn}{kind}.jsonl").unlink(missing_ok=True)
        ledger.forget(turn.turn)


def old_turns(turns: Sequence[Turn], now: datetime) -> list[Turn]:
    """Those of a repository's turns, newest first, that expire; a running one never does."""
    oldest = (now - timedelta(days=KEPT_DAYS)).isoformat(timespec="milliseconds")
    return [
        turn
        for number, turn in enumerate(turns)
        if (number >= KEPT_TURNS or turn.started < oldest) and not turn.goes_on()
    ]
