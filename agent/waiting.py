"""A spinner for the times when there is nothing to draw."""

import time

from rich.console import Console
from rich.status import Status

WORDS = {
    "recall": "remembering",
    "search": "looking through the code",
    "plan": "thinking",
    "edit": "at work",  # the model thinks, or the tests are waited for as they were before
    "test": "running the tests",
    "remember": "writing down what was learned",
}


_SHOWN_AFTER_S = 1.0  # what is done by then needs no bar
_CELLS = 24


class Waiting:
    """Draws a spinner, if the output is a terminal.

    Args:
        console: Where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None

    def begin(self, step: str) -> None:
        """Say what one of the six steps is at."""
        if self._console.is_interactive and not self._console.is_dumb_terminal:
            self._status = self._console.status(f"[dim]{WORDS.get(step, step)} …[/]")
            self._status.start()

    def reading(self, done: int, total: int) -> None:
        """Say how much of the code has been read for the index."""
        text = f"[dim]reading the code {bar(done, total)} {done:,} of {total:,} files[/]"
        if self._status is None:
            self.begin("search")
        if self._status is not None:
            self._status.update(text)

    def end(self) -> None:
        """Remove the spinner before something is drawn."""
        if self._status is not None:
            self._status.stop()
            self._status = None


class Reading:
    """What `SymbolIndex.refresh` reports its progress to: shown from a second on.

    Args:
        waiting: Shows it.
    """

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._began = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Show how far it is."""
        if time.monotonic() - self._began > _SHOWN_AFTER_S:
            self._waiting.reading(done, total)


def bar(done: int, total: int) -> str:
    """A bar that is as full as the work is done."""
    full = _CELLS * done // max(1, total)
    return "━" * full + "╌" * (_CELLS - full)
