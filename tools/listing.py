"""Which files of a work tree are worth indexing, without asking git each time.

Asking git means starting it and walking the whole tree. Its answer holds as long as no folder has gained or
lost an entry and neither an ignore file nor git's own index has changed, which a stat of each tells.
"""

# Thousands of calls at each search, and pathlib costs ten times as much a call:
# ruff: noqa: PTH116, PTH208, PTH112, PTH114, PTH123, PTH118

import os
import time
from collections import defaultdict
from collections.abc import Container
from pathlib import Path

from tools.git import Git
from tools.hazards import holds_secrets
from tools.skipping import FOREIGN_FOLDERS, is_foreign

_RACY_NS = 100_000_000  # so fresh a folder may change again without its time changing
_MOST_EMPTY = 500  # folders watched that hold no listed file yet
_UNSURE = frozenset({"/"})  # no folder has such an entry
_NEVER = 0  # no folder was changed then


class Listing:
    """The files that git does not ignore and that are the project's own.

    Args:
        root: the repository.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._git = Git(root)
        self._paths: list[str] | None = None
        self._entries: dict[str, frozenset[str]] = {}  # of each watched folder
        self._times: dict[str, int] = {}
        self._rules: dict[str, tuple[int, int] | None] = {}  # the stamps of files that say what git lists

    def paths(self, known: Container[str] = ()) -> list[str]:
        """The files, sorted by path.

        Args:
            known: files whose names were found good before.

        Raises:
            GitFailed: git cannot list them.
        """
        if self._paths is None or self._has_changed():
            asked = time.time_ns() - _RACY_NS
            listed = self._git.listed()
            self._paths = [path for path in listed if path in known or _is_ours(path)]
            self._watch(listed, self._paths, asked)
        return self._paths

    def _has_changed(self) -> bool:
        if any(_stamp(rule) != seen for rule, seen in self._rules.items()):
            return True
        return any(self._is_other(folder, seen) for folder, seen in self._times.items())

    def _is_other(self, folder: str, seen: int) -> bool:
        try:
            if os.stat(folder).st_mtime_ns == seen:
                return False
            # A file that is written beside the old one and put in its place changes no entry.
            return frozenset(os.listdir(folder)) != self._entries[folder]
        except OSError:
            return True

    def _watch(self, listed: list[str], kept: list[str], asked: int) -> None:
        """Note what the folders of the kept files hold, and the folders below with no listed file yet."""
        root = self._root
        children: dict[str, set[str]] = defaultdict(set)
        ignores = []
        for path in listed:
            folder, _, name = path.rpartition("/")
            if name == ".gitignore":
                ignores.append(f"{root}/{path}")
            children[folder].add(name)
        for folder in _folders_of(listed):
            above, _, name = folder.rpartition("/")
            children[above].add(name)
        self._entries, self._times = {}, {}
        waiting = [(f"{root}/{folder}".rstrip("/"), children[folder]) for folder in _folders_of(kept)]
        empty = 0
        for folder, known in waiting:
            self._look(folder, asked)
            for name in self._entries[folder] - known - FOREIGN_FOLDERS:
                if empty < _MOST_EMPTY and _is_folder(f"{folder}/{name}"):
                    empty += 1
                    waiting.append((f"{folder}/{name}", set()))
        folder = _git_folder(root)
        rules = (f"{folder}/index", f"{folder}/info/exclude", *ignores)
        self._rules = {rule: _settled(_stamp(rule), asked) for rule in rules}

    def _look(self, folder: str, asked: int) -> None:
        try:
            modified = os.stat(folder).st_mtime_ns
            is_settled = modified < asked  # else what changed it may have come after git's answer
            self._times[folder] = modified if is_settled else _NEVER
            self._entries[folder] = frozenset(os.listdir(folder)) if is_settled else _UNSURE
        except OSError:  # gone since it was listed
            self._times[folder], self._entries[folder] = _NEVER, _UNSURE


def _is_ours(path: str) -> bool:
    return not (is_foreign(path) or holds_secrets(path))


def _folders_of(paths: list[str]) -> list[str]:
    """The folders that lead to some files, the root ("") first."""
    found = {"": None}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder not in found:
            found[folder] = None
            folder = folder.rpartition("/")[0]
    return list(found)


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_mtime_ns, info.st_size


def _settled(stamp: tuple[int, int] | None, asked: int) -> tuple[int, int] | None:
    """A stamp that can be believed, or one that no file has: it was changed while git was asked."""
    return stamp if stamp is None or stamp[0] < asked else (_NEVER, 0)


def _git_folder(root: str) -> str:
    """Where git keeps this work tree's index: `.git`, or what a file of that name points to."""
    place = f"{root}/.git"
    try:
        with open(place, encoding="utf-8") as file:
            return os.path.join(root, file.read().partition("gitdir:")[2].strip())
    except OSError:
        return place
