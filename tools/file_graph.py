"""Which file uses which, and who matters to whom in that graph."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from tools.imports import ImportResolver

_MOST_DEFINERS = 6  # a name that more files define says nothing about which of them is meant
_SHORTEST_NAME = 3
_IMPORT_WEIGHT = 3.0
_IMPORTED_FACTOR = 3.0  # a use of a name counts more where its file is imported
_BACKWARDS = 0.4  # how much of a link also counts from the used file to its user
_DAMPING = 0.85
_ROUNDS = 20


@dataclass(frozen=True)
class FileGraph:
    """Files and the weights of the links between them.

    Attributes:
        files: the nodes.
        uses: for each file, the files it uses and how much.
        imports: for each file, those it imports.
    """

    files: list[str]
    uses: dict[str, dict[str, float]]
    imports: dict[str, set[str]]

    def near(self, seeds: Mapping[str, float]) -> dict[str, float]:
        """Personalised PageRank (Page, Brin, Motwani, Winograd 1998): how near each file is to the seeds.

        Args:
            seeds: files and how much the search should begin there; at least one above 0 for a result.
        """
        number = {path: n for n, path in enumerate(self.files)}
        start: NDArray[np.float64] = np.zeros(len(self.files))
        for path, score in seeds.items():
            if path in number and score > 0:
                start[number[path]] = score
        if not start.any():
            return {}
        start /= start.sum()
        source, target, weight = self._links(number)
        out = np.bincount(source, weight, minlength=len(start))
        share = weight / out[source] if len(source) else weight
        rank = start.copy()
        for _ in range(_ROUNDS):
            passed = np.bincount(target, rank[source] * share, minlength=len(start))
            lost = 1.0 - passed.sum()  # files without links: their rank goes back to the seeds
            rank = _DAMPING * (passed + lost * start) + (1 - _DAMPING) * start
        return {path: float(rank[n]) for path, n in number.items() if rank[n] > 0}

    def _links(
        self, number: dict[str, int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        triples = [
            triple
            for path, used in self.uses.items()
            for other, weight in used.items()
            for triple in (
                (number[path], number[other], weight),
                (number[other], number[path], weight * _BACKWARDS),
            )
        ]
        columns = np.array(triples, dtype=np.float64).reshape(-1, 3)
        return columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2]


def file_graph(
    files: list[str],
    definitions: Iterable[tuple[str, str]],
    uses: Iterable[tuple[str, str, int]],
    imports: Iterable[tuple[str, str]],
    resolver: ImportResolver | None = None,
) -> FileGraph:
    """Link files by the names they use and the modules they import.

    Args:
        files: all paths.
        definitions: (path, name) of what is defined.
        uses: (path, name, count) of what stands in code.
        imports: (path, target) as it is written.
        resolver: finds what imports mean among more files than these.
    """
    resolver = resolver or ImportResolver(files)
    imported: dict[str, set[str]] = defaultdict(set)
    for path, target in imports:
        found = resolver.resolve(target, path)
        if found and found != path:
            imported[path].add(found)
    definers: dict[str, set[str]] = defaultdict(set)
    for path, name in definitions:
        definers[name].add(path)
    weights: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for path, name, count in uses:
        others = definers.get(name, set())
        if len(name) < _SHORTEST_NAME or not 0 < len(others) <= _MOST_DEFINERS or path in others:
            continue
        weight = sqrt(count) / (1 + log(len(others)))
        for other in others:
            weights[path][other] += weight * (_IMPORTED_FACTOR if other in imported[path] else 1.0)
    for path, targets in imported.items():
        for other in targets:
            weights[path][other] += _IMPORT_WEIGHT
    return FileGraph(
        files=files,
        uses={path: dict(used) for path, used in weights.items()},
        imports={path: targets for path, targets in imported.items() if targets},
    )
