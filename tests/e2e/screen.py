"""A terminal with a person in front of it: pexpect types, pyte draws what they would see."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte

ROWS, COLUMNS = 45, 100
PATIENCE_S = 40.0


class Screen:
    """Runs a program on a terminal of its own; everything that scrolled away is kept.

    Args:
        argv: The program.
        folder: Where it is started.
        environment: What it finds.
    """

    def __init__(self, argv: list[str], folder: Path, environment: dict[str, str]) -> None:
        terminal = {**environment, "TERM": "xterm-256color", "LINES": str(ROWS), "COLUMNS": str(COLUMNS)}
        self._program = pexpect.spawn(
            argv[0],
            argv[1:],
            cwd=str(folder),
            env=terminal,  # type: ignore[arg-type]
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
            echo=False,
        )
        self._screen = pyte.HistoryScreen(COLUMNS, ROWS, history=5000)
        self._screen.write_process_input = self.type  # a terminal answers where its cursor stands
        self._stream = pyte.Stream(self._screen)
        self.seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.close(force=True)

    def text(self) -> str:
        """All lines, those that scrolled away first."""
        above = ["".join(line[x].data for x in range(COLUMNS)) for line in self._screen.history.top]
        return "\n".join(line.rstrip() for line in [*above, *self._screen.display]).rstrip()

    def wait_for(self, text: str) -> str:
        """Read until a text is there that was not there at the last call; returns what came with it."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.text()[self.seen :]:
            if time.monotonic() > deadline:
                raise AssertionError(f"{text!r} never came:\n{self.text()[self.seen :]}")
            self._read()
        came = self.text()[self.seen :]
        self.seen += came.index(text) + len(text)
        return came

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Read until something holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, self.text()[self.seen :]
            self._read()

    def type(self, keys: str) -> None:
        """Press keys; the Enter key is \\r."""
        self._program.send(keys)

    def enter(self, line: str, until: str = "\n›") -> str:
        """Type a line and wait for a text, else for the next prompt; returns what came with it."""
        self.type(f"{line}\r")
        return self.wait_for(until)

    def end(self) -> int:
        """Wait for the end of the program; returns its exit code."""
        while self._program.isalive():
            self._read()
        self._program.close()
        return int(self._program.exitstatus if self._program.exitstatus is not None else -1)

    def _read(self) -> None:
        try:
            self._stream.feed(self._program.read_nonblocking(65536, timeout=0.2))
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            if not self._program.isalive():
                return
            os.sched_yield()
