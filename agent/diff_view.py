"""A diff on the terminal: code first, then tests, then documents, each file cut where it gets long."""

from rich.console import Group
from rich.syntax import Syntax
from rich.text import Text

from graph.diffs import by_file

FILE_LINES = 60
DIFF_LINES = 240


def diff_view(diff: str) -> Group:
    """The files of a unified diff, coloured."""
    shown: list[Syntax | Text] = []
    room = DIFF_LINES
    for part in by_file(diff):
        lines = part.splitlines()
        kept = lines[: min(FILE_LINES, max(room, 4))]
        room -= len(kept)
        text = "\n".join(kept)
        shown.append(Syntax(text, "diff", theme="ansi_dark", background_color="default", word_wrap=True))
        if len(lines) > len(kept):
            shown.append(Text(f"  … {len(lines) - len(kept)} more lines of this file", style="dim"))
    return Group(*shown)
