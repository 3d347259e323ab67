"""Temporary folders: none outlives its process for long, and none is taken from a process that lives."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tools import temporary
from tools.temporary import PREFIX, make_folder, remove_all, sweep, temporary_folder

CHECKOUT = Path(__file__).parent.parent.parent
SCRIPT = """
import sys, time
from tools.temporary import make_folder
print(make_folder(), flush=True)
if sys.argv[1] == "waits":
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, of these tests alone."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(temporary, "_held", {})
    return tmp_path


def process(what: str) -> tuple["subprocess.Popen[str]", Path]:
    """Another process, and the folder that it has made."""
    argv = [sys.executable, "-c", SCRIPT, what]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    started = subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    with started.stdout as said:
        return started, Path(said.readline().strip())


def test_a_folder_ends_with_its_process_or_its_block(place: Path) -> None:
    ended, folder = process("ends")
    assert ended.wait(30) == 0
    assert not folder.exists()
    with temporary_folder() as passing:
        (passing / "file").write_text("x")
    lasting = make_folder()
    assert not passing.exists()
    assert lasting.is_dir()
    remove_all()
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_another_once_it_is_old(place: Path) -> None:
    killed, folder = process("waits")
    (folder / "home").mkdir()
    sweep(left_for_s=0)
    assert folder.is_dir()  # its process lives
    killed.kill()
    killed.wait()
    sweep()
    assert folder.is_dir()  # it may be just being made
    os.utime(folder, (0, 0))
    ended, _ = process("waits")  # whoever makes one next looks for such folders, beside its work
    try:
        deadline = time.monotonic() + 10
        while folder.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        ended.kill()
        ended.wait()


def test_nothing_else_is_swept(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    theirs = place / "oldhand-notes"
    theirs.mkdir()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (place / f"{PREFIX}link").symlink_to(elsewhere)
    (place / f"{PREFIX}file").write_text("x")
    sweep(left_for_s=0)
    assert len(list(place.iterdir())) == 3
    assert elsewhere.is_dir()


def test_a_forked_child_takes_nothing_away() -> None:
    folder = make_folder()
    child = os.fork()
    if child == 0:
        remove_all()
        os._exit(0)
    os.waitpid(child, 0)
    assert folder.is_dir()
    remove_all()
