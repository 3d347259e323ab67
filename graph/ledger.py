"""Which sessions and turns there have been: what `sessions`, `resume` and `undo` go by."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from secrets import token_hex

from graph.errors import NothingToRedo, NothingToResume, NothingToUndo
from memory.database import switch_to_wal

_SCHEMA = """
CREATE TABLE IF NOT EXISTS turns (
    turn TEXT PRIMARY KEY, session TEXT NOT NULL, kind TEXT NOT NULL, repository TEXT NOT NULL,
    root TEXT NOT NULL, user TEXT NOT NULL, task TEXT NOT NULL, started TEXT NOT NULL,
    pid INTEGER NOT NULL, before TEXT NOT NULL,
    finished TEXT, outcome TEXT, summary TEXT NOT NULL DEFAULT '', after TEXT, undone TEXT,
    flags TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS turns_by_root ON turns (root, started);
CREATE TABLE IF NOT EXISTS taken_back (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, root TEXT NOT NULL, turn TEXT NOT NULL UNIQUE
);
"""
RESUMABLE = ("interrupted", "model", "consent", "planned", "budget", "error")
_EARLIER_CHARS = 6_000


@dataclass(frozen=True)
class Turn:
    """One task or one message of a chat, and what became of it.

    Attributes:
        kind: "run" or "chat".
        before: The snapshot taken when it began.
        after: The snapshot taken when it ended, `before` where nothing had changed; None while it runs, or
            when it was killed.
        undone: When it was taken back.
        flags: How it was started, in the form of `graph.kept_flags`.
    """

    turn: str
    session: str
    kind: str
    repository: str
    root: str
    user: str
    task: str
    started: str
    pid: int
    before: str
    finished: str | None = None
    outcome: str | None = None
    summary: str = ""
    after: str | None = None
    undone: str | None = None
    flags: str = "{}"

    def can_resume(self) -> bool:
        """Whether it stopped before its end."""
        if self.undone:
            return False
        return self.outcome in RESUMABLE if self.finished else not self.goes_on()

    def goes_on(self) -> bool:
        """Whether a process is at work on it."""
        return not self.finished and _alive(self.pid)


class Ledger:
    """The turns of this person on this machine, in one SQLite file.

    Args:
        path: The file; made when missing.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._connect() as db:
            db.executescript(_SCHEMA)
            _add_flags(db)

    def open(self, turn: Turn) -> None:
        """Write a turn down before it begins."""
        names = [field.name for field in fields(Turn)]
        marks = ", ".join("?" for _ in names)
        with self._connect() as db:
            db.execute(
                f"INSERT INTO turns ({', '.join(names)}) VALUES ({marks})",
                [getattr(turn, name) for name in names],
            )

    def reopen(self, turn: str, flags: str) -> None:
        """A turn goes on in this process, with these flags."""
        with self._connect() as db:
            db.execute(
                "UPDATE turns SET pid = ?, flags = ?, finished = NULL, outcome = NULL, after = NULL "
                "WHERE turn = ?",
                (os.getpid(), flags, turn),
            )

    def close(self, turn: str, outcome: str, summary: str, after: str) -> None:
        """A turn has ended."""
        with self._connect() as db:
            db.execute(
                "UPDATE turns SET finished = ?, outcome = ?, summary = ?, after = ? WHERE turn = ?",
                (_now(), outcome, summary, after, turn),
            )

    def mark_undone(self, turn: Turn, after: str) -> None:
        """A turn was taken back.

        Args:
            turn: Which.
            after: The snapshot of its end, for redo: of a turn that was killed none is known yet.
        """
        with self._connect() as db:
            db.execute("UPDATE turns SET undone = ?, after = ? WHERE turn = ?", (_now(), after, turn.turn))
            db.execute("INSERT INTO taken_back (root, turn) VALUES (?, ?)", (turn.root, turn.turn))

    def mark_redone(self, turn: Turn) -> None:
        """A turn that was taken back was made again."""
        with self._connect() as db:
            db.execute("UPDATE turns SET undone = NULL WHERE turn = ?", (turn.turn,))
            db.execute("DELETE FROM taken_back WHERE turn = ?", (turn.turn,))

    def end_redo(self, root: Path) -> list[str]:
        """What was taken back in a repository stays so: something new begins. Return those turns."""
        with self._connect() as db:
            found = db.execute("DELETE FROM taken_back WHERE root = ? RETURNING turn", (str(root),))
            return [row["turn"] for row in found.fetchall()]

    def turns(self, root: Path, limit: int = 50) -> list[Turn]:
        """The turns in a repository, newest first."""
        with self._connect() as db:
            rows = db.execute(
                "SELECT * FROM turns WHERE root = ? ORDER BY started DESC, rowid DESC LIMIT ?",
                (str(root), limit),
            ).fetchall()
        return [Turn(**dict(row)) for row in rows]

    def elsewhere(self, root: Path) -> list[Turn]:
        """The turns in all other repositories."""
        with self._connect() as db:
            rows = db.execute("SELECT * FROM turns WHERE root <> ?", (str(root),)).fetchall()
        return [Turn(**dict(row)) for row in rows]

    def forget(self, turn: str) -> None:
        """A turn is so old that it can be neither undone nor gone on with."""
        with self._connect() as db:
            db.execute("DELETE FROM turns WHERE turn = ?", (turn,))
            db.execute("DELETE FROM taken_back WHERE turn = ?", (turn,))

    def of_session(self, session: str) -> list[Turn]:
        """The turns of a session, oldest first."""
        with self._connect() as db:
            rows = db.execute(
                "SELECT * FROM turns WHERE session = ? ORDER BY started, rowid", (session,)
            ).fetchall()
        return [Turn(**dict(row)) for row in rows]

    def to_resume(self, root: Path, name: str | None) -> Turn:
        """The turn that `resume` means: the named one (turn or session), or the newest that stopped early.

        Raises:
            NothingToResume: There is none.
        """
        known = [turn for turn in self.turns(root, limit=1000) if name in (None, turn.turn, turn.session)]
        for turn in known:
            if turn.can_resume():
                return turn
        if name is None:
            raise NothingToResume("No interrupted run is here. `oldhand sessions` lists the runs and chats.")
        why = "it has ended" if known else "there is no such run in this repository"
        raise NothingToResume(
            f"{name} cannot be resumed: {why}. `oldhand sessions` lists the runs and chats."
        )

    def to_undo(self, root: Path, name: str | None) -> Turn:
        """The turn that `undo` means: the named one, or the newest that changed something and was not undone.

        Raises:
            NothingToUndo: There is none.
        """
        for turn in self.turns(root, limit=1000):
            if name != turn.turn and (name or turn.undone or turn.after == turn.before):
                continue
            if turn.undone:
                raise NothingToUndo(f"{name} is undone already.")
            if turn.goes_on():
                raise NothingToUndo(f"{turn.turn} is still going on. Stop it, or wait for its end.")
            return turn
        what = "No run is left to undo here." if name is None else f"There is no run {name} here."
        raise NothingToUndo(f"{what} `oldhand sessions` lists the runs and chats.")

    def to_redo(self, root: Path, name: str | None) -> Turn:
        """The turn that `redo` means: the one taken back last, of all or of the named session, or the named.

        Raises:
            NothingToRedo: There is none, or a new one was begun since.
        """
        with self._connect() as db:
            row = db.execute(
                "SELECT turns.* FROM taken_back JOIN turns USING (turn) "
                "WHERE taken_back.root = ? AND (? IS NULL OR ? IN (turn, session)) ORDER BY seq DESC LIMIT 1",
                (str(root), name, name),
            ).fetchone()
        if row is None:
            where = "here" if name is None else f"of {name}"
            raise NothingToRedo(
                f"Nothing {where} can be redone: nothing was undone, or a new run has begun since."
            )
        return Turn(**dict(row))

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=30)
        db.row_factory = sqlite3.Row
        try:
            switch_to_wal(db)
            with db:
                yield db
        finally:
            db.close()


def _add_flags(db: sqlite3.Connection) -> None:
    """Give a ledger that was made before flags were kept the column for them."""
    if not any(column["name"] == "flags" for column in db.execute("PRAGMA table_info(turns)")):
        with suppress(sqlite3.OperationalError):  # another process was first
            db.execute("ALTER TABLE turns ADD COLUMN flags TEXT NOT NULL DEFAULT '{}'")


def new_session_id(now: datetime) -> str:
    """A short name for a session, sorted by day."""
    return f"{now:%m%d}-{token_hex(2)}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def said_before(turns: Sequence[Turn], now: Turn) -> str:
    """What was said in the turns of a session before this one; of too much, the newest."""
    before = takewhile(lambda turn: turn.turn != now.turn, turns)
    said = [
        f"Person: {turn.task}\noldhand ({turn.outcome}): {turn.summary}" for turn in before if not turn.undone
    ]
    return "\n\n".join(said)[-_EARLIER_CHARS:]
