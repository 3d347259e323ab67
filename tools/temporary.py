"""Temporary folders: gone with the process that made them, or with the next one where that was killed.

Each is locked as long as its process lives. The lock ends with the process however that ends, and no command
that works in the folder can take it away; so a folder without one has been left behind.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from stat import S_ISDIR
from threading import Thread

PREFIX = "oldhand-tmp-"
_LEFT_FOR_S = 600.0  # younger ones may be just being made
_held: dict[Path, tuple[int, int]] = {}  # by folder: the descriptor with its lock, and the process


def make_folder() -> Path:
    """A new folder that lasts as long as this process; what killed processes left is removed beside it."""
    _begin()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    lock = os.open(folder, os.O_RDONLY)
    with suppress(OSError):  # a file system without locks: then nothing is ever swept there
        fcntl.flock(lock, fcntl.LOCK_EX)
    _held[folder] = lock, os.getpid()
    return folder


@cache
def _begin() -> None:
    atexit.register(remove_all)
    Thread(target=sweep, name="sweep", daemon=True).start()  # it may be much, and nobody waits for it


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that lasts as long as the block."""
    folder = make_folder()
    try:
        yield folder
    finally:
        _remove(folder)


def remove_all() -> None:
    """Remove what this process has made and not removed yet."""
    for folder in list(_held):
        _remove(folder)


def sweep(left_for_s: float = _LEFT_FOR_S) -> None:
    """Remove the folders of this person whose processes are gone.

    Args:
        left_for_s: How long nothing has been put into one, at the least.
    """
    oldest = time.time() - left_for_s
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # locked, or another process has just removed it
            found = folder.lstat()
            if not S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mtime > oldest:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _remove(folder: Path) -> None:
    lock, owner = _held.pop(folder, (None, 0))
    if lock is None or owner != os.getpid():
        return  # a child that was forked has a copy of the table, not the folders
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
