"""Whether two sentences say the same. Pure, by rules only."""

from functools import cache
from itertools import permutations

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
    return not _at_odds(one, two) and not _excluding(one, two)


def covers(one: Reading, two: Reading) -> bool:
    """Whether nothing that can be checked speaks against it that one says all that the other does.

    Every name and number of the other is in it, what is denied and obliged is the same, nothing has changed
    places, and nothing of the one excludes something of the other.
    """
    if not two.firm <= one.everything or _at_odds(one, two):
        return False
    return not any(excludes(here, there) for here in alone(one, two) for there in alone(two, one))


def may_be_alike(one: Reading, two: Reading) -> bool:
    """Whether only ordinary words tell two readings apart: nothing that rules can check speaks against it."""
    return one.firm <= two.everything and covers(one, two) and not _excluding(one, two)


def _at_odds(one: Reading, two: Reading) -> bool:
    """Whether something has changed places, or is denied or obliged in one alone."""
    if crossed(one, two) or numbers_crossed(one, two) or members_crossed(one, two):
        return True
    if one.negations != two.negations:
        return True
    return not (denies_alike(one, two) and obliges_alike(one, two))


def _excluding(one: Reading, two: Reading) -> bool:
    """Whether something that one has alone is an opposite of what the other says, or of the same kind."""
    return any(
        excludes(concept, other)
        for here, there in ((one, two), (two, one))
        for concept in here.everything - there.everything
        for other in there.everything
    )


def obliges_alike(one: Reading, two: Reading) -> bool:
    """Whether not one demands what the other allows, or says need not be."""
    if ("neednot" in one.everything) != ("neednot" in two.everything):
        return False
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


def members_crossed(one: Reading, two: Reading) -> bool:
    """Whether two things said side by side have exchanged something: this here and that there."""
    return any(
        (here & left) - there - right
        and (there & right) - here - left
        and (here & right) - there - left
        and (there & left) - here - right
        for here, there in permutations(one.members, 2)
        for left, right in permutations(two.members, 2)
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


def has_opposite(concept: str) -> bool:
    """Whether there is a concept that excludes this one."""
    return bool(_kinds(concept))


@cache
def _kinds(concept: str) -> frozenset[int]:
    return frozenset(
        number for number, words in enumerate(EXCLUSIVE) if concept in {concept_of(word) for word in words}
    )
