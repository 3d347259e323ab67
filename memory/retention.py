"""How long memories are kept, by kind and scope. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from memory.clock import to_text
from memory.errors import InvalidRetention
from memory.filters import Filter
from memory.records import KIND_OF_LABEL, Kind, Record
from memory.scopes import LEVELS, owner_of

_RULE = re.compile(r"(?P<what>\*|\w+)(?:@(?P<level>\w+))?=(?P<count>\d+)(?P<unit>[dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
ANYTHING = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """Memories of a kind, a label, or all of them, are kept for so many days.

    Attributes:
        what: A kind, a label, or `*`.
        level: "user", "repo" or "org"; None for every scope.
    """

    what: str
    level: str | None
    days: int

    @property
    def text(self) -> str:
        """The rule as it is written."""
        return f"{self.what}{f'@{self.level}' if self.level else ''}={self.days}d"

    def fits(self, record: Record) -> bool:
        """Whether the rule speaks of this memory."""
        named = self.what in (ANYTHING, record.kind.value, record.label)
        return named and self.level in (None, owner_of(record.scope).partition("/")[0])

    def old(self, at: datetime) -> Filter:
        """The filter for memories that the rule may end."""
        filters: Filter = {"created_at": {"lt": to_text(at - timedelta(days=self.days))}}
        if self.what in KIND_OF_LABEL:
            filters["label"] = self.what
        elif self.what != ANYTHING:
            filters["kind"] = self.what
        return filters


def read_rules(texts: Iterable[str]) -> tuple[Rule, ...]:
    """Rules as a person writes them: `task=90d`, `task_log@user=30d`, `*@org=2y`.

    Raises:
        InvalidRetention: One of them makes no sense.
    """
    return tuple(_read(text.strip()) for text in texts)


def overdue(record: Record, rules: Sequence[Rule], at: datetime) -> str | None:
    """Why a memory is to be deleted now; None while it may stay.

    Of the rules that speak of it the most particular one counts: a label before a kind before `*`, and
    one that names the scope before one that does not. A memory that was said again is as old as that.
    """
    if record.expires_at and record.expires_at <= at:
        return f"expired on {record.expires_at.date().isoformat()}"
    fitting = [rule for rule in rules if rule.fits(record)]
    said = [one.created_at for one in (record.provenance, *record.sources) if one.created_at]
    if not fitting or not said:
        return None
    rule = max(fitting, key=_particularity)
    return f"kept as long as {rule.text} says" if at - max(said) > timedelta(days=rule.days) else None


def _particularity(rule: Rule) -> tuple[int, bool]:
    return (2 if rule.what in KIND_OF_LABEL else rule.what != ANYTHING, rule.level is not None)


def _read(text: str) -> Rule:
    match = _RULE.fullmatch(text)
    if match is None:
        raise InvalidRetention(
            f"{text!r} is no rule. Write what=time, such as task=90d, task_log@user=4w or *@org=2y."
        )
    what, level = match["what"], match["level"]
    if what not in (ANYTHING, *Kind, *KIND_OF_LABEL):
        raise InvalidRetention(f"{text!r}: {what!r} is neither a kind nor a label of memories.")
    if level not in (None, *LEVELS):
        raise InvalidRetention(f"{text!r}: {level!r} is not a scope. Use {', '.join(LEVELS)}.")
    return Rule(what, level, int(match["count"]) * _DAYS[match["unit"]])
