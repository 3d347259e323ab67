"""Where symbols went in one commit: to another file, or to another name. Pure but for the reading of files.

Content decides. A symbol that is missing after a commit is looked for among those that the commit brought:
the same name with alike code is a move, another name with nearly the same code is a rename. A symbol whose
name is still there may have lost it to something new; then its old code stands under another name beside it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from graph.old_files import Outline, Sighting
from memory.code_view import CommitChanges

SAME_NAME = 0.4
"""Likeness from which a new symbol of the same name counts as the missing one."""
OTHER_NAME = 0.6
"""The same for one of another name in the same class, or at the top of the same file."""
OTHER_PLACE = 0.75
"""The same for another name in another place."""
USURPED = 0.8
"""Likeness from which a newcomer has taken a symbol's code, while its name stands for other code."""
FEWEST_TOKENS = 8
"""Shorter code says too little to be known by under another name."""

Versions = Callable[[str], Outline]
"""The symbols of a file by its path."""


@dataclass(frozen=True)
class Commit:
    """One commit as two sets of files.

    Attributes:
        old_path: The old path of each renamed file.
    """

    changes: CommitChanges
    before: Versions
    after: Versions

    @property
    def old_path(self) -> Mapping[str, str]:
        """The old path of each renamed file, by the new one."""
        return {new: old for old, new in self.changes.renamed}

    def written(self) -> list[str]:
        """Every file that has new content, by its new path."""
        changes = self.changes
        return list(dict.fromkeys((*changes.modified, *changes.added, *(new for _, new in changes.renamed))))


def successors(commit: Commit, watched: Iterable[str]) -> dict[str, str]:
    """The symbols that a commit moved or renamed, as old and new.

    Args:
        commit: What it did.
        watched: Symbols `path::qualname` to look after, in files by their new paths where those were
            renamed, that were there before.
    """
    found = {}
    newcomers: dict[str, list[tuple[str, Sighting]]] | None = None
    for symbol in watched:
        path, _, qualname = symbol.partition("::")
        old = commit.before(commit.old_path.get(path, path)).get(qualname)
        if old is None:
            continue
        now = commit.after(path).get(qualname)
        if now is not None and now.symbol.body_digest == old.symbol.body_digest:
            continue
        if newcomers is None:
            newcomers = _newcomers(commit)
        suffix = path.rpartition(".")[2]
        place = _successor(old, now, path, newcomers.get(suffix, []))
        if place:
            found[symbol] = place
    return found


def _newcomers(commit: Commit) -> dict[str, list[tuple[str, Sighting]]]:
    """The symbols that were not in their file before, by the suffix of the file."""
    found: dict[str, list[tuple[str, Sighting]]] = {}
    for path in commit.written():
        before = commit.before(commit.old_path.get(path, path))
        new = [(path, item) for name, item in commit.after(path).items() if name not in before]
        found.setdefault(path.rpartition(".")[2], []).extend(new)
    return found


def _successor(
    old: Sighting, now: Sighting | None, path: str, newcomers: list[tuple[str, Sighting]]
) -> str | None:
    """The place of the newcomer that a symbol has become, if one is clearly it."""
    same_sort = [(at, item) for at, item in newcomers if _sort(item) == _sort(old)]
    if now is not None:
        return _usurper(old, now, path, same_sort)
    scored = [
        (score, at, item) for at, item in same_sort if (score := _score(old, path, at, item)) is not None
    ]
    if not scored:
        return None
    _, at, item = max(scored, key=lambda entry: entry[0])
    return f"{at}::{item.symbol.qualname}"


def _score(old: Sighting, path: str, at: str, item: Sighting) -> tuple[float, ...] | None:
    """How well a newcomer fits; None when it does not."""
    likeness = old.likeness(item)
    beside = at == path and item.around == old.around
    if item.name == old.name:
        if likeness < SAME_NAME:
            return None
        return (likeness + 0.2, item.symbol.qualname == old.symbol.qualname, at == path)
    if old.pairs.total() < FEWEST_TOKENS:
        return None
    if likeness < (OTHER_NAME if beside else OTHER_PLACE):
        return None
    return (likeness, item.around == old.around, at == path)


def _usurper(old: Sighting, now: Sighting, path: str, newcomers: list[tuple[str, Sighting]]) -> str | None:
    """A newcomer in the same file that has the old code, where the old name stands for other code."""
    own = old.likeness(now)
    best = max(
        ((old.likeness(item), item) for at, item in newcomers if at == path and item.around == old.around),
        key=lambda pair: pair[0],
        default=None,
    )
    if best is None or old.pairs.total() < FEWEST_TOKENS or best[0] < USURPED or own > best[0] - 0.3:
        return None
    return f"{path}::{best[1].symbol.qualname}"


def _sort(item: Sighting) -> str:
    kind = item.symbol.kind
    return "function" if kind in ("function", "method") else kind
