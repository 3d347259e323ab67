"""Turns a draft into a record: secrets masked, blanks filled in by rules, an id assigned."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from memory.belief import prior
from memory.code_view import CodeView
from memory.ephemera import refusal, restated
from memory.errors import InvalidMemory
from memory.ids import candidate_ids, fingerprint
from memory.records import KIND_OF_LABEL, LABELS, Draft, Kind, Origin, Record, Scope, check_label
from memory.rejected import LABEL as REJECTED
from memory.rejected import is_rejection
from memory.scopes import Viewpoint, default_level, owner_of, scope_for
from memory.secrets import mask
from memory.verification import with_digests

Event = Literal["added", "merged", "superseded", "refused"]
DEFAULT_LABELS = {Kind.SEMANTIC: "design_decision", Kind.TASK: "task_log", Kind.PREFERENCE: "style"}


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a draft.

    Attributes:
        record: The memory it went into; None when it was refused.
        event: "added", "merged" into one that says the same, "superseded" others, or "refused".
        reason: Why, for people.
    """

    record: Record | None
    event: Event
    reason: str


def unwelcome(draft: Draft, code: CodeView) -> str | None:
    """Why a draft is not worth keeping, or known from elsewhere; None when it is welcome.

    What the files themselves say is not asked about: it is written and ended by whoever reads them.

    Raises:
        InvalidMemory: The draft makes no sense.
    """
    if draft.provenance.origin == Origin.INDEXED:
        return None
    if why := refusal(draft.text, classified(draft)[0]):
        return why
    path = None if draft.because else restated(draft.text, code.guides())
    return f"{path} says so already" if path else None


def complete(draft: Draft, view: Viewpoint, code: CodeView, at: datetime) -> Record:
    """The record that a draft stands for, its id still to be chosen among the free ones.

    Raises:
        InvalidMemory: The draft makes no sense, or belongs to another person.
    """
    kind, label = classified(draft)
    text, because = mask(draft.text.strip()), mask(draft.because or "")
    scope = _scope(draft, kind, view)
    anchors = draft.anchors
    commit, head = draft.provenance.commit, code.head()
    if draft.whole:
        head = commit
    elif commit is None or commit == head:
        anchors = with_digests(anchors, code)
    created = draft.provenance.created_at or at
    return Record(
        id=candidate_ids(fingerprint(kind, text.text, owner_of(scope)))[0],
        text=text.text,
        kind=kind,
        label=label,
        scope=scope,
        anchors=anchors,
        status=draft.status,
        reason=mask(draft.reason).text if draft.reason else None,
        valid_from=draft.valid_from if draft.whole else draft.valid_from or _birth(scope, commit, code),
        valid_until=draft.valid_until,
        superseded_by=draft.superseded_by,
        supersedes=draft.supersedes,
        because=because.text or None,
        depends_on=draft.depends_on,
        provenance=replace(draft.provenance, commit=commit or head, created_at=created),
        sources=draft.sources,
        confidence=prior(draft, label),
        stats=draft.stats,
        sensitivity=draft.sensitivity,
        expires_at=draft.expires_at,
        redactions=tuple(dict.fromkeys((*draft.redactions, *text.found, *because.found))),
        updated_at=at,
    )


def classified(draft: Draft) -> tuple[Kind, str]:
    """Kind and label, each taken from the other or from the level where the draft leaves them open.

    Raises:
        InvalidMemory: The label does not exist, or is not one of the kind's.
    """
    if draft.label and draft.label not in KIND_OF_LABEL:
        raise InvalidMemory(f"{draft.label!r} is not a label. Use one of: {', '.join(KIND_OF_LABEL)}.")
    personal = draft.level == "user" or (draft.level is None and draft.scope.user_id)
    kind = draft.kind
    if kind is None and draft.label:
        kind = KIND_OF_LABEL[draft.label]
    if kind is None:
        kind = Kind.PREFERENCE if personal else Kind.SEMANTIC
    label = draft.label or DEFAULT_LABELS.get(kind, LABELS[kind][0])
    if draft.label is None and kind is Kind.SEMANTIC and is_rejection(draft.text):
        label = REJECTED
    check_label(kind, label)
    return kind, label


def free_id(record: Record, taken_by: Callable[[str], Record | None]) -> str:
    """The shortest id for a record that no other memory has.

    Args:
        record: The record to name.
        taken_by: The memory with an id, or None.
    """
    digest = fingerprint(record.kind, record.text, owner_of(record.scope))
    return next(memory_id for memory_id in candidate_ids(digest) if taken_by(memory_id) is None)


def _birth(scope: Scope, commit: str | None, code: CodeView) -> str | None:
    """The commit that a memory of a branch is part of; None while that is still to be made."""
    if scope.branch is None or commit is not None:
        return commit if scope.branch else None
    head = code.head()
    return None if code.changes(head) else head


def _scope(draft: Draft, kind: Kind, view: Viewpoint) -> Scope:
    given = draft.scope
    if draft.level is None and (given.user_id or given.group_id or given.org):
        owned = given
    else:
        owned = scope_for(draft.level or default_level(kind), view)
    if owned.user_id not in (None, view.user_id):
        raise InvalidMemory("This memory is private to another person.")
    return replace(owned, branch=given.branch, environment=given.environment)
