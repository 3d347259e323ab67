"""Whether a statement contradicts another: says the opposite, or gives the same thing another value. Pure.

Silent rather than wrong: what is not seen as a contradiction stays beside the other statement; what is taken
for one ends it.
"""

from functools import lru_cache

from memory.lexicon import CHANGED, LABELS, STOP
from memory.likeness import alone, crossed, denies_alike, excludes
from memory.records import Origin, Record
from memory.wording import Part, Reading, pale, parts_of, read
from memory.words import concept_of, stems

_POLARITY = stems(("neednot", "permit", "only"))
_RELATIONS = stems(
    (
        "use", "store", "return", "write", "format", "name", "limit", "expire", "timeout", "default",
        "deploy", "hash", "encrypt", "encode", "sign", "compress", "indent", "prefer", "round", "pin", "give",
        "resize", "retry", "run", "process", "load", "host", "come", "log", "sort", "explain", "happen",
        "keep", "build", "set", "read", "talk", "call", "convert", "handle",
    )
)  # fmt: skip
"""What has one value at a time: when it gets another one, the old one is over."""
_PLACES = stems(("store", "write", "host", "deploy"))
"""What is in one place or one form: whatever stands at the end is the value."""
_IN, _ARTICLES = frozenset(("in", "on", "at", "as", "to", "into")), frozenset(("a", "an", "the", "our"))
_TELLING = frozenset(("is", "are", "was", "were", "be", "must", "should", "will", "from"))
_BOUNDS = stems(("above", "below", "atmost", "atleast", "exactly", "about", "every"))
_MOST = 2
_RANK: dict[str, int] = {Origin.USER: 2, Origin.TESTS: 1, Origin.CI: 1, Origin.COMMIT: 1, Origin.INDEXED: 1}


def contradicts(new: str, old: str) -> bool:
    """Whether a new statement ends an old one of the same scope."""
    one, two = read(new), read(old)
    if not one.concepts or not two.concepts:
        return False
    return _denies(one, two) or _gives_another_value(new, old, one, two) or _says_it_changed(new, one, two)


def may_replace(new: Record, old: Record) -> bool:
    """Whether a statement may end another: a run's conclusion does not end a person's word."""
    return _RANK.get(new.provenance.origin, 0) >= _RANK.get(old.provenance.origin, 0)


def is_newer(new: Record, old: Record) -> bool:
    """Whether a statement was made no earlier than another."""
    one, two = new.provenance.created_at, old.provenance.created_at
    return one is None or two is None or one >= two


def about_other_code(one: Record, two: Record) -> bool:
    """Whether both are about code, and about other code: then neither says anything of the other's."""
    here, there = ({a.symbol for a in r.anchors.symbols} or set(r.anchors.paths) for r in (one, two))
    return bool(here) and bool(there) and here.isdisjoint(there)


def _denies(one: Reading, two: Reading) -> bool:
    """The same, said yes of in one and no of in the other."""
    if (alone(one, two) | alone(two, one)) - _POLARITY - pale():
        return False
    if len(one.everything & two.everything) < 2:
        return False
    if one.denied and two.denied:
        return one.denied.isdisjoint(two.denied)  # "this, not that" against "that, not this"
    if crossed(one, two):
        return False
    freed = stems(("neednot",))
    return not denies_alike(one, two) or bool(freed & one.everything) != bool(freed & two.everything)


def _gives_another_value(new: str, old: str, one: Reading, two: Reading) -> bool:
    """The same thing with another number, name or thing of the same kind, or with the opposite."""
    here, there = alone(one, two) - pale(), alone(two, one) - pale()
    if not (0 < len(here) <= _MOST and 0 < len(there) <= _MOST) or not denies_alike(one, two):
        return False
    if here & one.denied and there & two.denied:
        return False  # what is forbidden adds up
    if len(one.content & two.everything) + len(two.content & one.everything) < 2:
        return False
    if not (_is_value(new, one, here) and _is_value(old, two, there)):
        return False
    numbers = [{word for word in side if word[:1].isdigit()} for side in (here, there)]
    if all(numbers):
        units = (here | there) - numbers[0] - numbers[1]
        single = len(numbers[0]) == len(numbers[1]) == 1
        return single and all(excludes(unit, other) for unit in units for other in units - {unit})
    if len(here) != len(there) or _relations(one) != _relations(two):
        return False
    if all(any(excludes(value, other) for other in there) for value in here):
        return True
    if here <= one.firm and there <= two.firm and len(here) == 1:
        return True
    placed = here == {_placed(new, one)} and there == {_placed(old, two)}
    return placed and bool(_relations(one) & _PLACES)


def _is_value(text: str, reading: Reading, values: frozenset[str]) -> bool:
    """Whether concepts stand where a value does: behind what relates it to its subject, not as a label."""
    labels = _labels_of(text)
    if labels and labels & {reading.spelled[value].casefold() for value in values}:
        return False
    for part in parts_of(text):
        if not values <= part.concepts:
            continue
        order = [word for word in reading.concepts if word in part.concepts]
        first = min(order.index(value) for value in values)
        related = any(word in _RELATIONS for word in order[:first])
        numbers = [value for value in values if value[:1].isdigit()]
        if numbers:
            return first > 0 and all(_measures(reading, part, number, related=related) for number in numbers)
        return related or (first > 0 and not _TELLING.isdisjoint(part.words))
    return False


@lru_cache(maxsize=1024)
def _labels_of(text: str) -> frozenset[str]:
    return frozenset(found.casefold() for found in LABELS.findall(text))


def _measures(reading: Reading, part: Part, number: str, *, related: bool) -> bool:
    """Whether a number says how much, and not which one: `at 3`, `3 workers`, but not `fact 3 about …`."""
    words = part.words
    if reading.spelled[number] not in words:
        return False  # it is said again, and written otherwise there
    place = words.index(reading.spelled[number])
    before, behind = words[place - 1], words[place + 1 : place + 2]
    concept = concept_of(before)
    if before in STOP or concept in _RELATIONS or concept in _BOUNDS:
        return True
    return (related and concept in reading.firm) or (bool(behind) and behind[0] not in STOP)


def _placed(text: str, reading: Reading) -> str | None:
    """The last concept, where it says in what or as what: `in memory`, `as JSON`."""
    value = reading.concepts[-1]
    for part in parts_of(text):
        if value in part.concepts and reading.spelled[value] in part.words:
            before = part.words[: part.words.index(reading.spelled[value])]
            behind = next((word for word in reversed(before) if word not in _ARTICLES), "")
            return value if behind in _IN else None
    return None


def _relations(reading: Reading) -> frozenset[str]:
    return _RELATIONS & reading.everything


def _says_it_changed(new: str, one: Reading, two: Reading) -> bool:
    """The new one names what it replaces, and the old one says nothing beside that and their subject."""
    for gone in _replaced_in(new):
        if not gone or not gone <= two.everything or gone <= two.denied:
            continue
        about = two.content - gone - pale()
        if about and not about - one.everything and about - gone:
            return True
    return False


@lru_cache(maxsize=1024)
def _replaced_in(text: str) -> tuple[frozenset[str], ...]:
    """What a text says is over: the content of each such phrase."""
    phrases = (next(part for part in found.groups() if part) for found in CHANGED.finditer(text))
    return tuple(read(phrase).content for phrase in phrases)
