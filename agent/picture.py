"""The picture in the README: `oldhand run … --output stream-json | python -m agent.picture docs/run.svg`."""

import json
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from agent.render import TerminalView
from graph.events import read_event

WIDTH = 116


def main() -> None:
    """Draw the events on standard input as they look on a terminal."""
    console = Console(
        record=True,
        width=WIDTH,
        file=sys.stderr,
        highlight=False,
        force_terminal=True,
        force_interactive=False,
    )
    view = TerminalView(console, show_diff=False)
    for line in sys.stdin:
        event = read_event(json.loads(line))
        if event is not None:
            view(event)
    drawn = console.export_svg(title="oldhand run", theme=MONOKAI)
    # The font would be asked for from a server of somebody else's.
    Path(sys.argv[1]).write_text(re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
