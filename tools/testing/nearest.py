"""Which tests are nearest to a change: by their names, by what they import, by what they use."""

from collections import defaultdict
from collections.abc import Sequence

from tools.file_graph import FileGraph
from tools.index import SymbolIndex
from tools.paths import role_of, subject_of
from tools.references import references

_IS_CHANGED = 10.0
_NAMED_AFTER = 3.0
_IMPORTS = 2.0
_USES = 1.0  # shared out by how much the test uses the file
_NAMES_SYMBOL = 2.0
_INDIRECT = 0.3  # the test uses a file that uses the changed one


def nearest_tests(
    index: SymbolIndex, graph: FileGraph, changed: Sequence[str], symbols: Sequence[str] = (), limit: int = 8
) -> list[str]:
    """The test files to run first after a change, nearest first; none where none is near.

    Args:
        index: the symbol index, refreshed.
        graph: which file uses which (`Locator.graph`).
        changed: the files that were changed.
        symbols: ids of changed definitions, where they are known: `path::qualname`.
        limit: how many files at most.
    """
    scores: dict[str, float] = defaultdict(float)
    tests = [path for path in graph.files if role_of(path) == "test" and _holds_tests(path)]
    users = _users(graph, changed)
    for test in tests:
        if test in changed:
            scores[test] += _IS_CHANGED
        for path in changed:
            scores[test] += _closeness(graph, test, path)
        indirect = sum(weight for path, weight in users.items() if path in graph.imports.get(test, ()))
        scores[test] += _INDIRECT * indirect
    for symbol in symbols:
        name = symbol.rpartition("::")[2].rpartition(".")[2]
        for path in {reference.path for reference in references(index, name)} & set(tests):
            scores[path] += _NAMES_SYMBOL
    near = [path for path, score in scores.items() if score > 0]
    return sorted(near, key=lambda path: (-scores[path], path))[:limit]


def _closeness(graph: FileGraph, test: str, path: str) -> float:
    """How near one test file is to one changed file."""
    stem = path.rpartition("/")[2].partition(".")[0].strip("_").lower()
    score = _NAMED_AFTER if stem and subject_of(test).lower() == stem else 0.0
    if path in graph.imports.get(test, ()):
        score += _IMPORTS
    used = graph.uses.get(test, {})
    return score + (_USES * used.get(path, 0.0) / max(used.values()) if used else 0.0)


def _users(graph: FileGraph, changed: Sequence[str]) -> dict[str, float]:
    """The files that import a changed one; the more there are, the less each says."""
    found = [path for path, targets in graph.imports.items() if targets & set(changed)]
    return {path: 1 / len(found) for path in found}


def _holds_tests(path: str) -> bool:
    return path.rpartition("/")[2] not in ("conftest.py", "__init__.py")
