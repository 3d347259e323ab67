"""Statements that are nearly the same as another, and say something else: what must never be merged.

Each operator changes one thing of a text: a number, a unit, a name, whether it is so, a direction, where it
holds, or what it is about.
"""

import random
import re
from collections.abc import Callable, Sequence

Alteration = Callable[[str, random.Random], str | None]

_NUMBER = re.compile(r"(?<![\w./,-])\d[\d,]*(?:\.\d+)*(?![\w/,]|\.\w)")
_NUMBER_WORD = re.compile(r"\b(?:two|three|four|five|six|eight|ten|twelve|fifteen|twenty|thirty)\b")
_CODE = re.compile(r"(?<![`\w])[A-Za-z_][\w/]*(?:[./_]\w+)+(?![`\w])")
_PROPER = re.compile(r"(?<=[a-z,] )[A-Z][A-Za-z]*[a-z]\w*\b")
_SAID = re.compile(r"\b(is|are|may|must|should|can)\b(?! not| never|n't| no\b)")
_DENIED = re.compile(r"\b(is|are|may|must|should|can) not\b|\b[Dd]o not |\b[Nn]ever ")
_PAIRS = (
    ("before", "after"), ("above", "below"), ("at most", "at least"), ("more than", "less than"),
    ("first", "last"), ("read", "write"), ("import", "export"), ("sent", "received"), ("opened", "closed"),
    ("created", "deleted"), ("enabled", "disabled"), ("public", "private"), ("client", "server"),
    ("input", "output"), ("start", "end"), ("uploads", "downloads"), ("old", "new"),
    ("internal", "external"), ("synchronous", "asynchronous"), ("encrypted", "decrypted"),
    ("local", "remote"), ("manual", "automatic"), ("increased", "decreased"),
)  # fmt: skip
_UNITS = (
    ("seconds", "minutes"), ("minutes", "hours"), ("days", "weeks"), ("EUR", "USD"), ("pixels", "percent"),
    ("MB", "GB"), ("months", "years"), ("milliseconds", "seconds"), ("bytes", "lines"),
)  # fmt: skip
_SUBJECTS = (
    ("sessions", "baskets"), ("invoices", "quotes"), ("orders", "returns"), ("refunds", "payouts"),
    ("prices", "discounts"), ("errors", "warnings"), ("logs", "metrics"), ("retries", "redirects"),
    ("tokens", "cookies"), ("images", "videos"), ("passwords", "usernames"), ("backups", "exports"),
    ("migrations", "fixtures"), ("tests", "benchmarks"), ("customers", "suppliers"), ("queue", "topic"),
    ("table", "view"), ("column", "constraint"), ("endpoint", "webhook"), ("service", "database"),
    ("worker", "scheduler"), ("messages", "commands"), ("events", "reports"), ("users", "devices"),
    ("branches", "tags"), ("timeouts", "intervals"), ("configuration", "translations"),
    ("transaction", "request"),
)  # fmt: skip
_PLACES = (
    "in the admin area", "for guests", "on Windows", "in staging", "at night", "in the mobile app",
    "for free plans", "during imports", "in the first release", "when the cache is cold",
    "for internal users", "behind the proxy",
)  # fmt: skip
_OTHER_CODE = ("reports/feed.py", "core.audit", "audit_trail", "web/forms.py", "parse_feed", "legacy.loader")
_OTHER_NAMES = ("Tarantool", "Meltano", "Okapi", "Vespa", "Lisbon", "Norwegian")


def altered(text: str, chance: random.Random) -> str:
    """The text with one thing of it changed, so that it says something else."""
    ways = list(_WAYS)
    chance.shuffle(ways)
    return next(found for way in ways if (found := way(text, chance)) is not None and found != text)


def altered_in_each_way(text: str, chance: random.Random) -> list[str]:
    """The text once for each kind of thing that can be changed of it."""
    found = (way(text, chance) for way in _WAYS)
    return [other for other in found if other is not None and other != text]


def _other_number(text: str, chance: random.Random) -> str | None:
    found = list(_NUMBER.finditer(text))
    if not found:
        return _other_number_word(text, chance)
    one = chance.choice(found)
    factor = chance.choice((2, 3, 5))
    whole, dot, rest = one[0].replace(",", "").partition(".")
    changed = f"{whole}.{int(rest.split('.')[0]) + factor}" if dot else str(int(whole) * factor + 1)
    return text[: one.start()] + changed + text[one.end() :]


def _other_number_word(text: str, chance: random.Random) -> str | None:
    found = _NUMBER_WORD.search(text)
    words = [word for word in ("four", "seven", "nine", "eleven", "forty") if found and word != found[0]]
    return text.replace(found[0], chance.choice(words), 1) if found else None


def _other_unit(text: str, chance: random.Random) -> str | None:
    return _exchanged(text, _UNITS, chance)


def _other_subject(text: str, chance: random.Random) -> str | None:
    return _exchanged(text, _SUBJECTS, chance)


def _other_direction(text: str, chance: random.Random) -> str | None:
    return _exchanged(text, _PAIRS, chance)


def _other_name(text: str, chance: random.Random) -> str | None:
    for pattern, names in ((_CODE, _OTHER_CODE), (_PROPER, _OTHER_NAMES)):
        if found := list(pattern.finditer(text)):
            one = chance.choice(found)
            return text[: one.start()] + chance.choice(names) + text[one.end() :]
    return None


def _denied(text: str, chance: random.Random) -> str | None:
    if _DENIED.search(text):
        return None
    said = list(_SAID.finditer(text))
    if not said:
        return None
    one = chance.choice(said)
    return f"{text[: one.end()]} not{text[one.end() :]}"


def _elsewhere(text: str, chance: random.Random) -> str | None:
    return f"{text.rstrip('.')} {chance.choice(_PLACES)}"


_WAYS: tuple[Alteration, ...] = (
    _other_number, _other_unit, _other_subject, _other_direction, _other_name, _denied, _elsewhere,
)  # fmt: skip


def _exchanged(text: str, pairs: Sequence[tuple[str, str]], chance: random.Random) -> str | None:
    """The text with a word of one of the pairs replaced by the other, as it is written."""
    ways = [*pairs, *((second, first) for first, second in pairs)]
    there = [(old, new) for old, new in ways if re.search(rf"\b{old}\b", text, re.IGNORECASE)]
    if not there:
        return None
    old, new = chance.choice(there)

    def other(found: re.Match[str]) -> str:
        return new.capitalize() if found[0][:1].isupper() and found[0] != found[0].upper() else new

    return re.sub(rf"\b{old}\b", other, text, count=1, flags=re.IGNORECASE)
