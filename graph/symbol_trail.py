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
        watched, pairs = _step(change, watched, files, now)
        result.append(replace(change, symbols=tuple(pairs.items())))
    return result


def _step(
    change: CommitChanges, watched: set[str], files: OldFiles, now: Versions
) -> tuple[set[str], dict[str, str]]:
    renames = dict(change.renamed)
    if renames:
        watched = {_in_file(symbol, renames) for symbol in watched}
    touched = {*change.modified, *change.deleted}
    concerned = [symbol for symbol in watched if symbol.partition("::")[0] in touched]
    if not concerned or change.base is None:
        return watched, {}
    commit = Commit(change, _versions(files, change.base, now), _versions(files, change.commit, now))
    pairs = successors(commit, sorted(concerned))
    return {pairs.get(symbol, symbol) for symbol in watched}, pairs


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
        old_path = {new: old for old, new in change.renamed}
        current = {dict(change.renamed).get(path, path) for path in current} if old_path else current
        for path in current & {*change.modified, *change.deleted}:
            if change.base:
                wanted.append((change.base, old_path.get(path, path)))
            if change.commit and path not in change.deleted:
                wanted.append((change.commit, path))
    files.prepare(wanted)


def _paths(symbols: Iterable[str]) -> set[str]:
    return {symbol.partition("::")[0] for symbol in symbols}


def _in_file(symbol: str, renames: dict[str, str]) -> str:
    path, _, qualname = symbol.partition("::")
    return f"{renames[path]}::{qualname}" if path in renames else symbol
