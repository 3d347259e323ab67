"""Statistics: how much is remembered, how it is used, what it costs, and what is of little use. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from memory.accounts import ADDED, GONE, Entry, Expense
from memory.json_codec import encode
from memory.packet import count_tokens
from memory.records import FEEDABLE, Kind, Record, Status

UNUSED_DAYS = 30
LEAST = 10
SHOWN_CHARS = 120


@dataclass(frozen=True, slots=True)
class Uses:
    """How often memories were put into a prompt, relied on, right and wrong."""

    recalled: int = 0
    cited: int = 0
    helped: int = 0
    hurt: int = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """What memory cost the model.

    Attributes:
        recalled: Tokens of what was fed, each prompt's memories counted once.
        lessons: Tokens, in and out, of the calls that drew lessons.
        turns: In how many turns.
    """

    recalled: int = 0
    lessons: int = 0
    turns: int = 0

    @property
    def per_turn(self) -> float:
        """The mean over the turns."""
        return (self.recalled + self.lessons) / self.turns if self.turns else 0.0


@dataclass(frozen=True, slots=True)
class Caught:
    """Memories that the code had left behind, found before they misled anybody.

    Attributes:
        reanchored: Followed to another place.
        stale: Their code had changed: from then on with a warning.
        deprecated: Their code was gone: retired.
        held_back: How often one was found for a prompt and left out, or fed with a warning.
    """

    reanchored: int = 0
    stale: int = 0
    deprecated: int = 0
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """How many memories a day brought and took, and how many there were at its end."""

    day: str
    added: int
    gone: int
    total: int


@dataclass(frozen=True, slots=True)
class Useless:
    """A memory that cost more than it gave.

    Attributes:
        tokens: What it has taken in prompts that did not rely on it.
    """

    id: str
    text: str
    why: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """All of it, for one viewpoint.

    Attributes:
        by_kind: For each kind, how many there are of each status; what there is none of is left out.
    """

    total: int
    believed: int
    by_kind: dict[str, dict[str, int]]
    by_label: dict[str, int]
    by_origin: dict[str, int]
    uses: Uses
    tokens: Tokens
    caught: Caught
    growth: tuple[Day, ...]
    spending: tuple[tuple[str, int], ...]
    least_useful: tuple[Useless, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data, as `memory stats --json` prints it."""
        return {
            "total": self.total,
            "believed": self.believed,
            "by_kind": self.by_kind,
            "by_label": self.by_label,
            "by_origin": self.by_origin,
            **encode(self.uses),
            "tokens": {**encode(self.tokens), "per_turn": round(self.tokens.per_turn, 1)},
            "caught": encode(self.caught),
            "growth": [encode(day) for day in self.growth],
            "spending": [{"day": day, "tokens": tokens} for day, tokens in self.spending],
            "least_useful": [encode(item) for item in self.least_useful],
        }


def statistics(
    records: Sequence[Record], entries: Iterable[Entry], expenses: Sequence[Expense], at: datetime
) -> Statistics:
    """Count.

    Args:
        records: Every memory, whatever its status.
        entries: What was done to them, and to those that are gone, oldest first.
        expenses: What the turns spent.
        at: The present moment.
    """
    entries = list(entries)
    events = Counter(entry.event for entry in entries)
    return Statistics(
        total=len(records),
        believed=sum(record.status in FEEDABLE for record in records),
        by_kind=_by_kind(records),
        by_label=_most(record.label for record in records),
        by_origin=_most(str(record.provenance.origin) for record in records),
        uses=_uses(records),
        tokens=_tokens(expenses),
        caught=Caught(
            events["reanchored"],
            events["stale"],
            events["deprecated"],
            sum(expense.held_back for expense in expenses),
        ),
        growth=_growth(entries),
        spending=_spending(expenses),
        least_useful=least_useful(records, at),
    )


def least_useful(records: Iterable[Record], at: datetime, most: int = LEAST) -> tuple[Useless, ...]:
    """The believed memories that did more harm than good, cost tokens for nothing, or were never of use."""
    judged = [(record, _fault(record, at)) for record in records if record.status in FEEDABLE]
    worst = sorted(
        ((*fault, record) for record, fault in judged if fault), key=lambda item: (-item[0], -item[2])
    )
    return tuple(
        Useless(record.id, _brief(record.text), why, wasted) for _, why, wasted, record in worst[:most]
    )


def _fault(record: Record, at: datetime) -> tuple[int, str, int] | None:
    """How grave, in what words, and how many tokens for nothing."""
    stats = record.stats
    unused = max(stats.recalled - stats.cited, 0)
    wasted = unused * count_tokens(record.text)
    if stats.hurt > stats.helped:
        return 2, f"hurt {_times(stats.hurt)}, helped {_times(stats.helped)}", wasted
    if stats.recalled >= 3 and not stats.cited:
        return 1, f"recalled {_times(stats.recalled)}, never cited", wasted
    born = record.provenance.created_at
    if not stats.recalled and born and (days := (at - born).days) >= UNUSED_DAYS:
        return 0, f"never recalled in {days} days", 0
    return None


def _by_kind(records: Iterable[Record]) -> dict[str, dict[str, int]]:
    counted = Counter((record.kind, record.status) for record in records)
    return {
        kind.value: {status.value: counted[kind, status] for status in Status if counted[kind, status]}
        for kind in Kind
        if any(counted[kind, status] for status in Status)
    }


def _most(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _uses(records: Sequence[Record]) -> Uses:
    stats = [record.stats for record in records]
    return Uses(
        sum(one.recalled for one in stats),
        sum(one.cited for one in stats),
        sum(one.helped for one in stats),
        sum(one.hurt for one in stats),
    )


def _tokens(expenses: Sequence[Expense]) -> Tokens:
    of = Counter[str]()
    for expense in expenses:
        of[expense.what] += expense.tokens
    fed = of.total() - of["lessons"]
    return Tokens(fed, of["lessons"], len({expense.turn for expense in expenses}))


def _growth(entries: Iterable[Entry]) -> tuple[Day, ...]:
    came, went = Counter[date](), Counter[date]()
    for entry in entries:
        if entry.event == ADDED:
            came[entry.at.date()] += 1
        elif entry.event in GONE:
            went[entry.at.date()] += 1
    days, total = [], 0
    for day in sorted({*came, *went}):
        total += came[day] - went[day]
        days.append(Day(day.isoformat(), came[day], went[day], total))
    return tuple(days)


def _spending(expenses: Iterable[Expense]) -> tuple[tuple[str, int], ...]:
    by_day = Counter[str]()
    for expense in expenses:
        by_day[expense.at.date().isoformat()] += expense.tokens
    return tuple(sorted(by_day.items()))


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 1]}…"
