"""Work that goes on in a thread of its own, and can be waited for and stopped."""

import threading
from collections.abc import Callable
from typing import Final

Progress = Callable[[int, int], None]

_TICK_S: Final = 0.05


class _Stopped(Exception):
    """Nobody wants the rest any more."""


class ReadingBehind:
    """Reads what was left unread while somebody else is answered.

    Args:
        read: does the work and reports how far it is; what the report raises ends it.
    """

    def __init__(self, read: Callable[[Progress], object]) -> None:
        self._read = read
        self._thread: threading.Thread | None = None
        self._is_stopped = False
        self._so_far: tuple[int, int] | None = None

    def start(self) -> None:
        """Begin, unless it is at work already."""
        if not self.is_at_work():
            self._is_stopped, self._so_far = False, None
            self._thread = threading.Thread(target=self._run, name="oldhand-index", daemon=True)
            self._thread.start()

    def is_at_work(self) -> bool:
        """Whether it has begun and not ended."""
        return self._thread is not None and self._thread.is_alive()

    def wait(self, progress: Progress | None = None) -> None:
        """Wait until it has ended.

        Args:
            progress: called with how far it is; what it raises ends the waiting, not the work.
        """
        while (thread := self._thread) is not None and thread.is_alive():
            thread.join(_TICK_S)
            if progress and self._so_far:
                progress(*self._so_far)

    def stop(self) -> None:
        """End it after the piece that it is at; what it has done is kept."""
        self._is_stopped = True
        self.wait()

    def _run(self) -> None:
        try:
            self._read(self._report)
        except Exception:  # noqa: BLE001 - whoever refreshes next meets it again, where it can be told
            return

    def _report(self, done: int, total: int) -> None:
        self._so_far = (done, total)
        if self._is_stopped:
            raise _Stopped
