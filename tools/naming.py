"""How well names fit the words of a task: of definitions, and of files. Pure."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log

from tools.words import terms, terms_of

_SHORTEST = 3  # letters of a word that another may begin with


def best_names(defined: Sequence[tuple[str, str]], words: Sequence[str]) -> dict[str, float]:
    """Files by the name they define that fits best: how rare its words are, how many of them are asked for.

    Args:
        defined: (path, name) of definitions.
        words: the terms of the task.
    """
    wanted = frozenset(words)
    fitting: list[tuple[str, int, frozenset[str]]] = []
    for path, name in defined:  # thousands: most of them share no word
        told = terms_of(name) if name.isidentifier() else terms(name)
        if not wanted.isdisjoint(told):
            fitting.append((path, len(frozenset(told)), wanted.intersection(told)))
    spread = Counter(word for _, _, hits in fitting for word in hits)
    rarity = {word: log(1 + (len(defined) - count + 0.5) / (count + 0.5)) for word, count in spread.items()}
    best: dict[str, float] = {}
    for path, length, hits in fitting:
        score = sum(map(rarity.__getitem__, hits)) * len(hits) / length
        best[path] = max(score, best.get(path, 0.0))
    return best


class Alike:
    """Finds which of many words begin like another: `auth` and `authent`.

    Args:
        known: the words.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._sorted = sorted(word for word in set(known) if len(word) >= _SHORTEST)
        self._known = frozenset(self._sorted)

    def to(self, word: str) -> dict[str, float]:
        """The known words that begin with `word`, or it with them, and their share of the longer one."""
        if len(word) < _SHORTEST:
            return {}
        heads = (word[:length] for length in range(_SHORTEST, len(word)))
        found = {head: len(head) / len(word) for head in heads if head in self._known}
        place = bisect_right(self._sorted, word)
        while place < len(self._sorted) and self._sorted[place].startswith(word):
            found[self._sorted[place]] = len(word) / len(self._sorted[place])
            place += 1
        return found
