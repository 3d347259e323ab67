"""Which memories are not worth their place any more, and which logs of work fit into one. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from memory.belief import reliability_of
from memory.records import FEEDABLE, Anchors, Draft, Kind, Origin, Record, Stats

UNUSED_DAYS = 180
IGNORED_DAYS, IGNORED_TIMES = 90, 20
WRONG_TIMES, WRONG_BELOW = 2, 0.4
LOG_DAYS, FEWEST_LOGS = 30, 5
SUMMARY_CHARS, PIECE_CHARS, SUMMARY_PATHS = 1200, 110, 8
KEPT = ("incident_rule", "invariant", "constraint", "business_rule", "rejected_pattern")
"""Labels of what counts even when nobody has needed it for long."""
_COUNTERS = ("recalled", "cited", "helped", "hurt", "restated")
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
    grounds = {memory_id for record in records for memory_id in record.depends_on}
    found = []
    for record in records:
        if why := _over(record, at) or ("" if record.id in grounds else _useless(record, at)):
            found.append(Pruning((record,), why))
    gone = {pruning.records[0].id for pruning in found}
    return found + _compressions([record for record in records if record.id not in gone], grounds, at)


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
    if Origin.USER in {record.provenance.origin, *(source.origin for source in record.sources)}:
        return ""
    stats, days = record.stats, _age_in_days(record, at)
    if days >= UNUSED_DAYS and not (stats.recalled or stats.cited or stats.restated):
        return f"never used in {days} days"
    if days >= IGNORED_DAYS and stats.recalled >= IGNORED_TIMES and not stats.cited:
        return f"recalled {stats.recalled} times and never relied on"
    return ""


def _compressions(records: Iterable[Record], grounds: set[str], at: datetime) -> list[Pruning]:
    """Logs of old work about the same folder, of the same scope and standing, as one."""
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for record in records:
        is_log = record.status in FEEDABLE and record.label in _LOGS and record.id not in grounds
        if is_log and _age_in_days(record, at) >= LOG_DAYS:
            groups.setdefault((record.scope, _folder(record)), []).append(record)
    return [
        Pruning(tuple(logs), f"{len(logs)} logs of work in {folder or 'the repository'} fit into one",
                _summary(sorted(logs, key=_born), folder))
        for (_, folder), logs in sorted(groups.items(), key=lambda item: str(item[0]))
        if len(logs) >= FEWEST_LOGS
    ]  # fmt: skip


def _summary(logs: Sequence[Record], folder: str) -> Draft:
    first, last = _born(logs[0])[:10], _born(logs[-1])[:10]
    text = f"{len(logs)} pieces of work in {folder or 'the repository'} from {first} to {last}:"
    for record in logs:
        piece = f" {_shortened(record.text)}"
        if len(text) + len(piece) > SUMMARY_CHARS:
            text += " …"
            break
        text += piece
    paths = Counter(path for record in logs for path in record.anchors.files())
    newest = logs[-1]
    return Draft(
        text,
        kind=Kind.TASK,
        label="task_log",
        scope=newest.scope,
        anchors=Anchors(paths=tuple(path for path, _ in paths.most_common(SUMMARY_PATHS))),
        reason="made of older logs of work",
        supersedes=tuple(record.id for record in logs),
        provenance=replace(newest.provenance, session=None),
        confidence=sum(record.confidence for record in logs) / len(logs),
        stats=_together(logs),
    )


def _together(logs: Sequence[Record]) -> Stats:
    uses = [record.stats for record in logs]
    counted = {name: sum(getattr(stats, name) for stats in uses) for name in _COUNTERS}
    return Stats(
        **counted, last_used=max((stats.last_used for stats in uses if stats.last_used), default=None)
    )


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= PIECE_CHARS else f"{line[: PIECE_CHARS - 1].rsplit(' ', 1)[0]}…"


def _folder(record: Record) -> str:
    files = record.anchors.files()
    return files[0].rpartition("/")[0] if files else ""


def _born(record: Record) -> str:
    born = record.provenance.created_at
    return born.isoformat() if born else ""


def _age_in_days(record: Record, at: datetime) -> int:
    born = record.stats.last_used or record.provenance.created_at
    return (at - born).days if born else 0
