"""Following symbols through commits: only files that hold one of them are read, and few are parsed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from graph.old_files import OldFiles, Outline, beginnings
from graph.symbol_moves import Commit, Reader, Versions, successors
from memory.code_view import CommitChanges

AHEAD = 100
"""Commits whose files are read in one go."""
REWRITTEN = 0.3
"""A version of which more than this share of lines is new is parsed, whatever its head lines say."""

Heads = tuple[bytes, ...]
"""How the definitions of a symbol and of what it lies in begin."""
Moves = dict[str, str | None]


def with_moves(
    changes: Sequence[CommitChanges], symbols: Iterable[str], files: OldFiles, now: Versions
) -> list[CommitChanges]:
    """The same changes, with what each did to some symbols filled in.

    Args:
        changes: Oldest first; each with the commit it is compared with.
        symbols: `path::qualname` as they were before the first change.
        files: Reads old versions.
        now: The work tree's version of a file, for what is not committed.
    """
    trail = _Trail(symbols, files, now)
    result = []
    for number, change in enumerate(changes):
        if number % AHEAD == 0:
            trail.read_ahead(changes[number : number + AHEAD])
        found = trail.step(change)
        result.append(
            replace(
                change,
                symbols=tuple((old, new) for old, new in found.items() if new),
                lost=tuple(old for old, new in found.items() if new is None),
            )
        )
    return result


class _Trail:
    """Where some symbols are, commit after commit.

    A version is parsed when the beginning of a followed definition is not in it as often as before, or
    when much of the file is new; otherwise its symbols are where they were.
    """

    def __init__(self, symbols: Iterable[str], files: OldFiles, now: Versions) -> None:
        self._heads: dict[str, Heads | None] = dict.fromkeys(symbols)
        self._files = files
        self._now = now

    def step(self, change: CommitChanges) -> Moves:
        """Go on by one commit, and say what it moved or ended."""
        renames = dict(change.renamed)
        if renames:
            self._heads = {_in_file(symbol, renames): heads for symbol, heads in self._heads.items()}
        touched = {*change.modified, *change.deleted}
        concerned: dict[str, list[str]] = {}
        for symbol in self._heads:
            if (path := symbol.partition("::")[0]) in touched:
                concerned.setdefault(path, []).append(symbol)
        if change.base is None:
            return {}
        disturbed = [
            symbol
            for path, here in concerned.items()
            if self._is_disturbed(change, path, here)
            for symbol in here
        ]
        if not disturbed:
            return {}
        commit = Commit(
            change, self._versions(change.base), self._versions(change.commit), self._reader(change)
        )
        found = successors(commit, sorted(disturbed))
        for symbol in disturbed:
            place = found.get(symbol) or symbol
            del self._heads[symbol]
            self._heads[place] = _heads(commit.after(place.partition("::")[0]), place)
        return found

    def read_ahead(self, changes: Sequence[CommitChanges]) -> None:
        """Read the versions that the next steps will compare, as far as that can be told now."""
        current = {symbol.partition("::")[0] for symbol in self._heads}
        wanted = []
        for change in changes:
            renames = dict(change.renamed)
            current = {renames.get(path, path) for path in current} if renames else current
            wanted += _sides(change, current & {*change.modified, *change.deleted})
        self._files.prepare(wanted)

    def _is_disturbed(self, change: CommitChanges, path: str, symbols: Collection[str]) -> bool:
        heads = [self._heads[symbol] for symbol in symbols]
        if path in change.deleted or change.commit is None or change.base is None or None in heads:
            return True
        sides = [self._files.source(*version) for version in _sides(change, [path])]
        if len(sides) < 2 or sides[0] is None or sides[1] is None:
            return True
        before, after = beginnings(sides[0]), beginnings(sides[1])
        if (after - before).total() > REWRITTEN * after.total():
            return True
        return any(before[line] != after[line] for lines in heads for line in lines or ())

    def _versions(self, commit: str | None) -> Versions:
        if commit is None:
            return self._now

        def at(path: str) -> Outline:
            return self._files.outline(commit, path)

        return at

    def _reader(self, change: CommitChanges) -> Reader:
        def read_all(paths: Iterable[str]) -> None:
            self._files.prepare(_sides(change, paths))

        return read_all


def _heads(outline: Outline, symbol: str) -> Heads | None:
    """The head lines of a symbol and of what it lies in; None where it is not there."""
    parts = symbol.partition("::")[2].split(".")
    around = [outline.get(".".join(parts[:depth])) for depth in range(1, len(parts) + 1)]
    if around[-1] is None:
        return None
    return tuple(head for item in around if item and (head := item.head()))


def _sides(change: CommitChanges, paths: Iterable[str]) -> list[tuple[str, str]]:
    """The versions before and after a commit of files, by their new paths."""
    old_path = {new: old for old, new in change.renamed}
    new_files, gone = set(change.added), set(change.deleted)
    wanted = []
    for path in paths:
        if change.base and path not in new_files:
            wanted.append((change.base, old_path.get(path, path)))
        if change.commit and path not in gone:
            wanted.append((change.commit, path))
    return wanted


def _in_file(symbol: str, renames: dict[str, str]) -> str:
    path, _, qualname = symbol.partition("::")
    return f"{renames[path]}::{qualname}" if path in renames else symbol
