"""The two streams of a terminal as rich sees them."""

import sys

from rich.console import Console


def stdout_console() -> Console:
    """For results."""
    return Console(highlight=False)


def stderr_console() -> Console:
    """For progress."""
    return Console(stderr=True, highlight=False)


def is_interactive() -> bool:
    """Whether a person sits in front of it."""
    return sys.stdin.isatty() and sys.stdout.isatty()
