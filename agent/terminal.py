"""The streams of a terminal as rich sees them."""

import sys

from rich.console import Console

# Emoji codes stay off: in code, ":a:" is a slice.
PIPE_WIDTH = 200  # where nobody's window sets one, tables need not be folded


def stdout_console() -> Console:
    """For results."""
    return Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def stderr_console() -> Console:
    """For progress."""
    return Console(stderr=True, highlight=False, emoji=False)


def is_interactive() -> bool:
    """Whether this is a chat with a person."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def can_ask() -> bool:
    """Whether a person can be asked on stderr, wherever stdout goes."""
    return sys.stdin.isatty() and sys.stderr.isatty()
