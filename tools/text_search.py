"""Finding files by ripgrep alone: what is left of the search where the index cannot be used."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tools import ripgrep
from tools.paths import role_of
from tools.ranking import WEIGHTS, RankedFile
from tools.ripgrep import Wanted

_MOST_LINES = 20_000
_MOST_WORDS = 20
_SHORTEST = 3
_TIMEOUT_S = 5.0


def files_by_text(root: Path, words: Sequence[str]) -> list[RankedFile]:
    """Files by how many of some words they hold, those that hold more of them often first.

    Raises:
        SearchFailed: ripgrep cannot be used either.
    """
    distinct: Counter[str] = Counter()
    often: Counter[str] = Counter()
    for word in [word for word in words if len(word) >= _SHORTEST][:_MOST_WORDS]:
        asked = Wanted((word,), any_case=True)
        found = ripgrep.find(root, asked, limit=_MOST_LINES, timeout_s=_TIMEOUT_S)
        lines = Counter(match.path for match in found.lines)
        distinct.update(lines.keys())
        often.update(lines)
    scores = {path: count * WEIGHTS.roles[role_of(path)] for path, count in distinct.items()}
    ranked = sorted(scores, key=lambda path: (-scores[path], -often[path], path))
    return [RankedFile(path, scores[path], [f"holds {distinct[path]} words of the task"]) for path in ranked]
