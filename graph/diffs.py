"""Unified diffs as text: their files in the order that tells most, cut to a size, counted. Pure."""

import re

_ESCAPE = re.compile(r'\\([abtnvfr"\\]|[0-7]{3})')
_NAMED = {**dict(zip("abtnvfr", "\a\b\t\n\v\f\r", strict=True)), '"': '"', "\\": "\\"}


def by_file(diff: str) -> list[str]:
    """A unified diff cut into its files: code first, then tests, then what is only read by people."""
    parts = re.split(r"(?m)^(?=diff --git )", diff)
    return sorted((part for part in parts if part.strip()), key=_standing)


def telling(diff: str, chars: int) -> str:
    """As much of a diff as fits, fairly shared: no long file crowds the others out.

    Args:
        diff: A unified diff.
        chars: Its length at most, but for the notes where something was cut.
    """
    parts = by_file(diff)
    shown: list[str] = []
    left = chars
    for n, part in enumerate(parts):
        share = max(left // (len(parts) - n), 0)
        shown.append(part if len(part) <= share else f"{part[:share]}\n[the rest of this file is cut]\n")
        left -= min(len(part), share)
    return "".join(shown)


def _standing(part: str) -> int:
    path = part.partition("\n")[0].rpartition(" b/")[2]
    if path.endswith((".md", ".rst", ".txt", ".lock")) or path.rpartition("/")[2].isupper():
        return 2
    return 1 if re.search(r"(^|/)tests?/|(^|/)test_|_test\.", path) else 0


def line_counts(diff: str) -> dict[str, tuple[int, int]]:
    """Added and removed lines of each file in a diff of git's, by its new path (old where deleted)."""
    counts: dict[str, tuple[int, int]] = {}
    path, old, in_hunk = "", "", False
    for line in diff.split("\n"):  # not splitlines: a form feed ends no line of a file
        if line.startswith("diff --git "):
            in_hunk = False
        elif line.startswith("@@"):
            in_hunk = True
        elif not in_hunk and line.startswith("--- "):
            old = _unquoted(line[4:]).removeprefix("a/")
        elif not in_hunk and line.startswith("+++ "):
            new = _unquoted(line[4:]).removeprefix("b/")
            path = old if new == "/dev/null" else new
        elif in_hunk and line[:1] in ("+", "-"):
            added, removed = counts.get(path, (0, 0))
            counts[path] = (added + (line[0] == "+"), removed + (line[0] == "-"))
    return counts


def _unquoted(name: str) -> str:
    """A file name out of a header: git sets a tab behind one with a space, and quotes odd ones as C does."""
    name = name.removesuffix("\t")
    if not (len(name) > 1 and name.startswith('"') and name.endswith('"')):
        return name
    return _ESCAPE.sub(lambda found: _NAMED.get(found[1]) or chr(int(found[1], 8)), name[1:-1])
