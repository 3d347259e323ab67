"""What a turn has changed in the work tree, whoever changed it: a tool, a shell command, a test."""

from graph.context import RunContext
from graph.events import FileChanged
from memory.code_view import CommitChanges


def changed_files(context: RunContext) -> list[FileChanged]:
    """Every file that differs from the turn's first snapshot."""
    now = context.snapshots.take(f"{context.turn}/after")
    counts = _line_counts(context.snapshots.diff(context.before, now))
    return [
        FileChanged(change.path, change.status, change.old_path, *counts.get(change.path, (0, 0)))
        for change in context.snapshots.changes(context.before, now)
    ]


def turn_diff(context: RunContext) -> str:
    """The unified diff of everything the turn has changed."""
    now = context.snapshots.take(f"{context.turn}/after")
    return context.snapshots.diff(context.before, now)


def as_commit(changes: list[FileChanged]) -> CommitChanges:
    """The changes in the words of the memory layer, as something not committed yet."""
    return CommitChanges(
        commit=None,
        renamed=tuple((c.old_path, c.path) for c in changes if c.status == "renamed" and c.old_path),
        deleted=tuple(c.path for c in changes if c.status == "deleted"),
        modified=tuple(c.path for c in changes if c.status in ("modified", "added")),
    )


def _line_counts(diff: str) -> dict[str, tuple[int, int]]:
    """Added and removed lines of each file in a unified diff, by its new path (old where deleted)."""
    counts: dict[str, tuple[int, int]] = {}
    path, old, in_hunk = "", "", False
    for line in diff.splitlines():
        if line.startswith("diff --git "):
            in_hunk = False
        elif line.startswith("@@"):
            in_hunk = True
        elif not in_hunk and line.startswith("--- "):
            old = line[4:].removeprefix("a/")
        elif not in_hunk and line.startswith("+++ "):
            new = line[4:].removeprefix("b/")
            path = old if new == "/dev/null" else new
        elif in_hunk and line[:1] in ("+", "-"):
            added, removed = counts.get(path, (0, 0))
            counts[path] = (added + (line[0] == "+"), removed + (line[0] == "-"))
    return counts
