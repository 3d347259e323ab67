"""Keeps a repository's memories up to date with its commits, its work tree and the calendar."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from memory.caretaker import Caretaker
from memory.code_view import CodeView, CommitChanges
from memory.filters import Filter
from memory.lifecycle import Step, SyncReport, following, touched_paths
from memory.packet import Dropped
from memory.records import FEEDABLE, Anchors, Record, Status
from memory.review import CODE_IS_GONE, Review
from memory.scopes import visible_filter
from memory.store import Mark

TRIES = 5
"""How often sync begins anew because commits, or another sync, came in between."""


class Follower(Caretaker):
    """Applies what happened to the code to the memories anchored there.

    Touched are the memories of this repository and the person's private ones about it. A text is written
    only where it names a place that has moved; nothing else waits for an embedding model.
    """

    @property
    def _marker(self) -> str:
        """Under which name it is kept up to which commit was followed."""
        return f"synced/{self._view.group_id}/{self._view.user_id}"

    def start(self) -> None:
        """Note where the repository stands when it gets its first memory: sync goes on from there."""
        head = self._code.head()
        if head and self._store.setting(self._marker) is None:
            self._store.set_setting(self._marker, head)

    def follow(self, changes: Sequence[CommitChanges], turn: str | None) -> SyncReport:
        """Apply changes, oldest first, as a part of a turn."""
        code = self._code.settled()
        touched: Filter = {"files": touched_paths(changes)}
        traced = _traced(code, changes, self._anchored(touched))
        self._make_ready(traced, touched)
        with self._store.transaction():
            return self._take(following(self._anchored(touched), traced, code, self._clock()), turn)

    def sync(self) -> SyncReport:
        """Catch up with everything since the last time; see :meth:`memory.memory.Memory.sync`."""
        for _ in range(TRIES):
            if report := self._catch_up(patient=True):
                return report
        return self._catch_up(patient=False) or SyncReport()

    def _catch_up(self, *, patient: bool) -> SyncReport | None:
        """One attempt; with patience, None and nothing written where the ground moved meanwhile."""
        code = self._code.settled()
        head = code.head()
        marker = self._store.setting(self._marker)
        since = marker or head
        contained = since is None or since == head or code.is_ancestor(since)
        changes = code.changes(since)
        concerned: Filter = {"files": touched_paths(changes) if contained is not None else "*"}
        traced = _traced(code, changes, self._anchored(concerned))  # may take seconds: others can write
        self._make_ready(traced, concerned)
        with self._store.transaction():
            if patient and self._store.setting(self._marker) != marker:
                return None  # another process has followed these changes
            found = [*self._anchored(concerned), *self._gone_uncommitted()]
            once = {record.id: record for record in found}.values()
            former = None if contained else self._former_anchors
            steps = list(following(once, traced, code, self._clock(), former))
            if patient and any(step.event == "deprecated" for step in steps):
                now = self._code.settled()  # what seems gone may have been moved since `changes` was read
                if (now.head(), now.changes(since)) != (head, changes):
                    return None
            report = self._take(steps, None)
            report.questioned.extend(self._expire())
            if head:
                self._note_births(head, code.branch())
            if head and (head != since or marker is None):
                self._store.set_setting(self._marker, head)
        return replace(report, commit=head)

    def _make_ready(self, changes: Sequence[CommitChanges], concerned: Filter) -> None:
        """Load what writes texts, before others have to wait for it, if a text names what has moved."""
        gone = {old for change in changes for old, _ in (*change.renamed, *change.symbols)}
        paths = {place.partition("::")[0] for place in gone}
        if any(path in record.text for record in self._anchored(concerned) for path in paths if paths):
            self._store.ready_to_write()

    def _anchored(self, extra: Filter) -> list[Record]:
        standing = [status.value for status in (*FEEDABLE, Status.PROPOSED, Status.DEPRECATED)]
        owners = list(self._view.owners()[:2])
        found = self._store.find({"user_id": owners, "status": standing, **extra})
        return [record for record in found if record.scope.group_id == self._view.group_id]

    def _gone_uncommitted(self) -> list[Record]:
        """Memories whose code was missing from the work tree only: no commit will tell that it is back."""
        gone = self._anchored({"marks": Mark.CODE_GONE})
        return [record for record in gone if record.valid_until is None]

    def _take(self, steps: Iterable[Step], turn: str | None) -> SyncReport:
        report = SyncReport()
        for step in steps:
            self._ledger.save(step.event, step.before, step.after, turn=turn, reason=step.reason)
            report.note(step)
        review, at = Review(self._store, self._view.owners(), turn), self._clock()
        for gone in report.deprecated:
            questioned = review.question(gone.record.id, CODE_IS_GONE, at)
            report.questioned.extend(Dropped(record, record.reason or "") for record in questioned)
        for record in list(report.revived):
            report.revived.extend(review.answer(record.id, CODE_IS_GONE, at))
        return report

    def _former_anchors(self, record: Record) -> Sequence[Anchors]:
        moves = [change for change in self._store.changes_of(record.id) if change.event == "reanchored"]
        return [change.before.anchors for change in reversed(moves) if change.before]

    def _note_births(self, head: str, branch: str | None) -> None:
        """Give memories that were learned in uncommitted work of this branch the commit it went into."""
        for record in self._marked(Mark.UNCOMMITTED):
            if record.scope.branch == branch and record.provenance.commit != head:
                born = replace(record, valid_from=head, updated_at=self._clock())
                self._ledger.save("committed", record, born, turn=None, reason=f"committed by {head[:10]}")

    def _expire(self) -> Iterator[Dropped]:
        """Mark what has expired; yields what rested on it."""
        at = self._clock()
        review = Review(self._store, self._view.owners(), None)
        for record in self._marked(Mark.EXPIRING):
            if record.expires_at and record.expires_at <= at:
                reason = f"expired on {record.expires_at.date().isoformat()}"
                ended = replace(record, status=Status.EXPIRED, reason=reason, updated_at=at)
                self._ledger.save("expired", record, ended, turn=None, reason=reason)
                for shaken in review.question(record.id, f"which {reason}", at):
                    yield Dropped(shaken, shaken.reason or "")

    def _marked(self, mark: Mark) -> list[Record]:
        return self._store.find({**visible_filter(self._view), "marks": mark})


def _traced(
    code: CodeView, changes: Sequence[CommitChanges], records: Iterable[Record]
) -> Sequence[CommitChanges]:
    """The changes, with what they did to the symbols that the records are anchored at."""
    names = {anchor.symbol for record in records for anchor in record.anchors.symbols}
    return code.with_moves(changes, names) if names else changes
