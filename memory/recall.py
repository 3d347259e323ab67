"""Finding memories for a task: candidates from the store, ranked, then checked against the code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memory.code_view import CodeView
from memory.filters import Filter
from memory.packet import Dropped, Recalled
from memory.ranking import Ranked
from memory.records import Kind, Status
from memory.scopes import Viewpoint, hidden_because
from memory.store import Candidate, RecordStore
from memory.verification import verify

POOL = 40
PACKET_MOST = 40
STANDING = 20
_PREFERENCES: Filter = {"kind": Kind.PREFERENCE.value}


@dataclass(frozen=True, slots=True)
class Lookout:
    """From where memories are looked at: who, in which code, when, and which statuses count."""

    view: Viewpoint
    code: CodeView
    at: datetime
    statuses: tuple[Status, ...]


def bystanders(store: RecordStore, near: Sequence[str], within: Filter) -> list[Candidate]:
    """The memories that count without sharing a word: anchored at the code at hand, or standing.

    Standing are preferences, and all that an organisation says.
    """
    asked: list[tuple[Filter, int]] = [
        ({**within, "user_id": owner, **({} if owner.startswith("org/") else _PREFERENCES)}, STANDING)
        for owner in within["user_id"]
    ]
    if files := [place.partition("::")[0] for place in near]:
        asked.append(({**within, "files": files}, POOL))
    found = {record.id: record for filters, limit in asked for record in store.find(filters, limit)}
    return [Candidate(record) for record in found.values()]


def together(first: Sequence[Candidate], second: Sequence[Candidate]) -> list[Candidate]:
    """Both lists, each memory once; the first one's scores hold."""
    known = {candidate.record.id for candidate in first}
    return [*first, *(candidate for candidate in second if candidate.record.id not in known)]


def checked(ranked: Sequence[Ranked], out: Lookout, limit: int) -> tuple[list[Recalled], list[Dropped]]:
    """The best memories that still hold, and those on the way that do not, with the reason.

    Only as many are checked as are needed to find `limit` of them.
    """
    found: list[Recalled] = []
    dropped: list[Dropped] = []
    for item in ranked:
        if len(found) == limit:
            break
        result = _check(item, out)
        if isinstance(result, Dropped):
            dropped.append(result)
        else:
            found.append(result)
    return found, dropped


def _check(item: Ranked, out: Lookout) -> Recalled | Dropped:
    record = item.record
    if record.status not in out.statuses:
        return Dropped(record, f"{record.status.value}: {record.reason or 'no longer believed'}")
    if record.expires_at and record.expires_at <= out.at and Status.EXPIRED not in out.statuses:
        return Dropped(record, f"expired on {record.expires_at.date().isoformat()}")
    if hidden := hidden_because(record, out.view, out.code):
        return Dropped(record, hidden)
    verdict = verify(record, out.code)
    if verdict.outcome == "gone" and Status.DEPRECATED not in out.statuses:
        return Dropped(record, verdict.phrase)
    warning = verdict.warning
    if warning is None and record.status is Status.STALE and verdict.outcome != "holds":
        warning = record.reason or "may be out of date"
    return Recalled(replace(record, anchors=verdict.anchors), item.score, item.why, verdict.phrase, warning)
