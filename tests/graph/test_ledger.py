import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph.checkpoints import open_checkpoints
from graph.errors import NothingToRedo, NothingToResume, NothingToUndo
from graph.ledger import RESUMABLE, Ledger, Turn, new_session_id

ROOT = Path("/somewhere")
TURN = Turn(
    "s.1", "s", "run", "repo", str(ROOT), "ada", "Do it", "2026-03-02T09:00:00.000", os.getpid(), "b1"
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "sessions" / "ledger.db")


@pytest.fixture
def gone() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_turns_are_told_newest_first_and_by_session_oldest_first(ledger: Ledger) -> None:
    for n in (1, 2, 3):
        ledger.open(replace(TURN, turn=f"s.{n}"))  # all in the same moment, as with a fixed clock
    ledger.open(replace(TURN, turn="t.1", session="t", root="/elsewhere"))
    assert [turn.turn for turn in ledger.turns(ROOT)] == ["s.3", "s.2", "s.1"]
    assert [turn.turn for turn in ledger.of_session("s")] == ["s.1", "s.2", "s.3"]
    assert ledger.turns(ROOT, limit=1)[0] == replace(TURN, turn="s.3")


@pytest.mark.parametrize(
    "outcome", ["passed", "failed", "answered", "refused", "no_plan", "model", "planned"]
)
def test_a_turn_that_stopped_early_can_be_resumed_and_no_other(ledger: Ledger, outcome: str) -> None:
    ledger.open(TURN)
    ledger.close("s.1", outcome, "so", "a1")
    if outcome in RESUMABLE:
        assert ledger.to_resume(ROOT, None).turn == "s.1"
        assert ledger.to_resume(ROOT, "s").turn == ledger.to_resume(ROOT, "s.1").turn == "s.1"
    else:
        with pytest.raises(NothingToResume, match="No interrupted run"):
            ledger.to_resume(ROOT, None)


def test_a_killed_turn_can_be_resumed_and_a_running_one_not(ledger: Ledger, gone: int) -> None:
    ledger.open(replace(TURN, pid=gone))
    assert ledger.to_resume(ROOT, None).turn == "s.1"
    ledger.reopen("s.1", "{}")
    with pytest.raises(NothingToResume):
        ledger.to_resume(ROOT, None)
    ledger.close("s.1", "model", "gone", "a1")
    assert ledger.to_resume(ROOT, None).outcome == "model"
    ledger.mark_undone(TURN, "a1")
    with pytest.raises(NothingToResume):
        ledger.to_resume(ROOT, None)


def test_undo_means_the_newest_turn_that_changed_something(ledger: Ledger, gone: int) -> None:
    for n, after in enumerate(["a1", "a2", "b1"], 1):
        ledger.open(replace(TURN, turn=f"s.{n}"))
        ledger.close(f"s.{n}", "passed", "so", after)
    assert ledger.to_undo(ROOT, None).turn == "s.2"
    assert ledger.to_undo(ROOT, "s.3").turn == "s.3"
    ledger.mark_undone(replace(TURN, turn="s.2"), "a2")
    assert ledger.to_undo(ROOT, None).turn == "s.1"
    ledger.open(replace(TURN, turn="k.1", session="k", pid=gone))  # killed: nobody knows
    assert ledger.to_undo(ROOT, None).turn == "k.1"
    ledger.reopen("k.1", "{}")
    with pytest.raises(NothingToUndo, match="still going on"):
        ledger.to_undo(ROOT, None)


def test_redo_means_the_turn_taken_back_last_until_something_new_begins(ledger: Ledger) -> None:
    for n in (1, 2, 3):
        ledger.open(replace(TURN, turn=f"s.{n}"))
        ledger.close(f"s.{n}", "passed", "so", f"a{n}")
    with pytest.raises(NothingToRedo, match="Nothing here"):
        ledger.to_redo(ROOT, None)
    for n in (3, 2, 1):
        ledger.mark_undone(replace(TURN, turn=f"s.{n}"), f"a{n}")
    assert ledger.to_redo(ROOT, None).turn == "s.1"
    assert ledger.to_redo(ROOT, "s.3").turn == "s.3"
    ledger.mark_redone(replace(TURN, turn="s.1"))
    assert ledger.to_redo(ROOT, "s").turn == "s.2"
    assert [turn.undone is None for turn in ledger.turns(ROOT)] == [False, False, True]
    with pytest.raises(NothingToRedo, match=r"Nothing of t\.1"):
        ledger.to_redo(ROOT, "t.1")
    assert ledger.end_redo(Path("/elsewhere")) == []
    assert set(ledger.end_redo(ROOT)) == {"s.2", "s.3"}
    with pytest.raises(NothingToRedo):
        ledger.to_redo(ROOT, None)


def test_a_turn_that_goes_on_forgets_how_it_had_ended(ledger: Ledger) -> None:
    ledger.open(TURN)
    ledger.close("s.1", "model", "gone", "b1")
    ledger.reopen("s.1", "{}")
    assert ledger.turns(ROOT)[0] == replace(TURN, summary="gone")


@contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    """Another process has made the file, not yet in the mode that readers and writers share, and is at it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE made (n)")
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    timer.start()
    yield
    timer.join()
    other.close()


def test_a_ledger_that_another_process_is_making_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with held_by_another(path):
        Ledger(path).open(TURN)
    assert Ledger(path).turns(ROOT) == [TURN]


def test_checkpoints_that_another_process_is_making_are_waited_for(tmp_path: Path) -> None:
    with held_by_another(tmp_path / "checkpoints.db"):
        checkpoints = open_checkpoints(tmp_path / "checkpoints.db")
    assert list(checkpoints.list(None)) == []


def test_several_processes_may_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"

    def work(name: str) -> None:
        for n in range(15):
            Ledger(path).open(replace(TURN, turn=f"{name}.{n}"))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Ledger(path).turns(ROOT, limit=100)) == 60


def test_names_of_sessions_begin_with_the_day() -> None:
    name = new_session_id(datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert name.startswith("0302-")
    assert len(name) == 9


def test_a_ledger_from_before_flags_were_kept_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(path).open(TURN)
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE turns DROP COLUMN flags")
    ledger = Ledger(path)
    assert ledger.turns(ROOT) == [TURN]
    ledger.reopen("s.1", '{"learn": "auto"}')
    assert ledger.turns(ROOT)[0].flags == '{"learn": "auto"}'
