"""Files before they are read: which to read first where there are too many to read all."""

import re
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from tools import ripgrep
from tools.clues import Clues, Hints, spellings
from tools.paths import Role
from tools.ranking import Evidence
from tools.ripgrep import Wanted
from tools.text_search import by_bm25, counted
from tools.witnesses import Witnesses

_MOST: Mapping[Role, int] = {"code": 50, "test": 16, "example": 6, "other": 6}
_MOST_DEFINING = 40
_MOST_LINES = 400
_TIMEOUT_S = 5.0
# What the languages that we read put before the name of what they define; the rest is found by its text.
_DEFINING = (
    r"\b(?:class|def|fn|func|fun|function|struct|enum|trait|interface|type|impl|object|protocol|module"
    r"|record|union|namespace|const|let|var|val)\s+(?:\([^)]*\)\s*)?"
)


class FirstLook:
    """Looks at files before they are read. To be closed: ripgrep may still be at it.

    Args:
        root: the repository.
        witnesses: asked for what is known of files before they are read.
        clues: what the task says.
        hints: where others point to.

    Attributes:
        content: how well the text of each file fits the task; None as long as nobody has asked.
    """

    def __init__(self, root: Path, witnesses: Witnesses, clues: Clues, hints: Hints) -> None:
        self._root = root
        self._witnesses = witnesses
        self._clues = clues
        self._hints = hints
        self._pool = ThreadPoolExecutor()
        self._counting: Future[dict[str, Counter[str]]] | None = None
        self.content: dict[str, float] | None = None

    def begin(self) -> None:
        """Have ripgrep read already, where it is known before all else that it will be needed."""
        words = [*self._clues.identifiers, *self._clues.literals, *self._clues.words]
        self._counting = self._pool.submit(counted, self._root, words)

    def close(self) -> None:
        """Let go of what was begun and is not wanted."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def likeliest(self, sizes: Mapping[str, int]) -> list[str]:
        """The files that the task is most likely about, as far as ripgrep, paths and history tell.

        Args:
            sizes: bytes of each file there is.

        Raises:
            SearchFailed: ripgrep cannot be used.
        """
        if self._counting is None:
            self.begin()
        assert self._counting is not None
        defining = self._pool.submit(_defining, self._root, self._clues)
        evidence = Evidence(self._witnesses.book().role)
        self._witnesses.foresee(evidence, self._clues, self._hints)
        self.content = by_bm25(self._counting.result(), sizes)
        evidence.add_all("content", self.content.items())
        self._witnesses.look_back(evidence, self._clues)
        return list(dict.fromkeys([*defining.result(), *self._best(evidence)]))

    def _best(self, evidence: Evidence) -> list[str]:
        role = self._witnesses.book().role
        left = dict(_MOST)
        found = []
        for path, _ in evidence.best(len(evidence.paths())):
            if left[role(path)]:
                left[role(path)] -= 1
                found.append(path)
        return found


def _defining(root: Path, clues: Clues) -> list[str]:
    """Files with a line that seems to define a name of the task."""
    names = {
        spelling for name in clues.identifiers for spelling in spellings(name) if spelling.isidentifier()
    }
    if not names:
        return []
    pattern = _DEFINING + "(?:" + "|".join(map(re.escape, sorted(names))) + r")\b"
    found = ripgrep.find(root, Wanted((pattern,), regex=True), limit=_MOST_LINES, timeout_s=_TIMEOUT_S)
    return list(islice(dict.fromkeys(match.path for match in found.lines), _MOST_DEFINING))
