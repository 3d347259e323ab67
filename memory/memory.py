"""The interface for everyone else: one person's memory of one repository."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from memory.accounts import Expense
from memory.clock import now, to_text
from memory.code_view import CodeView, CommitChanges
from memory.editing import edited
from memory.ephemera import plain
from memory.errors import UnknownMemory
from memory.filters import ANY_STATUS, BELIEVED, Filter, Where, to_filter
from memory.follower import Follower
from memory.journal import Change
from memory.ledger import Ledger
from memory.lifecycle import RELIED_ON, SyncReport, reverified
from memory.packet import Recalled, Recollection, pack
from memory.past import Past, as_it_was
from memory.ranking import Near, rank
from memory.recall import Lookout, checked, found_for, relevant
from memory.records import FEEDABLE, Draft, Record, Scope, Status
from memory.redaction import redacted
from memory.review import Review
from memory.scopes import Viewpoint, may_see, owner_of, visible_filter
from memory.store import RecordStore
from memory.taking_back import Redone, Taking, Undone
from memory.upkeep import Upkeep
from memory.writer import Writer
from memory.writing import Written, complete, unwelcome

# `list` is a method below, so the type needs other names.
Records: TypeAlias = list[Record]
RecalledList: TypeAlias = list[Recalled]
Changes: TypeAlias = list[Change]
Names: TypeAlias = list[str]


class Memory:
    """Remembers, recalls and keeps up with the code.

    Args:
        store: Where the memories are; several processes may have it open.
        code: The repository as it lies in the work tree.
        view: Who is looking: nothing outside this viewpoint is ever read or changed.
        clock: The present moment, aware.
    """

    def __init__(
        self,
        store: RecordStore,
        code: CodeView,
        view: Viewpoint,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._store = store
        self._ledger = Ledger(store)
        self._code = code
        self.view = view
        self._clock = clock
        self._follower = Follower(store, code, view, clock)

    def add(self, draft: Draft, *, turn: str | None = None) -> Written:
        """Remember something: secrets masked, noise refused, duplicates merged, superseded ones linked.

        Args:
            draft: What to remember.
            turn: The turn that does it, for undo.

        Raises:
            InvalidMemory: The draft makes no sense.
            UnknownMemory: It supersedes a memory that is not there.
        """
        code = self._code.settled()
        if not draft.whole:
            draft = replace(draft, text=plain(draft.text))
            if why := unwelcome(draft, code):
                return Written(None, "refused", why)
        record = redacted(complete(draft, self.view, code, self._clock()))
        self._store.ready_to_write()
        with self._store.transaction():
            self._follower.start()
            if draft.whole:
                return self._writer(turn).take_in(record)
            replaced = [self.get(memory_id) for memory_id in record.supersedes]
            return self._writer(turn).write(record, replaced, draft.repeats)

    def pruner(self) -> Upkeep:
        """What finds memories that are not worth their place any more, and takes them out of use."""
        return Upkeep(self._store, self._code, self.view, self._clock)

    def warm_up(self) -> None:
        """Begin to load what the first write needs, for whoever knows that one will come."""
        self._store.warm_up()

    def get(self, memory_id: str, *, ever: bool = False) -> Record:
        """One memory; `ever`: or what undo has taken away, as it was last, for it can still be forgotten.

        Raises:
            UnknownMemory: There is none with that id, or not for this viewpoint.
        """
        wanted = memory_id[:1].upper() + memory_id[1:].lower()
        record = self._store.last_known(wanted) if ever else self._store.get(wanted)
        if record is None or not may_see(record, self.view):
            raise UnknownMemory(memory_id)
        return record

    def list(self, where: Where = BELIEVED, limit: int | None = None) -> Records:
        """The memories that pass the filter, newest first; active and stale ones if it names no status."""
        found = self._store.find(self._within(where), limit)
        return [record for record in found if may_see(record, self.view)]

    def search(self, query: str, where: Where = BELIEVED, limit: int = 10) -> RecalledList:
        """What a prompt would get for a query: verified, visible, ranked, best first.

        Statuses that the filter names are let through as well, for a person to look at.
        """
        at = self._clock()
        ranked = rank(relevant(self._store, query, self._within(where)), (), at)
        found, _ = checked(ranked, self._lookout(at, where.status or FEEDABLE), limit)
        return found

    def as_of(self, past: Past, where: Where = BELIEVED, query: str | None = None) -> Records:
        """What was believed at a point in the past, newest first, or best first for a query.

        Args:
            past: Which point.
            where: Further conditions; of the statuses, what they were then.
            query: What to look for by words and meaning.
        """
        everything = replace(where, status=ANY_STATUS)
        if query is None:
            found = self.list(everything)
        else:
            near = relevant(self._store, query, self._within(everything))
            found = [item.record for item in rank(near, (), self._clock())]
        then = (as_it_was(record, self._store.changes_of(record.id), past) for record in found)
        wanted = where.status or FEEDABLE
        return [held for held in then if held and held.status in wanted and may_see(held, self.view)]

    def recall(
        self,
        task: str,
        near: Near = (),
        budget_tokens: int = 1500,
        where: Where = BELIEVED,
        *,
        clearly: bool = False,
    ) -> Recollection:
        """The memories for a task, packed for a prompt.

        Args:
            task: What is to be done, in words.
            near: Paths and symbols of the code at hand, or each with how likely the task is about it.
            budget_tokens: Upper bound for the packet's length.
            where: Which count.
            clearly: Of what is about code, only what the words clearly speak of: for who will ask again
                once that code is found.
        """
        out = self._lookout(self._clock(), FEEDABLE)
        holding, dropped = found_for(self._store, task, near, self._within(where), out, clearly=clearly)
        return pack(holding, dropped, budget_tokens, out.at)

    def notices(self) -> Sequence[str]:
        """What a person should know of the searches since this was last asked: one sentence each."""
        return self._store.notices()

    def embed_all(self) -> int:
        """Give every memory the vector that searching needs; says how many had none."""
        return self._store.embed_all()

    def edit(
        self, memory_id: str, changes: Mapping[str, Any], *, reason: str, turn: str | None = None
    ) -> Record:
        """Change fields of a memory.

        Args:
            memory_id: Which one.
            changes: New values by field name, in the shape of the record's JSON; of `anchors` and
                `scope` only the parts that change.
            reason: Why, for the history.
            turn: The turn that does it, for undo.

        Raises:
            UnknownMemory: There is no such memory.
            InvalidMemory: A field cannot be changed, or the result makes no sense.
        """
        if "text" in changes:
            self._store.ready_to_write()
        with self._store.transaction():
            before = self.get(memory_id)
            after = edited(before, changes, self._code, self._clock())
            self._ledger.save("edited", before, after, turn=turn, reason=reason)
            self._writer(turn).settle(before, after)
        return after

    def forget(self, memory_id: str) -> None:
        """Delete a memory, its history and every trace of its text on disk.

        Raises:
            UnknownMemory: There is no such memory.
        """
        self.forget_all([memory_id])

    def forget_all(self, memory_ids: Iterable[str]) -> Names:
        """Delete several memories as :meth:`forget` does, the files swept once; gives their ids.

        Raises:
            UnknownMemory: One of them is not there; then none is deleted.
        """
        gone = [self.get(memory_id, ever=True).id for memory_id in memory_ids]
        review = Review(self._store, self.view.owners(), None)
        with self._store.transaction():
            for memory_id in gone:
                review.question(memory_id, "which was forgotten", self._clock(), gone)
        self._store.erase(gone, self._clock())
        return gone

    def history(self, memory_id: str) -> Changes:
        """Every change of a memory, oldest first.

        Raises:
            UnknownMemory: There is no such memory.
        """
        return self._store.changes_of(self.get(memory_id).id)

    def note_recalled(self, ids: Sequence[str], *, turn: str) -> None:
        """Count that memories were put into a prompt."""
        with self._store.transaction():
            self._ledger.count(self._known(ids), "recalled", self._clock(), turn=turn, recalled=1)

    def note_fed(self, found: Recollection, *, turn: str, step: str = "recall") -> None:
        """Count that what was recalled in a step was put into a prompt, and what it cost there."""
        with self._store.transaction():
            self.note_recalled([item.record.id for item in found.fed], turn=turn)
            self._spend(Expense(turn, step, self._clock(), found.tokens, len(found.fed), found.held_back))

    def note_lessons(self, tokens: int, *, turn: str) -> None:
        """Count what it cost to draw the lessons of a turn."""
        self._spend(Expense(turn, "lessons", self._clock(), tokens))

    def credit(self, ids: Sequence[str], helped: bool, *, turn: str) -> None:
        """Count that memories were cited in a plan whose tests then passed, or failed.

        Where they passed, what the change did to the code of such a memory is taken as it is now: the
        memory was relied on for that very change.
        """
        counts = {"cited": 1, "helped": int(helped), "hurt": int(not helped)}
        code, at = self._code.settled(), self._clock()
        with self._store.transaction():
            for record in self._known(ids) if helped else ():
                if after := reverified(record, code, at):
                    self._ledger.save("verified", record, after, turn=turn, reason=RELIED_ON)
            self._ledger.count(self._known(ids), "credited", at, turn=turn, **counts)

    def apply_changes(self, changes: Sequence[CommitChanges], *, turn: str | None = None) -> SyncReport:
        """Let the memories of this repository follow changes of its files, oldest first."""
        return self._follower.follow(changes, turn)

    def sync(self) -> SyncReport:
        """Bring memory up to the repository's commits and work tree since the last time.

        Where the commit of last time is not part of the history any more (another branch, history
        rewritten), the difference of the two trees decides; where it is not even known (a shallow clone),
        every anchored memory is checked against the code.
        """
        return self._follower.sync()

    def undo(self, turn: str) -> Undone:
        """Take back every write of a turn; what something else changed since is left and reported."""
        return Taking(self._store).back(turn)

    def redo(self, turn: str) -> Redone:
        """Make what was taken back of a turn again, around what was changed since."""
        return Taking(self._store).again(turn)

    def let_go(self, turn: str) -> None:
        """Forget what was taken back of a turn: it can not be made again any more."""
        self._store.let_go(turn)

    def _writer(self, turn: str | None) -> Writer:
        return Writer(self._store, self.view, self._code.head(), turn)

    def _within(self, where: Where) -> Filter:
        current: Filter = {"OR": [{"expires_at": None}, {"expires_at": {"gt": to_text(self._clock())}}]}
        asked = to_filter(where, FEEDABLE)
        return {**visible_filter(self.view), **asked, **({} if where.status else current)}

    def _lookout(self, at: datetime, statuses: tuple[Status, ...]) -> Lookout:
        return Lookout(self.view, self._code.settled(), at, statuses)

    def _spend(self, expense: Expense) -> None:
        self._store.accounts.spend(expense, owner_of(Scope(group_id=self.view.group_id)))

    def _known(self, ids: Sequence[str]) -> Records:
        """The memories with these ids; one that was forgotten meanwhile is no error."""
        found = self._store.find({"record_id": list(ids)})
        known = {record.id: record for record in found if may_see(record, self.view)}
        return [known[memory_id] for memory_id in dict.fromkeys(ids) if memory_id in known]
