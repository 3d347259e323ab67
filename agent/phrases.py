"""The words and marks of the terminal view."""

from graph.events import ToolCalled

MARKS = {
    "added": ("+", "green", "learned"),
    "merged": ("=", "cyan", "known already"),
    "superseded": ("±", "yellow", "replaced an older one"),
    "refused": ("∅", "dim", "not kept"),
    "helped": ("▲", "green", "helped"),
    "hurt": ("▼", "red", "hurt"),
    "reanchored": ("→", "cyan", "followed"),
    "deprecated": ("✗", "red", "retired"),
    "stale": ("!", "yellow", "doubtful"),
    "proposed": ("?", "cyan", "proposed, waiting for your approval"),
    "revived": ("↺", "green", "holds again"),
    "questioned": ("?", "yellow", "what it rests on no longer holds; waiting for your approval"),
}
OUTCOMES = {
    "passed": ("✓ done, tests passing", "bold green"),
    "answered": ("✓ answered", "bold green"),
    "planned": ("… planned", "bold cyan"),
    "question": ("? a question for you", "bold yellow"),
    "untested": ("✓ changed, but no test was run", "bold yellow"),
    "interrupted": ("■ interrupted", "bold yellow"),
    "budget": ("■ a budget is spent", "bold yellow"),
    "model": ("✗ the model failed", "bold red"),
    "failed": ("✗ not done", "bold red"),
    "unchanged": ("✗ nothing was changed", "bold red"),
    "circles": ("✗ going in circles", "bold red"),
    "no_plan": ("✗ no plan", "bold red"),
    "refused": ("■ not carried out", "bold yellow"),
    "consent": ("■ your consent is needed", "bold yellow"),
}


def gist(event: ToolCalled) -> str:
    """What tells one call from another."""
    given = event.arguments
    match event.name:
        case "move":
            return f"{given.get('path', '')} → {given.get('to', '')}"
        case "search":
            where = given.get("path", ".")
            return f"{given.get('pattern', '')!r}" + (f" in {where}" if where not in ("", ".") else "")
        case "read_file":
            start = f":{given['start']}" if given.get("start", 1) != 1 else ""
            return f"{given.get('path', '')}{start}"
    named = (given.get(key) for key in ("command", "path", "name", "folder"))
    return first_line(str(next((value for value in named if value), "")))


def first_line(text: str) -> str:
    """The first line of a text, cut if it is long."""
    return _cut(text.strip().split("\n", 1)[0], 160)


def one_line(text: str, most: int) -> str:
    """A text on one line of at most `most` characters."""
    return _cut(" ".join(text.split()), most)


def _cut(line: str, most: int) -> str:
    return line if len(line) <= most else line[: most - 1] + "…"


def count(number: int, noun: str) -> str:
    """A number of things: "1 file", "2 memories"."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"
