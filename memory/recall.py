"""Finding memories for a task: candidates from the store, ranked, then checked against the code."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memory.code_view import CodeView
from memory.filters import Filter, both
from memory.packet import Dropped, Recalled
from memory.precedence import without_overridden
from memory.ranking import Near, Ranked, is_relevant, rank, spoken
from memory.records import Kind, Origin, Record, Scope, Status
from memory.scopes import Viewpoint, hidden_because, owner_of
from memory.store import Candidate, RecordStore
from memory.verification import verify

POOL = 40
PACKET_MOST = 40
STANDING = 20
MOST_OF_FILE = 10
"""Of what runs concluded about one file, where it is certain that the task is about it."""
MOST_LOGS = 2
"""Of what was done and what failed: it shares more words with the next task than any rule does."""
CLEARLY = 0.8
"""Of how well the best one fits, for what must fit clearly."""
LEAST_ALIKE = 0.25
"""How like the task what the files say themselves must be: a manifest shares "run" and "test" with any."""
_PREFERENCES: Filter = {"kind": Kind.PREFERENCE.value}
_RULES: Filter = {
    "kind": Kind.SEMANTIC.value,
    "origin": Origin.USER.value,
    "label": ["constraint", "invariant", "incident_rule", "rejected_pattern"],
}
"""Said by a person of the whole repository, as long as it is about no file of it."""
_OF_A_SUBJECT = ("tooling", "library_choice")
"""Preferences of a repository about one tool or library: knowledge, wanted where a task has to do with it."""


@dataclass(frozen=True, slots=True)
class Lookout:
    """From where memories are looked at: who, in which code, when, and which statuses count."""

    view: Viewpoint
    code: CodeView
    at: datetime
    statuses: tuple[Status, ...]


def found_for(
    store: RecordStore, task: str, near: Near, within: Filter, out: Lookout, *, clearly: bool = False
) -> tuple[list[Recalled], list[Dropped]]:
    """What holds for a task, best first, and what was found for it and does not hold.

    Args:
        store: Where to look.
        task: What is to be done, in words.
        near: Paths and symbols of the code at hand.
        within: Which memories count.
        out: From where it is looked.
        clearly: Leave out what is about code, unless hardly anything fits the words better, and what the
            files say themselves, unless it is like the task.
    """
    standing = _bystanders(store, near, within, out.view)
    spoken_of = _spoken_of(store, task, within)
    if clearly:
        spoken_of = [
            each for each in spoken_of if each.likeness >= LEAST_ALIKE or not _is_of_files(each.record)
        ]
    ranked = rank(together(spoken_of, standing), _by_the_likeliest(near), out.at)
    if clearly:
        ranked = _clear(ranked, {candidate.record.id for candidate in standing})
    ranked = _with_few_logs(_by_likelihood(ranked, near))
    holding, dropped = checked(ranked, out, PACKET_MOST)
    kept, overridden = without_overridden(holding)
    return kept, [*dropped, *overridden]


def relevant(store: RecordStore, query: str, within: Filter) -> list[Candidate]:
    """The memories nearest to a query that have to do with it at all."""
    return [candidate for candidate in store.nearest(query, within, POOL) if is_relevant(candidate)]


def _spoken_of(store: RecordStore, task: str, within: Filter) -> list[Candidate]:
    """The memories that the words of a task bring up.

    Logs of earlier work look the most like the next task: where they crowd out the rest, that is asked for
    apart.
    """
    found = relevant(store, task, within)
    if sum(candidate.record.kind is Kind.TASK for candidate in found) <= POOL // 2:
        return found
    return together(found, relevant(store, task, both(within, {"kind": {"ne": Kind.TASK.value}})))


def _bystanders(store: RecordStore, near: Near, within: Filter, view: Viewpoint) -> list[Candidate]:
    """The memories that count without sharing a word: anchored at the code at hand, or standing.

    What was done to some file on the way to something else says little of it.
    """
    asked = [
        ({**within, "user_id": owner, **standing}, STANDING)
        for owner in within["user_id"]
        if (standing := _standing(owner, view)) is not None
    ]
    if files := [place.partition("::")[0] for place in near]:
        asked.append((both({**within, "files": files}, {"kind": {"ne": Kind.TASK.value}}), POOL))
    found = {record.id: record for filters, limit in asked for record in store.find(filters, limit)}
    ruled = store.find({**within, "user_id": owner_of(Scope(group_id=view.group_id)), **_RULES}, POOL)
    found |= {record.id: record for record in ruled if not record.anchors.files()}
    return [Candidate(record) for record in found.values()]


def _standing(owner: str, view: Viewpoint) -> Filter | None:
    """What of an owner's memories counts for every task; None where nothing does.

    All that an organisation says, what a person prefers, and how the repository wants to be written. What a
    related repository prefers is its own business until a task asks for it.
    """
    if owner.startswith("org/"):
        return {}
    if owner == owner_of(Scope(user_id=view.user_id)):
        return _PREFERENCES
    if owner == owner_of(Scope(group_id=view.group_id)):
        return {**_PREFERENCES, "label": {"nin": list(_OF_A_SUBJECT)}}
    return None


def together(first: Sequence[Candidate], second: Sequence[Candidate]) -> list[Candidate]:
    """Both lists, each memory once; the first one's scores hold."""
    known = {candidate.record.id for candidate in first}
    return [*first, *(candidate for candidate in second if candidate.record.id not in known)]


def _clear(ranked: Sequence[Ranked], standing: Collection[str]) -> list[Ranked]:
    """The same order, of what is about code only what the words fit about as well as anything."""
    best = max((spoken(item) for item in ranked if not _is_of_files(item.record)), default=0.0)
    return [
        item
        for item in ranked
        if item.record.id in standing
        or _is_of_files(item.record)
        or not item.record.anchors.files()
        or spoken(item) >= CLEARLY * best
    ]


def _is_of_files(record: Record) -> bool:
    return record.provenance.origin == Origin.INDEXED


def _by_the_likeliest(near: Near) -> Near:
    """The same places, each with how likely it is beside the likeliest: that orders what is known of them."""
    if not isinstance(near, Mapping):
        return near
    best = max(near.values(), default=1.0)
    return {place: likely / best for place, likely in near.items()}


def _by_likelihood(ranked: Sequence[Ranked], near: Near) -> list[Ranked]:
    """The same order, of what runs concluded about a file the fewer the less likely it is meant.

    Whoever asks will ask again once a plan names its files: those are certain.
    """
    if not isinstance(near, Mapping):
        return list(ranked)
    kept: list[Ranked] = []
    told: Counter[str] = Counter()
    for item in ranked:
        record = item.record
        meant = [path for path in record.anchors.files() if path in near]
        if meant and record.kind is not Kind.TASK and record.provenance.origin != Origin.USER:
            file = max(meant, key=near.__getitem__)
            told[file] += 1
            if told[file] > max(1, round(MOST_OF_FILE * near[file])):
                continue
        kept.append(item)
    return kept


def _with_few_logs(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The same order, of the logs of earlier work only the first few."""
    logs = [item.record.id for item in ranked if item.record.kind is Kind.TASK]
    return [item for item in ranked if item.record.id not in logs[MOST_LOGS:]]


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
    anchored = replace(record, anchors=verdict.anchors)
    return Recalled(anchored, item.score, item.why, verdict.phrase, warning, verdict.brief)
