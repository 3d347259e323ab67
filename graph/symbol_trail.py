"""Following symbols through commits: only files that hold one of them are read."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from graph.old_files import OldFiles, Outline
from graph.symbol_moves import Commit, Versions, successors
from memory.code_view import CommitChanges

AHEAD = 100
"""Commits whose files are read in one go."""


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
    watched = set(symbols)
    result = []
    for number, change in enumerate(changes):
        if number % AHEAD == 0:
            _read_ahead(changes[number : number + AHEAD], _paths(watched), files)
        found = _step(change, watched, files, now)
        watched = {found.get(symbol) or symbol for symbol in _renamed(watched, change)}
        result.append(
            replace(
                change,
                symbols=tuple((old, new) for old, new in found.items() if new),
                lost=tuple(old for old, new in found.items() if new is None),
            )
        )
    return result


def _step(change: CommitChanges, watched: set[str], files: OldFiles, now: Versions) -> dict[str, str | None]:
    touched = {*change.modified, *change.deleted}
    concerned = [symbol for symbol in _renamed(watched, change) if symbol.partition("::")[0] in touched]
    if not concerned or change.base is None:
        return {}
    before, after = _versions(files, change.base, now), _versions(files, change.commit, now)

    def read_all(paths: Iterable[str]) -> None:
        files.prepare(_sides(change, paths))

    commit = Commit(change, before, after, read_all)
    return successors(commit, sorted(concerned))


def _renamed(symbols: set[str], change: CommitChanges) -> set[str]:
    renames = dict(change.renamed)
    return {_in_file(symbol, renames) for symbol in symbols} if renames else symbols


def _versions(files: OldFiles, commit: str | None, now: Versions) -> Versions:
    if commit is None:
        return now

    def at(path: str) -> Outline:
        return files.outline(commit, path)

    return at


def _read_ahead(changes: Sequence[CommitChanges], paths: Collection[str], files: OldFiles) -> None:
    """Read the versions that the next steps will compare, as far as that can be told now."""
    current = set(paths)
    wanted = []
    for change in changes:
        renames = dict(change.renamed)
        current = {renames.get(path, path) for path in current} if renames else current
        wanted += _sides(change, current & {*change.modified, *change.deleted})
    files.prepare(wanted)


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


def _paths(symbols: Iterable[str]) -> set[str]:
    return {symbol.partition("::")[0] for symbol in symbols}


def _in_file(symbol: str, renames: dict[str, str]) -> str:
    path, _, qualname = symbol.partition("::")
    return f"{renames[path]}::{qualname}" if path in renames else symbol
