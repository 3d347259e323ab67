"""What a turn has changed in the work tree, whoever changed it: a tool, a shell command, a test."""

from graph.commit_log import legible
from graph.context import RunContext
from graph.diffs import line_counts
from graph.events import FileChanged
from memory.code_view import CommitChanges


def snapshot(context: RunContext) -> str:
    """The work tree as it is now, kept for undo."""
    return context.snapshots.take(f"{context.turn}/after")


def changed_files(context: RunContext, now: str | None = None) -> list[FileChanged]:
    """Every file that differs from the turn's first snapshot.

    Args:
        context: The run.
        now: A snapshot to compare with instead of taking one.
    """
    now = now or snapshot(context)
    counts = line_counts(context.snapshots.diff(context.before, now))
    return [
        FileChanged(
            legible(change.path),
            change.status,
            change.old_path and legible(change.old_path),
            *counts.get(change.path, (0, 0)),
        )
        for change in context.snapshots.changes(context.before, now)
    ]


def turn_diff(context: RunContext, now: str | None = None) -> str:
    """The unified diff of everything the turn has changed."""
    return context.snapshots.diff(context.before, now or snapshot(context))


def as_commit(changes: list[FileChanged]) -> CommitChanges:
    """The changes in the memory layer's terms, as not committed yet."""
    return CommitChanges(
        commit=None,
        renamed=tuple((c.old_path, c.path) for c in changes if c.status == "renamed" and c.old_path),
        deleted=tuple(c.path for c in changes if c.status == "deleted"),
        modified=tuple(c.path for c in changes if c.status in ("modified", "added")),
    )
