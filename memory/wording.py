"""What a sentence says: its concepts, names and numbers, what of it is denied, and who does what to whom.

Rules only, no model: a reading is the same on every machine.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from memory.lexicon import KINDS, OPTIONAL, PALE, RELATIONS, SIBLINGS
from memory.words import ENDS, NEGATIONS, Token, stems, tokens_of

_CLAUSE_WORDS = frozenset(("because", "since", "so", "but", "though", "although", "unless"))
_ADJUNCTS = frozenset(("in", "on", "at", "for", "inside", "when", "if", "while", "during", "with"))
_AND = frozenset(("and", "but", "while", "or"))
_INSIDE, _TIMES = frozenset(("in", "inside")), frozenset(("before", "after"))
_BE = frozenset(("is", "are", "was", "were", "be", "been", "being", "get", "gets", "got"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says.

    Attributes:
        concepts: Everything with a content, in the text's order: concepts, names, numbers.
        firm: Those that have to be there: names, numbers, proper names, what stands in back-quotes.
        denied: Those that stand in a part that says no.
        roles: For a relation, what stands before it and what after it, turned round where it is passive.
        spelled: Each concept as the text has it.
        content: The concepts without which it would be another statement.
        everything: The concepts as a set.
        negations: How often it says no.
        opening: Concepts with a capital that may be there only because a sentence begins with them.
        members: What is said side by side, each with all that belongs to it.
    """

    concepts: tuple[str, ...]
    firm: frozenset[str]
    denied: frozenset[str]
    roles: tuple[tuple[str, frozenset[str], frozenset[str]], ...]
    spelled: Mapping[str, str]
    content: frozenset[str]
    everything: frozenset[str]
    negations: int
    opening: frozenset[str]
    members: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text that says yes or no by itself.

    Attributes:
        concepts: Everything with a content.
        firm: Names, numbers and proper names among them.
        denied: Those that it denies.
        words: Its words in lower case.
    """

    concepts: frozenset[str]
    firm: frozenset[str]
    denied: frozenset[str]
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """Read a text of a sentence or a few."""
    clauses = _clauses(tokens_of(text))
    concepts: list[str] = []
    denied: set[str] = set()
    roles: list[tuple[str, frozenset[str], frozenset[str]]] = []
    for place, clause in enumerate(clauses):
        said = [token.concept for token in clause if token.concept]
        if any(token.word in NEGATIONS for token in clause):
            said = [concept for concept in said if concept != "permit"]  # "may not" says no more than "not"
            denied |= _denied(clause) & set(said)
        concepts += said
        roles += _roles(clause, next(iter(clauses[place + 1 :]), []))
    tokens = [token for clause in clauses for token in clause if token.concept]
    firm = frozenset(token.concept for token in tokens if token.firm)
    spelled = {token.concept: token.word for token in tokens}
    said_of_names = {word for clause in clauses for word in _kinds_of_names(clause)}
    free = _optional() | said_of_names
    everything = frozenset(concepts)
    return Reading(
        tuple(dict.fromkeys(concepts)),
        firm,
        frozenset(denied),
        tuple(roles),
        spelled,
        (everything & firm) | (everything - free),
        everything,
        sum(token.word in NEGATIONS for clause in clauses for token in clause),
        frozenset(token.concept for token in tokens if token.opening),
        tuple(_members(clauses)),
    )


@lru_cache(maxsize=1024)
def parts_of(text: str) -> tuple[Part, ...]:
    """The parts of a text, in its order."""
    return tuple(_part(clause) for clause in _clauses(tokens_of(text)))


def _clauses(tokens: list[Token]) -> list[list[Token]]:
    """The parts of a text, of which each says yes or no by itself."""
    clauses: list[list[Token]] = [[]]
    for token in tokens:
        if token.word in ENDS or token.word in _CLAUSE_WORDS:
            clauses.append([])
        if token.word not in ENDS or token.word == ",":
            clauses[-1].append(token)
    return [clause for clause in clauses if any(token.concept or token.word in NEGATIONS for token in clause)]


def _members(clauses: list[list[Token]]) -> Iterator[frozenset[str]]:
    for clause in clauses:
        member: set[str] = set()
        for token in clause:
            if token.word in _AND and member:
                yield frozenset(member)
                member = set()
            member |= {token.concept} if token.concept else set()
        yield frozenset(member)


def _part(clause: list[Token]) -> Part:
    concepts = frozenset(token.concept for token in clause if token.concept)
    says_no = any(token.word in NEGATIONS for token in clause)
    return Part(
        concepts,
        frozenset(token.concept for token in clause if token.concept and token.firm),
        frozenset(_denied(clause) & concepts) if says_no else frozenset(),
        tuple(token.word for token in clause),
    )


def _kinds_of_names(clause: list[Token]) -> list[str]:
    """The words that say of what kind the name beside them is."""
    return [
        token.concept
        for place, token in enumerate(clause)
        if token.concept in _kind_words()
        and any(
            other.firm or other.concept in _named_kinds()
            for other in clause[max(place - 1, 0) : place + 2]
            if other is not token
        )
    ]


def _denied(clause: list[Token]) -> set[str]:
    """What a clause that says no denies: all of it, or in `this, not that` just that."""
    if clause[0].word != "," or clause[1].word not in NEGATIONS:
        return {token.concept for token in clause}
    found: set[str] = set()
    for token in clause[2:]:
        if found and token.word in _ADJUNCTS:
            break
        found |= {token.concept} if token.concept else set()
    return found


def _roles(clause: list[Token], behind: list[Token]) -> list[tuple[str, frozenset[str], frozenset[str]]]:
    """What stands on which side of each relation of a clause.

    `before this, that` is read as `that before this`, and `import this in that` as `that imports this`.
    """
    roles = []
    for place, token in enumerate(clause):
        relation = token.concept or token.word
        if relation not in _relations():
            continue
        left, right = _concepts(clause[:place]), _concepts(clause[place + 1 :])
        if not left and token.word in _TIMES:
            left = _concepts(behind)
        elif not left:
            right, left = _parted(clause[place + 1 :])
        was = [other.word for other in clause[max(place - 2, 0) : place]]
        if token.word.endswith(("ed", "wn", "en", "nt")) and not _BE.isdisjoint(was):
            left, right = right, left
        roles.append((relation, left, right))
    return roles


def _parted(words: list[Token]) -> tuple[frozenset[str], frozenset[str]]:
    """What is done, and where: the concepts before and after `in`."""
    place = next((place for place, token in enumerate(words) if token.word in _INSIDE), len(words))
    return _concepts(words[:place]), _concepts(words[place:])


def _concepts(tokens: list[Token]) -> frozenset[str]:
    return frozenset(token.concept for token in tokens if token.concept)


def carries_content(concept: str) -> bool:
    """Whether a concept, where it is no name, makes a difference at all."""
    return concept not in _optional() and concept not in pale()


@cache
def _kind_words() -> frozenset[str]:
    return stems(KINDS)


@cache
def _named_kinds() -> frozenset[str]:
    return stems(word for words in SIBLINGS for word in words)


@cache
def _optional() -> frozenset[str]:
    return stems(OPTIONAL)


@cache
def pale() -> frozenset[str]:
    """The concepts of which one may be missing, but none replaced by another."""
    return stems(PALE)


@cache
def _relations() -> frozenset[str]:
    return stems(RELATIONS) | {"from", "before", "after"}
