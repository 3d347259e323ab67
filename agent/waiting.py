"""A sign on the terminal that something goes on while there is nothing to draw."""

from rich.console import Console
from rich.status import Status

WORDS = {
    "recall": "remembering",
    "search": "looking through the code",
    "plan": "thinking",
    "edit": "thinking",
    "test": "running the tests",
    "remember": "writing down what was learned",
}


class Waiting:
    """Turns a little wheel; draws nothing where the output is no terminal.

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

    def end(self) -> None:
        """Take the sign away, for something is to be drawn."""
        if self._status is not None:
            self._status.stop()
            self._status = None
