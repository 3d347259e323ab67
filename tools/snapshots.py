"""Snapshots of the work tree in private refs, and reverting changes.

A snapshot is a commit without parents under refs/oldhand/. The user's index, stash, branch, reflog and
hooks are not touched; ignored files, submodules and repositories inside this one are left alone.
"""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from tools.errors import GitFailed
from tools.git import FileChange, Git, parse_changes
from tools.raw_index import RawIndex, RawTree
from tools.restoring import Restorer, Reverted, parse_differences

_REFS = "refs/oldhand/"
_IDENTITY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "oldhand"), ("EMAIL", "oldhand@localhost"))
}


class Snapshots:
    """Takes, compares and brings back states of a work tree.

    Args:
        git: the repository.
        folder: a folder of our own for this work tree, outside of it; made when it is needed.
    """

    def __init__(self, git: Git, folder: Path) -> None:
        self._git = git
        self._index = RawIndex(git, folder)

    def take(self, name: str) -> str:
        """Store the work tree under a name, untracked files too, and return the id of its commit.

        Raises:
            GitFailed: the repository cannot be written to, or git allows no ref of that name.
        """
        return self._keep(name, self._index.write_tree())

    def mark(self, name: str, snapshot: str) -> None:
        """Keep a snapshot under a further name."""
        self._git.call("update-ref", "--no-deref", _REFS + name, snapshot)

    def changes(self, before: str, after: str) -> list[FileChange]:
        """Return what changed between two snapshots, renames detected."""
        return parse_changes(
            self._git.call("diff-tree", "-r", "-z", "-M", "--raw", before, after, "--").stdout
        )

    def diff(self, before: str, after: str, paths: Sequence[str] = ()) -> str:
        """Return what changed between two snapshots as a unified diff, of some paths or all."""
        options = ("--no-ext-diff", "--no-textconv", "--no-color", "-M", "--src-prefix=a/", "--dst-prefix=b/")
        shown = self._git.call("diff", *options, before, after, "--", *paths)
        return shown.stdout.decode("utf-8", "replace")

    def revert(self, before: str, after: str) -> Reverted:
        """Take back what changed between two snapshots; the other way round it brings it back again.

        A path that was edited since is merged where the edits do not meet, and else left as it is.
        """
        raw = self._git.call(
            "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", before, after, "--"
        )
        return self._restorer.restore(parse_differences(raw.stdout), self.left_out(before))

    def left_out(self, snapshot: str) -> dict[str, str]:
        """Return the paths that were there but are not in a snapshot, and why; a folder ends with a slash.

        The reasons are "ignored", "repository", "large" (over 50 MB) and "unreadable".
        """
        message = self._git.call("log", "-1", "--format=%b", snapshot, "--").stdout
        found: dict[str, str] = json.loads(message or b"{}")
        return found

    def names(self) -> dict[str, str]:
        """Return all snapshots that are kept: the id of each by its name, oldest first."""
        listed = self._git.call(
            "for-each-ref", "--sort=creatordate", "--format=%(objectname) %(refname)", _REFS
        ).stdout.decode("utf-8", "replace")
        pairs = (line.split(" ", 1) for line in listed.splitlines())
        return {ref.removeprefix(_REFS): commit for commit, ref in pairs}

    def drop(self, name: str) -> None:
        """Let go of a snapshot; one that is not there is no error."""
        self._git.call("update-ref", "-d", _REFS + name)

    def _keep(self, name: str, raw: RawTree) -> str:
        if self._git.call("check-ref-format", _REFS + name, check=False).exit_code != 0:
            raise GitFailed(f"A snapshot cannot be called {name!r}. Use letters, digits, - and /.")
        message = f"oldhand snapshot\n\n{json.dumps(dict(raw.left_out))}\n".encode()
        made = self._git.call("commit-tree", raw.tree, "-F", "-", env=_IDENTITY, stdin=message)
        commit = made.stdout.decode().strip()
        self._git.call("update-ref", "--no-deref", _REFS + name, commit)
        return commit

    @cached_property
    def _restorer(self) -> Restorer:
        return Restorer(self._git, self._index.object_format)
