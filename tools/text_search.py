"""Finding files by ripgrep alone: where the index cannot be used, and before it has read them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path

from tools import ripgrep
from tools.paths import role_of
from tools.ranking import WEIGHTS, RankedFile

_MOST_WORDS = 24
_SHORTEST = 3
_TIMEOUT_S = 5.0
_K1, _B = 1.2, 0.75  # of BM25, as usual


def files_by_text(root: Path, words: Sequence[str]) -> list[RankedFile]:
    """Files by how many of some words they hold, those that hold more of them often first.

    Raises:
        SearchFailed: ripgrep cannot be used either.
    """
    counts = counted(root, words)
    scores = {path: len(held) * WEIGHTS.roles[role_of(path)] for path, held in counts.items()}
    ranked = sorted(scores, key=lambda path: (-scores[path], -counts[path].total(), path))
    return [
        RankedFile(path, scores[path], [f"holds {len(counts[path])} words of the task"]) for path in ranked
    ]


def counted(root: Path, words: Sequence[str]) -> dict[str, Counter[str]]:
    """How often files hold each of some words, as parts of longer ones too.

    Raises:
        SearchFailed: ripgrep cannot be used.
    """
    distinct = dict.fromkeys(word.lower() for word in words if len(word) >= _SHORTEST)
    wanted = sorted(list(distinct)[:_MOST_WORDS], key=len, reverse=True)  # the longer of two that overlap
    return ripgrep.occurrences(root, wanted, timeout_s=_TIMEOUT_S) if wanted else {}


def by_bm25(counts: Mapping[str, Counter[str]], sizes: Mapping[str, int]) -> dict[str, float]:
    """Files by how well they fit words, by BM25 over the counts of these words alone.

    Args:
        counts: how often files hold each word.
        sizes: of all files there are, in bytes: their lengths.
    """
    spread = Counter(word for path, held in counts.items() if path in sizes for word in held)
    rarity = {word: log(1 + (len(sizes) - n + 0.5) / (n + 0.5)) for word, n in spread.items()}
    usual = sum(sizes.values()) / max(1, len(sizes))
    found = {}
    for path, held in counts.items():
        if path in sizes:
            flat = _K1 * (1 - _B + _B * sizes[path] / usual)
            found[path] = sum(rarity[word] * n * (_K1 + 1) / (n + flat) for word, n in held.items())
    return found
