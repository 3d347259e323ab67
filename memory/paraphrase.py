"""The second witness of curation: whether the ordinary words that two statements do not share matter.

Asked only where the rules have nothing against a likeness. Two statements say the same when every word that
one has alone is innocent, so the likelihood is the product over those words (a noisy-and), each a logistic
regression over what is known of the word and of both statements, with weights by `evals.fit_paraphrases`.
"""

import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory.likeness import has_opposite, may_be_alike
from memory.senses import are_contrasts, are_kin, is_known, is_little, is_noun, is_verb, senses_shared
from memory.wording import Reading, pale

PAIR = (
    "pair", "pair: noun", "pair: in one place", "pair: cosine", "pair: many senses", "pair: rare",
    "pair: kin", "pair: optional",
)  # fmt: skip
SINGLE = (
    "single", "verb", "noun", "unknown", "rare", "echoed", "echoed noun", "cosine",
    "cosine with the left over", "pale", "pale against another", "against another", "in its place",
    "noun against another", "little", "opens", "has an opposite", "optional", "optional against another",
)  # fmt: skip
BOTH = (
    "words shared", "in one order", "how many differ", "names shared", "concepts shared",
    "order of the shared", "denies",
)  # fmt: skip
SIGNALS = (*PAIR, *SINGLE, *BOTH)
LONGEST = 40
"""Statements of more concepts are not compared word by word."""
MOST = 12
"""Where more words than this differ, nobody needs to be asked."""
_RARE = 20.0
"""About the length of the vector of a rare word."""
_END, _UNLESS = "", "unless"

Vector = NDArray[np.float64]
Paired = tuple[str, str]


class Words(Protocol):
    """Who knows the vectors of words."""

    def meaning(self, word: str) -> NDArray[np.float32]:
        """The vector of one word in lower case; it is the longer the more the word says."""


@dataclass(frozen=True)
class Doubt:
    """A word that one statement has alone, or two of which one may stand for the other.

    Attributes:
        words: The word, or both with a tilde between.
        signals: What speaks for its being innocent, in the order of SIGNALS.
    """

    words: str
    signals: Vector


@dataclass(frozen=True)
class Weights:
    """What each signal counts, and how likely two statements must be the same to be taken for it.

    Attributes:
        likely: The least likelihood.
        likely_fed: The least where a run was told the one in the turn in which it wrote the other.
    """

    signals: Vector
    likely: float
    likely_fed: float


class Witness:
    """Says how likely it is that two statements say the same.

    Args:
        words: Where it looks words up.
    """

    def __init__(self, words: Words) -> None:
        self._words = words

    def likelihood(self, one: Reading, two: Reading) -> float:
        """How likely two readings say the same; 0 where a rule speaks against it."""
        if not comparable(one, two):
            return 0.0
        signals = np.array([doubt.signals for doubt in doubts(one, two, self._words)])
        scores = np.einsum("ij,j->i", signals.reshape(-1, len(SIGNALS)), fitted().signals)
        return float(np.exp(-np.logaddexp(0, -scores).sum()))


def comparable(one: Reading, two: Reading) -> bool:
    """Whether the witness can be asked: names, numbers and denials agree, and few ordinary words differ."""
    if not one.concepts or not two.concepts or max(len(one.concepts), len(two.concepts)) > LONGEST:
        return False
    shared, differing = one.everything & two.everything, one.everything ^ two.everything
    if len(differing) > MOST or 3 * len(shared) < len(differing) or not may_be_alike(one, two):
        return False
    if differs_in_kind(one, two) or (_UNLESS in one.everything) != (_UNLESS in two.everything):
        return False
    here, there = _left_over(one, two), _left_over(two, one)
    if len(here) == len(there) == 1 and _only_exchanged(one, two):
        (word,), (other,) = here.values(), there.values()
        return senses_shared(word, other) > 1 or are_kin(word, other)
    return not (_strange(one, here, two) or _strange(two, there, one))


def differs_in_kind(one: Reading, two: Reading) -> bool:
    """Whether a word of one stands for an opposite, or for another thing of its kind, in the other."""
    here, there = _left_over(one, two).values(), _left_over(two, one).values()
    return any(are_contrasts(word, other) for word in here for other in there)


def _only_exchanged(one: Reading, two: Reading) -> bool:
    """Whether two statements are the same but for one word that stands in the place of another."""
    return len(one.concepts) == len(two.concepts) == _in_order(one.concepts, two.concepts) + 1


def doubts(one: Reading, two: Reading, words: Words, akin: Collection[Paired] = ()) -> list[Doubt]:
    """All that two statements do not share, each with what speaks for its being innocent.

    Args:
        one: The one.
        two: The other.
        words: Where words are looked up.
        akin: Pairs of concepts that are taken for akin though nothing says so.
    """
    pairs = _pairs(_Side(one, two, words), _Side(two, one, words), akin)
    here = _Side(one, two, words, {concept for concept, _ in pairs})
    there = _Side(two, one, words, {concept for _, concept in pairs})
    both = _of_both(one, two, len(pairs) + len(here.left) + len(there.left))
    found = [_pair(here, there, concept, other, both) for concept, other in pairs]
    return [*found, *_singles(here, there, both), *_singles(there, here, both)]


@cache
def fitted() -> Weights:
    """The weights that were fitted."""
    file = Path(__file__).with_name("paraphrase.toml")
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return Weights(np.array([data["weights"][name] for name in SIGNALS]), data["likely"], data["likely_fed"])


class _Side:
    """One of two statements, and the words that it has alone, but for those that have found a partner."""

    def __init__(self, own: Reading, other: Reading, words: Words, paired: Collection[str] = ()) -> None:
        self.reading = own
        self.left = {c: word for c, word in _left_over(own, other).items() if c not in paired}
        self.optional = own.everything - own.content
        self.words = {concept: own.spelled[concept].casefold() for concept in own.concepts}
        self.order = {concept: place for place, concept in enumerate(own.concepts)}
        self._vectors = words

    def meaning(self, concept: str) -> NDArray[np.float32]:
        return self._vectors.meaning(self.words[concept])

    def rarity(self, concept: str) -> float:
        return float(np.linalg.norm(self.meaning(concept))) / _RARE

    def neighbours(self, concept: str) -> tuple[str, str]:
        around = (_END, *self.reading.concepts, _END)
        return around[self.order[concept]], around[self.order[concept] + 2]

    def strong(self) -> list[str]:
        """What is left over and has a meaning of its own."""
        return [concept for concept in self.left if concept not in pale()]


def _left_over(one: Reading, two: Reading) -> dict[str, str]:
    """What one has alone, in its order, and how it is written."""
    return {c: one.spelled[c].casefold() for c in one.concepts if c not in two.everything}


def _strange(reading: Reading, left: dict[str, str], other: Reading) -> bool:
    """Whether something is left over that may be a name: with a capital, and nothing is known of it."""
    written = [word.casefold() for word in other.spelled.values()]
    return any(
        concept in reading.opening and not is_known(word) and not any(are_kin(word, each) for each in written)
        for concept, word in left.items()
    )


def _pairs(here: _Side, there: _Side, akin: Collection[Paired]) -> list[Paired]:
    """Words of both sides that may mean the same, each once, the nearest first."""
    possible = sorted(
        ((_cosine(here.meaning(c), there.meaning(d)), c, d) for c, d in (*_akin(here, there), *akin)),
        reverse=True,
    )
    found: dict[str, str] = {}
    for _, concept, other in possible:
        if concept not in found and other not in found.values():
            found[concept] = other
    return list(found.items())


def _akin(here: _Side, there: _Side) -> Iterator[Paired]:
    for concept, word in here.left.items():
        for other, written in there.left.items():
            if senses_shared(word, written) or are_kin(word, written):
                yield concept, other


def _pair(here: _Side, there: _Side, concept: str, other: str, both: Sequence[float]) -> Doubt:
    word, written = here.words[concept], there.words[other]
    senses = senses_shared(word, written)
    signals = [
        1,
        is_noun(word) or is_noun(written),
        _in_place(here, concept, there, other),
        _cosine(here.meaning(concept), there.meaning(other)),
        senses > 1,
        max(here.rarity(concept), there.rarity(other)),
        not senses and are_kin(word, written),
        concept in here.optional and other in there.optional,
    ]
    return Doubt(f"{word}~{written}", np.array([*signals, *(0 for _ in SINGLE), *both], float))


def _singles(own: _Side, other: _Side, both: Sequence[float]) -> Iterator[Doubt]:
    """The words of one side that have no partner on the other."""
    against = [concept for concept in other.strong() if concept not in other.optional]
    for concept, word in own.left.items():
        echoed = any(senses_shared(word, each) or are_kin(word, each) for each in other.words.values())
        placed = max((_in_place(own, concept, other, each) for each in other.left), default=0.0)
        noun, optional = is_noun(word), concept in own.optional
        signals = [
            1,
            is_verb(word),
            noun,
            not is_known(word),
            own.rarity(concept),
            echoed,
            echoed and noun,
            _nearest(own, concept, other, other.words),
            _nearest(own, concept, other, other.left),
            concept in pale(),
            concept in pale() and bool(other.left),
            bool(against),
            placed * bool(other.strong()),
            bool(against) and noun,
            is_little(word),
            concept == own.reading.concepts[0],
            has_opposite(concept),
            optional,
            optional and bool(other.strong()),
        ]
        yield Doubt(word, np.array([*(0 for _ in PAIR), *signals, *both], float))


def _nearest(own: _Side, concept: str, other: _Side, among: Collection[str]) -> float:
    return max((_cosine(own.meaning(concept), other.meaning(each)) for each in among), default=0.0)


def _in_place(own: _Side, concept: str, other: _Side, instead: str) -> float:
    """How much of what stands around a word stands around another word in the other statement."""
    around = zip(own.neighbours(concept), other.neighbours(instead), strict=True)
    return sum(here == there for here, there in around) / 2


def _of_both(one: Reading, two: Reading, differing: int) -> list[float]:
    shared = one.everything & two.everything
    orders = [[concept for concept in each.concepts if concept in shared] for each in (one, two)]
    return [
        len(shared) / len(one.everything | two.everything),
        _in_order(one.concepts, two.concepts) / max(len(one.concepts), len(two.concepts)),
        differing / 4,
        min(len(one.firm & two.firm), 3) / 2,
        len(shared) / 5,
        _in_order(*orders) / max(len(shared), 1),
        float(one.negations > 0),
    ]


def _in_order(one: Sequence[str], two: Sequence[str]) -> int:
    """The length of the longest sequence that both have in one order."""
    lengths = [0] * (len(two) + 1)
    for word in one:
        before = 0
        for place, other in enumerate(two, 1):
            before, lengths[place] = (
                lengths[place],
                before + 1 if word == other else max(lengths[place], lengths[place - 1]),
            )
    return lengths[-1]


def _cosine(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(two))
    return float(np.einsum("i,i->", one, two)) / max(length, 1e-6)
