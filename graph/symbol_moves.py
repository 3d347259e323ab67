"""Where symbols went in one commit: to another file, or to another name. Pure but for the reading of files.

Content decides. A symbol that is missing after a commit is looked for among those that the commit brought:
the same name with alike code is a move, another name with nearly the same code is a rename. A symbol whose
name is still there stays with it, whatever its code has become: then what is known of it is stale.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from graph.old_files import Outline, Sighting
from memory.code_view import CommitChanges

SAME_NAME = 0.5
"""Likeness from which a new symbol of the same qualified name counts as the missing one."""
OTHER_CLASS = 0.9
"""The same for the same last name with another class around it."""
OTHER_NAME = 0.94
"""The same for another name in the same file. Below 0.9, half of what is found is other code that was written
after its pattern (2,241 deletions in four histories); below this, what is gone is fed now and then."""
OTHER_PLACE = 1.0
"""The same for another name in another file: only the very same code."""
FEWEST_TOKENS = 16
"""Shorter code says too little to be known by under another name."""

Versions = Callable[[str], Outline]
"""The symbols of a file by its path."""
Reader = Callable[[Iterable[str]], None]
Newcomer = tuple[str, Sighting]
"""A symbol that was not in its file before, and the file."""


@dataclass(frozen=True)
class Commit:
    """One commit as two sets of files.

    Attributes:
        read_all: Reads files that will be asked for, by their new paths, in one go.
    """

    changes: CommitChanges
    before: Versions
    after: Versions
    read_all: Reader

    @property
    def old_path(self) -> Mapping[str, str]:
        """The old path of each renamed file, by the new one."""
        return {new: old for old, new in self.changes.renamed}

    def written(self) -> list[str]:
        """Every file that has new content, by its new path."""
        changes = self.changes
        return list(dict.fromkeys((*changes.modified, *changes.added, *(new for _, new in changes.renamed))))


def successors(commit: Commit, watched: Iterable[str]) -> dict[str, str | None]:
    """The symbols that a commit moved or renamed, as old and new; None for what it ended.

    Args:
        commit: What it did.
        watched: Symbols `path::qualname` to look after, in files by their new paths where those were
            renamed, that were there before.
    """
    found: dict[str, str | None] = {}
    everywhere: dict[str, list[Newcomer]] = {}
    for symbol in watched:
        path, _, qualname = symbol.partition("::")
        old = commit.before(commit.old_path.get(path, path)).get(qualname)
        if old is None or qualname in commit.after(path):
            continue
        suffix = path.rpartition(".")[2]
        if suffix not in everywhere:
            everywhere[suffix] = _newcomers(commit, suffix)
        found[symbol] = _heir(old, path, everywhere[suffix])
    return found


def _newcomers(commit: Commit, suffix: str) -> list[Newcomer]:
    """The symbols of all files of a suffix that were not in their file before."""
    paths = [path for path in commit.written() if path.rpartition(".")[2] == suffix]
    commit.read_all(paths)
    return [newcomer for path in paths for newcomer in _newcomers_in(commit, path)]


def _newcomers_in(commit: Commit, path: str) -> list[Newcomer]:
    before = commit.before(commit.old_path.get(path, path))
    return [(path, item) for name, item in commit.after(path).items() if name not in before]


def _heir(old: Sighting, path: str, newcomers: list[Newcomer]) -> str | None:
    """The place of the newcomer that a missing symbol has become, if one is clearly it."""
    scored = [
        (score, at, item) for at, item in newcomers if (score := _score(old, path, at, item)) is not None
    ]
    if not scored:
        return None
    _, at, item = max(scored, key=lambda entry: entry[0])
    return f"{at}::{item.symbol.qualname}"


def _score(old: Sighting, path: str, at: str, item: Sighting) -> tuple[float, ...] | None:
    """How well a newcomer fits; None when it does not."""
    if _sort(item) != _sort(old):
        return None
    likeness = old.likeness(item)
    if item.symbol.qualname == old.symbol.qualname:
        return (likeness + 0.2, True, at == path) if likeness >= SAME_NAME else None
    if item.name == old.name:
        return (likeness + 0.2, False, at == path) if likeness >= OTHER_CLASS else None
    if old.pairs.total() < FEWEST_TOKENS or likeness < (OTHER_NAME if at == path else OTHER_PLACE):
        return None
    return (likeness, item.around == old.around, at == path)


def _sort(item: Sighting) -> str:
    kind = item.symbol.kind
    return "function" if kind in ("function", "method") else kind
