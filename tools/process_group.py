"""A program and everything it starts, as one group that is ended together."""

import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import IO

from tools.errors import ProgramNotFound

CHUNK = 65_536  # bytes read at once
POLL_S = 0.05  # how soon we notice that a program is gone while something it started holds its pipes
_GRACE_S = 1.0  # between asking a group to end and ending it


class CappedOutput:
    """Keeps the head and the tail of what is fed in, within a limit of bytes."""

    def __init__(self, limit: int | None) -> None:
        self._room = None if limit is None else limit // 2
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._dropped = 0

    @property
    def truncated(self) -> bool:
        """Whether the middle was left out."""
        return self._room is not None and (self._dropped > 0 or self._tail_size > self._room)

    def feed(self, data: bytes) -> None:
        """Add what was read."""
        if self._room is None:
            self._head += data
            return
        free = self._room - len(self._head)
        self._head += data[:free]
        if rest := data[free:]:
            self._tail.append(rest)
            self._tail_size += len(rest)
        while self._tail and self._tail_size - len(self._tail[0]) >= self._room:
            gone = len(self._tail.popleft())
            self._tail_size -= gone
            self._dropped += gone

    def value(self) -> bytes:
        """Return what was kept, with a note where something is missing."""
        tail = b"".join(self._tail)
        if not self.truncated:
            return bytes(self._head) + tail
        assert self._room is not None
        kept = tail[-self._room :] if self._room else b""
        left_out = self._dropped + len(tail) - len(kept)
        return bytes(self._head) + b"\n[... %d bytes left out ...]\n" % left_out + kept


def start(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None, stdin: IO[bytes] | int | None
) -> subprocess.Popen[bytes]:
    """Start a program as the first of its own group; `stdin` as subprocess wants it, None: nothing to read.

    Raises:
        ProgramNotFound: it is not installed or cannot be started.
    """
    try:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        if not cwd.is_dir():
            raise ProgramNotFound(f"{argv[0]} cannot run in {cwd}: there is no such folder.") from error
        raise ProgramNotFound(
            f"{argv[0]} cannot be started: {error.strerror}. Install it or name another program."
        ) from error
    except OSError as error:  # a script without an interpreter line, an argument list that is too long
        raise ProgramNotFound(f"{argv[0]} cannot be started: {error.strerror}.") from error


@contextmanager
def running(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None, stdin: bytes | None
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program with its input; nothing of its group is left when the block ends."""
    # A file instead of a pipe: a program that reads its input late, or never, cannot block us.
    with tempfile.TemporaryFile() as fed:
        if stdin is not None:
            fed.write(stdin)
            fed.seek(0)
        process = start(argv, cwd, env, None if stdin is None else fed)
    try:
        yield process
    finally:
        finish(process)


def pump(
    process: subprocess.Popen[bytes],
    outputs: Mapping[IO[bytes], CappedOutput],
    deadline: float,
    cancel: Event | None = None,
) -> bool:
    """Read all outputs until the program is gone; False when time was over, or `cancel` set, before that."""
    with selectors.DefaultSelector() as selector:
        for pipe in outputs:
            selector.register(pipe, selectors.EVENT_READ, outputs[pipe])
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0 or (cancel is not None and cancel.is_set()):
                return False
            ready = selector.select(min(left, POLL_S))
            # Once it is gone, look again: it may have spoken between the two looks.
            if not ready and process.poll() is not None and not (ready := selector.select(0)):
                return True  # something it left behind still holds the pipes
            for key, _ in ready:
                data = os.read(key.fd, CHUNK)
                if data:
                    key.data.feed(data)
                else:
                    selector.unregister(key.fileobj)
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the process group to end, then end it."""
    _signal_group(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_S)
    _signal_group(process, signal.SIGKILL)


def finish(process: subprocess.Popen[bytes]) -> None:
    """End whatever is left of the group, reap the program and close the pipes."""
    if process.poll() is None:
        end_group(process)
    else:
        _signal_group(process, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # The group carries the number of its first member; it is gone once its last member is.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
