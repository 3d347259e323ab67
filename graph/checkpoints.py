"""Opens the store in which LangGraph saves the state after each step."""

import sqlite3
from pathlib import Path

from langgraph.checkpoint.sqlite import SqliteSaver

from memory.database import switch_to_wal


def open_checkpoints(path: Path) -> SqliteSaver:
    """A checkpointer on one SQLite file that several processes may use at once.

    Args:
        path: The file, never inside a repository: a checkpoint is trusted.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=30, check_same_thread=False)
    switch_to_wal(db)
    db.execute("PRAGMA synchronous = NORMAL")
    return SqliteSaver(db)
