"""Which memories are not worth their place any more, and which logs of work fit into one. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from memory.belief import reliability_of
from memory.records import FEEDABLE, KEPT, Anchors, Draft, Kind, Origin, Record, Stats

UNUSED_DAYS = 180
IGNORED_DAYS, IGNORED_TIMES = 90, 20
WRONG_TIMES, WRONG_BELOW = 2, 0.4
BELIEVED = 0.7
"""What is at least this reliable goes only when a person asks for it: tests or a person bore it out."""
LOG_DAYS, FEWEST_LOGS, FRESH_LOGS = 30, 5, 8
"""So old are logs that become one, so many at least; and unasked the newest of each file stay as they are."""
SUMMARY_CHARS, PIECE_CHARS, SUMMARY_PATHS = 1200, 90, 8
_COUNTERS = ("recalled", "cited", "helped", "hurt", "restated")
_FRAME = re.compile(r"^(Done|Changed|Not finished)\b[^:]*: |\s+Changed [^ ]+\.\w+\b.*$", re.DOTALL)
"""What every log says of itself and of its files: in a summary the anchors say it."""
MADE_OF_LOGS = "made of older logs of work"
_OF_SEVERAL = re.compile(r"(\d+) pieces of work on .*? from (\S+) to \S+, newest first: ", re.DOTALL)
_LOGS = ("task_log", "fix", "patch", "test_failure", "migration_step")


@dataclass(frozen=True, slots=True)
class Pruning:
    """Memories that are taken out of use, and why.

    Attributes:
        records: Which ones.
        why: As the end of a sentence.
        summary: What takes their place, where several logs become one.
    """

    records: tuple[Record, ...]
    why: str
    summary: Draft | None = None

    def to_json(self) -> dict[str, Any]:
        """What is shown to programs."""
        return {
            "ids": [record.id for record in self.records],
            "texts": [record.text for record in self.records],
            "why": self.why,
            "summary": self.summary.text if self.summary else None,
        }


def prunings(records: Sequence[Record], at: datetime) -> list[Pruning]:
    """What to take out of use: expired, wrong, never used, ignored; then logs that fit into one.

    What a person stated, and what others rest on, goes only when it has expired or proved wrong.

    Args:
        records: All memories that are looked at.
        at: The present moment.
    """
    return _prunings(records, _grounds(records), at)


def unasked(records: Sequence[Record], spared: Collection[str], at: datetime) -> list[Pruning]:
    """The part of :func:`prunings` that may be done without asking a person.

    Never what a person said or others rest on, no rule, and nothing that is believed: from `BELIEVED` on, by
    what the tests said since. Logs of work claim nothing that could be believed; old ones become one.

    Args:
        records: All memories that are looked at.
        spared: Ids of memories that may not be touched.
        at: The present moment.
    """
    kept = {*spared, *_grounds(records)}
    free = [record for record in records if record.id not in kept and _may_go_unasked(record)]
    return _prunings(free, kept, at, FRESH_LOGS)


def _may_go_unasked(record: Record) -> bool:
    if was_said(record) or record.label in KEPT:
        return False
    return record.kind is Kind.TASK or reliability_of(record) < BELIEVED


def _grounds(records: Iterable[Record]) -> set[str]:
    return {memory_id for record in records for memory_id in record.depends_on}


def _prunings(
    records: Sequence[Record], grounds: Collection[str], at: datetime, fresh: int = 0
) -> list[Pruning]:
    found = []
    for record in records:
        if why := _over(record, at) or ("" if record.id in grounds else _useless(record, at)):
            found.append(Pruning((record,), why))
    gone = {pruning.records[0].id for pruning in found}
    return found + _compressions([record for record in records if record.id not in gone], grounds, at, fresh)


def was_said(record: Record) -> bool:
    """Whether a person said it, first or again."""
    return Origin.USER in {record.provenance.origin, *(source.origin for source in record.sources)}


def _over(record: Record, at: datetime) -> str:
    if record.status not in FEEDABLE:
        return ""
    if record.expires_at and record.expires_at <= at:
        return f"expired on {record.expires_at.date().isoformat()}"
    stats = record.stats
    if stats.hurt >= WRONG_TIMES and stats.hurt > stats.helped and reliability_of(record) < WRONG_BELOW:
        return f"wrong {stats.hurt} of {stats.helped + stats.hurt} times"
    return ""


def _useless(record: Record, at: datetime) -> str:
    if record.status not in FEEDABLE or record.kind is Kind.TASK or record.label in KEPT:
        return ""
    if was_said(record):
        return ""
    stats, days = record.stats, _age_in_days(record, at)
    if days >= UNUSED_DAYS and not (stats.recalled or stats.cited or stats.restated):
        return f"never used in {days} days"
    if days >= IGNORED_DAYS and stats.recalled >= IGNORED_TIMES and not stats.cited:
        return f"recalled {stats.recalled} times and never relied on"
    return ""


def _compressions(
    records: Iterable[Record], grounds: Collection[str], at: datetime, fresh: int
) -> list[Pruning]:
    """Logs of old work on the same file, of the same scope and standing, as one; the newest ones stay."""
    old = [record for record in records if _is_old_log(record, at) and record.id not in grounds]
    shared = Counter(path for record in old for path in record.anchors.files())
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for record in old:
        groups.setdefault((record.scope, _subject(record, shared, len(old))), []).append(record)
    found = []
    for (_, subject), group in sorted(groups.items(), key=lambda item: str(item[0])):
        logs = sorted(group, key=_born)[: max(len(group) - fresh, 0)]
        if len(logs) >= FEWEST_LOGS:
            why = f"{len(logs)} logs of work on {subject or 'the repository'} fit into one"
            found.append(Pruning(tuple(logs), why, _summary(logs, subject)))
    return found


def _is_old_log(record: Record, at: datetime) -> bool:
    return record.status in FEEDABLE and record.label in _LOGS and _age_in_days(record, at) >= LOG_DAYS


def _subject(record: Record, shared: Mapping[str, int], count: int) -> str:
    """The file that a log has in common with the most others; a changelog, which most share, says nothing."""
    files = record.anchors.files()
    telling = [path for path in files if 2 * shared[path] <= count] or files
    return max(telling, key=lambda path: (shared[path], path), default="")


def _summary(logs: Sequence[Record], subject: str) -> Draft:
    """One log that says of each what was done, the newest first: they are the likeliest to matter."""
    first, last = min(map(_begun, logs)), _born(logs[-1])[:10]
    where = subject or "the repository"
    number = sum(_pieces(record) for record in logs)
    text = f"{number} pieces of work on {where} from {first} to {last}, newest first:"
    for record in reversed(logs):
        room = SUMMARY_CHARS - len(text)
        piece = f" {_shortened(record, room)}"
        if len(piece) > room:
            text += " …"
            break
        text += piece
    newest = logs[-1]
    return Draft(
        text,
        kind=Kind.TASK,
        label="task_log",
        scope=newest.scope,
        anchors=Anchors(paths=_most_shared(logs)),
        reason=MADE_OF_LOGS,
        supersedes=tuple(record.id for record in logs),
        provenance=replace(newest.provenance, session=None),
        confidence=sum(record.confidence for record in logs) / len(logs),
        stats=_together(logs),
    )


def _most_shared(logs: Sequence[Record]) -> tuple[str, ...]:
    """The files that at least a third of the logs are about; one of them always is."""
    paths = Counter(path for record in logs for path in record.anchors.files()).most_common(SUMMARY_PATHS)
    return tuple(path for path, times in paths if 3 * times >= len(logs))


def _together(logs: Sequence[Record]) -> Stats:
    uses = [record.stats for record in logs]
    counted = {name: sum(getattr(stats, name) for stats in uses) for name in _COUNTERS}
    return Stats(
        **counted, last_used=max((stats.last_used for stats in uses if stats.last_used), default=None)
    )


def _pieces(record: Record) -> int:
    """How many pieces of work a log tells of."""
    several = _several(record)
    return int(several[1]) if several else 1


def _begun(record: Record) -> str:
    """The day of the first piece of work that a log tells of."""
    several = _several(record)
    return several[2] if several else _born(record)[:10]


def _several(record: Record) -> re.Match[str] | None:
    return _OF_SEVERAL.match(record.text) if record.reason == MADE_OF_LOGS else None


def _shortened(record: Record, room: int) -> str:
    """What a log says of its work in a line; of one that was made of several what it says of each."""
    line = " ".join(record.text.split())
    if record.reason == MADE_OF_LOGS:
        longest, line = max(room - 1, 0), _OF_SEVERAL.sub("", line)
    else:
        longest, line = PIECE_CHARS, _FRAME.sub("", line)
    return line if len(line) <= longest else f"{line[: longest - 1].rsplit(' ', 1)[0]}…"


def _born(record: Record) -> str:
    born = record.provenance.created_at
    return born.isoformat() if born else ""


def _age_in_days(record: Record, at: datetime) -> int:
    born = record.stats.last_used or record.provenance.created_at
    return (at - born).days if born else 0
