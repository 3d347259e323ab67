"""Whether the work of a commit is in HEAD where its ancestry does not tell: squashed, rebased, amended."""

import re
from collections.abc import Iterable

from tools.git import Git

ENOUGH = 0.8
"""The share of the lines that the work brought which must be there; what was merged may be edited since."""
SHORTEST = 4
"""Shorter lines (a bracket, `else`) are everywhere and say nothing."""
MOST_FILES = 300
_HUNKS = ("--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "-M")


def is_in_head(git: Git, commit: str) -> bool:
    """Whether what a commit's branch had brought by then is in HEAD, by content.

    Args:
        git: The repository.
        commit: A commit that is known here, and not an ancestor of HEAD.
    """
    base = git.call("merge-base", commit, "HEAD", check=False).stdout.decode().strip()
    if not base:
        return False
    diff = git.call("diff", *_HUNKS, base, commit, "--").stdout
    added, removed = _lines(diff, b"+"), _lines(diff, b"-")
    since = git.changes(base, "HEAD")
    there = _lines_at_head(git, [change.path for change in since if change.status != "deleted"])
    if added:
        return len(added & there) >= ENOUGH * len(added)
    gone = {change.path for change in since if change.status == "deleted"}
    deleted = {change.path for change in git.changes(base, commit) if change.status == "deleted"}
    return bool(deleted or removed) and deleted <= gone and not (removed & there and not deleted)


def _lines(diff: bytes, sign: bytes) -> set[bytes]:
    """The telling lines of a diff with a sign."""
    found = re.findall(rb"(?m)^" + re.escape(sign) + rb"(?!\+\+ |-- )(.*)$", diff)
    return _telling(found)


def _lines_at_head(git: Git, paths: Iterable[str]) -> set[bytes]:
    contents = (git.show("HEAD", path) for path in list(paths)[:MOST_FILES])
    return _telling(line for content in contents if content for line in content.splitlines())


def _telling(lines: Iterable[bytes]) -> set[bytes]:
    return {line.strip() for line in lines if len(line.strip()) >= SHORTEST}
