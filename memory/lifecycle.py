"""Applies renames, deletions and edits of code to the memories anchored there. Pure but for the view."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from memory.code_view import CodeView, CommitChanges
from memory.packet import Dropped
from memory.records import Anchors, Record, Status, SymbolAnchor
from memory.verification import NOTHING, Verdict, verify, with_digests

CODE_CHANGED = "code changed: "
CODE_GONE = "code gone: "
RELIED_ON = "relied on for a change of its code, and the tests passed"
FOLLOWING = ("reanchored", "stale", "deprecated", "revived", "verified", "committed")
"""Events by which memories follow the code."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A memory that followed its code to another place."""

    record: Record
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What following the repository did to the memories.

    Attributes:
        commit: The commit that memory is now brought up to; None without commits.
        revived: Memories whose code is back, and what rests on them.
        questioned: Memories that rest on one that is over: they wait in the inbox.
    """

    reanchored: list[Moved] = field(default_factory=list)
    deprecated: list[Dropped] = field(default_factory=list)
    stale: list[Dropped] = field(default_factory=list)
    revived: list[Record] = field(default_factory=list)
    questioned: list[Dropped] = field(default_factory=list)
    commit: str | None = None

    def note(self, step: "Step") -> None:
        """Enter what was done to one memory."""
        if step.event == "reanchored":
            self.reanchored.append(
                Moved(step.after, where_is(step.before.anchors), where_is(step.after.anchors))
            )
        elif step.event == "deprecated":
            self.deprecated.append(Dropped(step.after, step.reason))
        elif step.event == "stale":
            self.stale.append(Dropped(step.after, step.reason))
        elif step.event == "revived":
            self.revived.append(step.after)


@dataclass(frozen=True, slots=True)
class Step:
    """What following the code does to one memory.

    Attributes:
        event: "reanchored", "stale", "deprecated", "revived", or "verified" (digests were filled in).
    """

    before: Record
    after: Record
    event: str
    reason: str


def touched_paths(changes: Iterable[CommitChanges]) -> list[str]:
    """Every path that the changes name, and every folder above one."""
    paths: dict[str, None] = {}
    for change in changes:
        named = (
            *(path for pair in change.renamed for path in pair),
            *change.deleted,
            *change.modified,
            *change.added,
        )
        for path in named:
            parts = path.split("/")
            paths |= dict.fromkeys("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return list(paths)


def followed(
    anchors: Anchors, changes: Sequence[CommitChanges], over: Mapping[str, str | None] = NOTHING
) -> tuple[Anchors, dict[str, str | None]]:
    """The anchors after the renames, commit by commit in order, and those that ended, with the commit.

    Args:
        anchors: Where a memory stood.
        changes: Oldest first.
        over: What had ended before; nothing that is renamed later is that.
    """
    ended = dict(over)
    for change in changes:
        if change.renamed or change.symbols:
            anchors = _carried(anchors, change, ended)
        places = _names(anchors) - ended.keys()
        ended |= dict.fromkeys(places & {*change.deleted, *change.lost}, change.commit)
    return anchors, ended


def following(
    records: Iterable[Record],
    changes: Sequence[CommitChanges],
    code: CodeView,
    at: datetime,
    former: Callable[[Record], Sequence[Anchors]] | None = None,
) -> Iterator[Step]:
    """What becomes of memories after changes of the code; those that stay as they are do not occur.

    A memory that was born outside of HEAD's history (on another branch, or ahead of it) may follow a
    rename, but this code is no reason to disbelieve it.

    Args:
        records: The memories that the changes may touch.
        changes: Commit by commit, oldest first.
        code: The code as it is after the changes.
        at: The present moment.
        former: Where a memory was anchored before, latest first; given after a jump to another
            branch, where what was renamed over there has its old name.
    """
    for record in records:
        is_over = record.status is Status.DEPRECATED
        over = dict.fromkeys(_names(record.anchors), record.valid_until) if is_over else {}
        anchors, ended = followed(record.anchors, changes, over)
        verdict = verify(replace(record, anchors=anchors), code, ended)
        if verdict.outcome == "gone" and former is not None:
            earlier = (verify(replace(record, anchors=place), code) for place in former(record))
            verdict = next((found for found in earlier if found.outcome == "holds"), verdict)
        step = _step(record, verdict, changes, at)
        if step and (step.event not in ("stale", "deprecated") or not _born_elsewhere(record, code)):
            yield step


def _step(record: Record, verdict: Verdict, changes: Sequence[CommitChanges], at: datetime) -> Step | None:
    """What a memory becomes: what moved is re-anchored, what changed is stale, what is gone deprecated."""
    after = replace(record, anchors=verdict.anchors, updated_at=at)
    if verdict.outcome == "gone":
        return _deprecated(record, verdict, changes, at)
    if is_code_reason(record) and verdict.outcome != "changed":
        back = replace(after, status=Status.ACTIVE, reason=None, valid_until=None)
        return Step(record, back, "revived", f"the code is there again: {verdict.phrase}")
    if verdict.outcome == "changed" and _can_turn_stale(record):
        reason = f"{CODE_CHANGED}{verdict.phrase}"
        turned = replace(after, status=Status.STALE, reason=reason, valid_until=None)
        if record.status is not Status.STALE:
            return Step(record, turned, "stale", reason)
        after = turned
    if where_is(verdict.anchors) != where_is(record.anchors):
        after = replace(after, text=retold(after.text, where_is(record.anchors), where_is(after.anchors)))
        return Step(record, after, "reanchored", f"moved: {', '.join(where_is(verdict.anchors))}")
    if replace(after, updated_at=record.updated_at) == record:
        return None
    return Step(record, after, "verified", verdict.phrase)


def reverified(record: Record, code: CodeView, at: datetime) -> Record | None:
    """The memory with its symbols as they are now, believed again; None where nothing of it has changed."""
    verdict = verify(record, code)
    if verdict.outcome != "changed" or any(finding.standing == "gone" for finding in verdict.findings):
        return None
    names = (SymbolAnchor(anchor.symbol) for anchor in verdict.anchors.symbols)
    anchors = with_digests(replace(verdict.anchors, symbols=tuple(names)), code)
    if not _can_turn_stale(record):
        return replace(record, anchors=anchors, updated_at=at)
    return replace(
        record, anchors=anchors, status=Status.ACTIVE, reason=RELIED_ON, valid_until=None, updated_at=at
    )


def retold(text: str, old: Sequence[str], new: Sequence[str]) -> str:
    """A text with the places that it names where they are now.

    Args:
        text: What a memory says.
        old: Paths and symbols as they were.
        new: The same, as they are; one for each of the old ones, else nothing is changed.
    """
    if len(old) != len(new):
        return text
    moved = {before: after for before, after in zip(old, new, strict=True) if before != after}
    for before, after in list(moved.items()):
        moved.setdefault(before.partition("::")[0], after.partition("::")[0])
    for before in sorted(moved, key=len, reverse=True):
        after = moved[before].replace("\\", r"\\")
        text = re.sub(rf"(?<![\w/.-]){re.escape(before)}(?![\w/-])", after, text)
    return text


def is_code_reason(record: Record) -> bool:
    """Whether a memory lost its standing to the code, so that the code can give it back."""
    return record.status in (Status.STALE, Status.DEPRECATED) and (record.reason or "").startswith(
        (CODE_CHANGED, CODE_GONE)
    )


def where_is(anchors: Anchors) -> tuple[str, ...]:
    """The places in the code, as a person would write them."""
    return (*(anchor.symbol for anchor in anchors.symbols), *anchors.paths)


def _deprecated(
    record: Record, verdict: Verdict, changes: Sequence[CommitChanges], at: datetime
) -> Step | None:
    if record.status is Status.DEPRECATED:
        return None
    commit = _ended_by(record, changes)
    reason = f"{CODE_GONE}{verdict.phrase}" + (f" since {commit[:10]}" if commit else "")
    ended = replace(record, status=Status.DEPRECATED, reason=reason, valid_until=commit, updated_at=at)
    return Step(record, ended, "deprecated", reason)


def _can_turn_stale(record: Record) -> bool:
    return record.status is Status.ACTIVE or is_code_reason(record)


def _born_elsewhere(record: Record, code: CodeView) -> bool:
    born = record.valid_from or record.provenance.commit
    return born is not None and code.has_work_of(born) is False


def _ended_by(record: Record, changes: Sequence[CommitChanges]) -> str | None:
    """The last commit that touched a file of the memory, following renames."""
    files = set(record.anchors.files())
    commit = None
    for change in changes:
        files |= {new for old, new in change.renamed if old in files}
        if files & {*change.deleted, *change.modified, *(old for old, _ in change.renamed)}:
            commit = change.commit
    return commit


def _names(anchors: Anchors) -> set[str]:
    return {*anchors.paths, *(anchor.symbol for anchor in anchors.symbols)}


def _carried(anchors: Anchors, change: CommitChanges, ended: Collection[str]) -> Anchors:
    """The anchors after the renames and moves of one commit; those that had ended before stay."""
    renames, symbols = dict(change.renamed), dict(change.symbols)
    new = {**renames, **_renamed_folders(change, anchors)}

    def now(anchor: SymbolAnchor) -> SymbolAnchor:
        in_file = _in_file(anchor, renames)
        return replace(in_file, symbol=symbols.get(in_file.symbol, in_file.symbol))

    return replace(
        anchors,
        paths=tuple(dict.fromkeys(path if path in ended else new.get(path, path) for path in anchors.paths)),
        symbols=tuple(anchor if anchor.symbol in ended else now(anchor) for anchor in anchors.symbols),
    )


def _in_file(anchor: SymbolAnchor, renames: dict[str, str]) -> SymbolAnchor:
    if anchor.path not in renames:
        return anchor
    return replace(anchor, symbol=f"{renames[anchor.path]}::{anchor.qualname}")


def _renamed_folders(change: CommitChanges, anchors: Anchors) -> dict[str, str]:
    """Anchored folders of which every file went to the same new folder."""
    moved = {}
    for folder in anchors.paths:
        inside = [(old, new) for old, new in change.renamed if old.startswith(f"{folder}/")]
        places = {
            new.removesuffix(old[len(folder) :]) for old, new in inside if new.endswith(old[len(folder) :])
        }
        left = [path for path in change.modified if path.startswith(f"{folder}/")]
        if inside and len(places) == 1 and not left:
            moved[folder] = places.pop()
    return moved
