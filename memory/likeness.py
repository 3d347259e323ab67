"""Whether two sentences say the same. By rules; words that no rule knows are weighed by their embeddings."""

from collections.abc import Callable
from functools import cache

from memory.embedding import Embedder
from memory.lexicon import EXCLUSIVE
from memory.wording import Reading, pale
from memory.words import concept_of

KIN = 0.45
"""Among 300 words of the trade, some thirty pairs are nearer than this: synonyms, or opposites."""
_NEGATING = ("un", "in", "im", "ir", "il", "dis", "non", "de", "en", "a", "anti", "mis")

Kin = Callable[[str, str], bool]
"""Whether two words may stand for one another."""


def no_kin(word: str, other: str) -> bool:
    """No word stands for another one."""
    return False


def kin_by(embedder: Embedder) -> Kin:
    """Words that an embedding puts side by side, opposites and things of one kind left out."""

    @cache
    def kin(word: str, other: str) -> bool:
        if excludes(word, other) or not (word.isalpha() and other.isalpha()):
            return False
        one, two = embedder.embed([word, other])
        return float(one @ two) >= KIN

    return kin


def excludes(word: str, other: str) -> bool:
    """Whether one word is the opposite of the other, or another thing of the same kind."""
    one, two = concept_of(word), concept_of(other)
    if one != two and not _kinds(one).isdisjoint(_kinds(two)):
        return True
    short, long = sorted((word, other), key=len)
    return any(
        long == prefix + short
        or (long[len(prefix) :] == short[2:] and long.startswith(prefix) and short.startswith(_NEGATING))
        for prefix in _NEGATING
    )


def alike(one: Reading, two: Reading, kin: Kin = no_kin) -> bool:
    """Whether two readings have the same contents, deny the same, and nobody has changed places."""
    if not one.concepts or not two.concepts:
        return False
    here, there = _unpaired(one, two, kin)
    if (here - _spare(one)) or (there - _spare(two)) or (here and there):
        return False
    return denies_alike(one, two) and not crossed(one, two)


def denies_alike(one: Reading, two: Reading) -> bool:
    """Whether both deny nothing, or much the same."""
    if not one.denied or not two.denied:
        return one.denied == two.denied
    shared = len(one.denied & two.denied)
    return 2 * shared >= min(len(one.denied), len(two.denied))


def crossed(one: Reading, two: Reading) -> bool:
    """Whether what stands before a relation in one stands after it in the other, and the reverse."""
    for relation, before, after in one.roles:
        for other, left, right in two.roles:
            if relation == other and (before & right) - left and (after & left) - right:
                return True
    return False


def _unpaired(one: Reading, two: Reading, kin: Kin) -> tuple[set[str], set[str]]:
    """What each has alone, when every word has found one that may stand for it."""
    here = set(one.content() - set(two.concepts))
    there = set(two.content() - set(one.concepts))
    for word in sorted(here - one.firm):
        for other in sorted(there - two.firm):
            if kin(one.spelled[word], two.spelled[other]):
                here.discard(word)
                there.discard(other)
                break
    return here, there


def _spare(reading: Reading) -> frozenset[str]:
    return pale() - reading.firm


@cache
def _kinds(concept: str) -> frozenset[int]:
    return frozenset(
        number for number, words in enumerate(EXCLUSIVE) if concept in {concept_of(word) for word in words}
    )
