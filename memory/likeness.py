"""Whether two sentences say the same. Pure, by rules only."""

from functools import cache

from memory.lexicon import EXCLUSIVE
from memory.wording import Reading, pale
from memory.words import concept_of


def alike(one: Reading, two: Reading) -> bool:
    """Whether two readings have the same contents, deny the same as often, and nobody has changed places."""
    if not one.concepts or not two.concepts:
        return False
    here, there = alone(one, two), alone(two, one)
    if here - (pale() - one.firm) or there - (pale() - two.firm) or (here and there):
        return False
    if crossed(one, two) or numbers_crossed(one, two) or one.negations != two.negations:
        return False
    return denies_alike(one, two) and obliges_alike(one, two)


def covers(one: Reading, two: Reading) -> bool:
    """Whether nothing that can be checked speaks against it that one says all that the other does.

    Every name and number of the other is in it, what is denied and obliged is the same, nothing has changed
    places, and nothing of the one excludes something of the other.
    """
    if not two.firm <= one.everything or one.negations != two.negations or not denies_alike(one, two):
        return False
    if crossed(one, two) or numbers_crossed(one, two) or not obliges_alike(one, two):
        return False
    return not any(excludes(here, there) for here in alone(one, two) for there in alone(two, one))


def obliges_alike(one: Reading, two: Reading) -> bool:
    """Whether not one demands what the other allows."""
    demands = [("oblige" in each.everything, "permit" in each.everything) for each in (one, two)]
    return not (demands[0] in ((True, False), (False, True)) and demands[1] == demands[0][::-1])


def alone(one: Reading, two: Reading) -> frozenset[str]:
    """The content of one that the other does not have."""
    return one.content - two.everything


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


def numbers_crossed(one: Reading, two: Reading) -> bool:
    """Whether a number stands where the other has another one: 3 times in 5 s, 5 times in 3 s."""
    here, there = _beside_numbers(one), _beside_numbers(two)
    shared = here.keys() & there.keys()
    return any(
        here[number].isdisjoint(there[number]) and not here[number].isdisjoint(there[other])
        for number in shared
        for other in shared - {number}
    )


def _beside_numbers(reading: Reading) -> dict[str, frozenset[str]]:
    """Each number, with the concepts right before and after it."""
    words = ("", *reading.concepts, "")
    return {
        word: frozenset((words[place - 1], words[place + 1])) - {""}
        for place, word in enumerate(words)
        if word[:1].isdigit()
    }


def excludes(concept: str, other: str) -> bool:
    """Whether two concepts are opposites, or different things of one kind."""
    return concept != other and not _kinds(concept).isdisjoint(_kinds(other))


@cache
def _kinds(concept: str) -> frozenset[int]:
    return frozenset(
        number for number, words in enumerate(EXCLUSIVE) if concept in {concept_of(word) for word in words}
    )
