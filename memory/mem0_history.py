"""The log that mem0 keeps of every write, in a SQLite file of its own."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from memory.database import BUSY_TIMEOUT_MS, switch_to_wal
from memory.errors import MemoryStoreError


def history_in_wal(path: Path) -> Path:
    """Create mem0's log in WAL mode: as mem0 makes it, several processes lock one another out."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
            switch_to_wal(connection)
    except sqlite3.Error as error:
        raise MemoryStoreError(f"mem0's log {path} cannot be used ({error}). Move it away.") from error
    return path


def erase_history(path: Path, points: Sequence[str], texts: set[str]) -> None:
    """Delete what mem0's log says of points or texts (it keeps deleted texts), bytes included."""
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        for point in points:
            connection.execute("DELETE FROM history WHERE memory_id = ?", (point,))
        for text in texts:
            connection.execute("DELETE FROM history WHERE old_memory = ? OR new_memory = ?", (text, text))
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
