"""Resolves an import to the file it means. By name only: no interpreter, no build system."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tools.languages import language_of

_INDEX_NAMES = frozenset({"__init__", "index", "mod", "lib", "main"})  # files that stand for their folder
_WEB = ("javascript", "typescript", "tsx")
_ALIAS = re.compile(r"[@~#]/|[~#](?=\w)")  # of a folder of sources, as bundlers and package.json have them
_SHORTEST_GUESS = 2  # parts of a module's name that must fit a path, when it is not the whole of it


class ImportResolver:
    """Finds the files that imports mean among the files of a repository."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_tail: dict[str, list[tuple[str, ...]]] = {}
        self._path_of: dict[tuple[str, ...], str] = {}
        self._file_of: dict[tuple[str, ...], str] = {}  # the same, but no file stands for its folder
        self._resolved: dict[tuple[str, str, str | None], str | None] = {}
        for path in paths:
            if language_of(path) is None:
                continue
            *folders, name = path.split("/")
            stem = name.rpartition(".")[0] or name
            self._file_of.setdefault((*folders, stem), path)
            parts = (*folders, stem) if stem not in _INDEX_NAMES else tuple(folders)
            if parts:
                self._by_tail.setdefault(parts[-1], []).append(parts)
                self._path_of.setdefault(parts, path)

    def resolve(self, target: str, importer: str) -> str | None:
        """The file that an import in `importer` means; None for what is not in the repository."""
        asked = (target, importer.rpartition("/")[0], language_of(importer))
        if asked not in self._resolved:
            self._resolved[asked] = self._resolve(*asked)
        return self._resolved[asked]

    def _resolve(self, target: str, importing: str, language: str | None) -> str | None:
        folder = tuple(importing.split("/")) if importing else ()
        if language == "python":
            return self._python(target, folder)
        if target.startswith("."):
            return self._relative(target, folder)
        if language in _WEB and (alias := _ALIAS.match(target)):
            found = (self._relative(path, ()) for path in _below_sources(target[alias.end() :], folder))
            return next(filter(None, found), None)
        for mark in ("::", "\\", "."):
            target = target.replace(mark, "/")
        parts = tuple(
            part for part in target.partition("{")[0].split("/") if part not in ("", "crate", "super")
        )
        return self._longest_tail(parts) or self._longest_tail(parts[:-1])

    def _python(self, target: str, folder: tuple[str, ...]) -> str | None:
        name = target.lstrip(".")
        dots = len(target) - len(name)
        parts = tuple(name.split(".")) if name else ()
        if dots:
            base = folder[: len(folder) - (dots - 1)]
            return self._path_of.get((*base, *parts))
        return self._longest_tail(parts)

    def _relative(self, target: str, folder: tuple[str, ...]) -> str | None:
        at = list(folder)
        for part in target.split("/"):
            if part == "..":
                del at[-1:]
            elif part not in ("", "."):
                at.append(part)
        spelt = (tuple(at), (*at[:-1], PurePosixPath(at[-1]).stem)) if at else ()
        found = (self._file_of.get(parts) or self._path_of.get(parts) for parts in spelt)
        return next(filter(None, found), None)

    def _longest_tail(self, parts: tuple[str, ...]) -> str | None:
        """The file whose path ends with most of `parts`; a package may lie below src/ or lib/."""
        if not parts:
            return None
        best: tuple[int, int, tuple[str, ...]] | None = None
        for known in self._by_tail.get(parts[-1], ()):
            fit = _common_tail(known, parts)
            # One word alone (`import json`) means a file at the top, or in src/: not any file of that name.
            is_whole = fit == len(parts) and (fit > 1 or len(known) <= _SHORTEST_GUESS)
            if is_whole or (fit >= _SHORTEST_GUESS and fit == len(known)):
                rank = (-fit, len(known), known)
                best = rank if best is None or rank < best else best
        return self._path_of[best[2]] if best else None


def _below_sources(rest: str, folder: tuple[str, ...]) -> Iterator[str]:
    """Where a path behind an alias may lie: in a folder src around the importer, or in one around it."""
    around = ["/".join(folder[:depth]) for depth in range(len(folder), -1, -1)]
    for inner in ("src/", ""):
        yield from (f"{above}/{inner}{rest}" for above in around)


def _common_tail(one: tuple[str, ...], two: tuple[str, ...]) -> int:
    count = 0
    for a, b in zip(reversed(one), reversed(two), strict=False):
        if a != b:
            break
        count += 1
    return count
