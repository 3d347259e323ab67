"""Retention, audit, and deletion for good."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memory.accounts import Entry
from memory.clock import now, to_text
from memory.filters import ANY_STATUS, Where, to_filter
from memory.records import Provenance, Record, Scope
from memory.retention import Rule, overdue
from memory.review import Review
from memory.scopes import Viewpoint, may_see, owner_of, visible_filter
from memory.statistics import Statistics, statistics
from memory.store import RecordStore


@dataclass(frozen=True, slots=True)
class Swept:
    """A memory that was deleted, or is due to be, and why."""

    record: Record
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be forgotten; each condition that is given must hold."""

    paths: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()

    def where(self) -> Where:
        """The same as a question to the store."""
        return Where(path=self.paths, author=self.authors, commit=self.commits)

    def fits(self, record: Record) -> bool:
        """Whether a memory is meant, whoever said it."""
        files = record.anchors.files()
        here = not self.paths or any(
            file.startswith(path) if path.endswith("/") else file == path
            for path in self.paths
            for file in files
        )
        return here and (not self.commits or record.provenance.commit in self.commits)

    def is_by(self, said: Provenance) -> bool:
        """Whether one of the people who are meant said it."""
        return not self.authors or said.author in self.authors


class Governance:
    """Retention, audit and deletion of what may be seen from a viewpoint.

    Args:
        store: Where the memories are.
        view: Who is looking.
        rules: How long memories are kept; those with a date of their own go by that as well.
        clock: The present moment, aware.
    """

    def __init__(
        self,
        store: RecordStore,
        view: Viewpoint,
        rules: Sequence[Rule] = (),
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._store = store
        self._view = view
        self._rules = rules
        self._clock = clock

    def due(self) -> list[Swept]:
        """The memories whose time is over."""
        at = self._clock()
        within = visible_filter(self._view)
        asked = [{"expires_at": {"lte": to_text(at)}}, *(rule.old(at) for rule in self._rules)]
        found = {record.id: record for part in asked for record in self._store.find({**within, **part})}
        verdicts = ((record, overdue(record, self._rules, at)) for record in found.values())
        return [Swept(record, why) for record, why in verdicts if why and may_see(record, self._view)]

    def sweep(self) -> list[Swept]:
        """Delete what is due, without a trace but for a line in the audit log."""
        due = self.due()
        self._question([item.record for item in due], "whose time was over")
        for why in dict.fromkeys(item.why for item in due):
            ids = [item.record.id for item in due if item.why == why]
            self._store.erase(ids, self._clock(), event="swept", why=why)
        return due

    def matching(self, where: Where) -> list[Record]:
        """Every memory that is meant, whatever its status."""
        found = self._store.find({**visible_filter(self._view), **to_filter(where, ANY_STATUS)})
        return [record for record in found if may_see(record, self._view)]

    def taken_away(self, choice: Choice) -> list[Record]:
        """What undo has taken away and is meant, as it was last: the log still holds its text."""
        seen = (record for record in self._store.lingering() if may_see(record, self._view))
        return [record for record in seen if choice.fits(record) and choice.is_by(record.provenance)]

    def private_to(self, user: str) -> list[Record]:
        """Everything that is private to a person, in whatever repository; what undo has taken away too."""
        owner = owner_of(Scope(user_id=user))
        lingering = [record for record in self._store.lingering() if owner_of(record.scope) == owner]
        return [*self._store.find({"user_id": owner}), *lingering]

    def said_again(self, choice: Choice) -> list[Record]:
        """Memories that somebody else said first, and the people who are meant said again."""
        ids = self._store.said_by(choice.authors) if choice.authors else []
        found = [record for memory_id in ids if (record := self._store.last_known(memory_id))]
        seen = (record for record in found if may_see(record, self._view) and choice.fits(record))
        return [record for record in seen if not choice.is_by(record.provenance)]

    def unname(self, records: Iterable[Record], authors: Collection[str]) -> None:
        """Take out of memories, and of all that the log says of them, that these people said them too."""

        def without(record: Record) -> Record:
            kept = tuple(source for source in record.sources if source.author not in authors)
            return replace(record, sources=kept)

        ids = [record.id for record in records]
        if ids:
            self._store.rewrite(ids, without, self._clock(), "unnamed")

    def forget(self, records: Iterable[Record], why: str | None = None) -> list[str]:
        """Delete memories without a trace of their texts; the audit log keeps their ids and why.

        Args:
            records: What to delete.
            why: By what they were chosen, without contents.
        """
        chosen = list({record.id: record for record in records}.values())
        ids = [record.id for record in chosen]
        if ids:
            self._question(chosen, "which was forgotten")
            self._store.erase(ids, self._clock(), why=why)
        return ids

    def _question(self, gone: Sequence[Record], what_happened: str) -> None:
        """Put up for review what rests on memories that go."""
        owners = dict.fromkeys((*self._view.owners(), *(owner_of(record.scope) for record in gone)))
        review = Review(self._store, [*owners], None)
        with self._store.transaction():
            for record in gone:
                review.question(record.id, what_happened, self._clock(), [item.id for item in gone])

    def note_export(self, records: Iterable[Record], why: str) -> None:
        """Enter that memories left the store."""
        self._store.accounts.note("exported", [record.id for record in records], self._clock(), why=why)

    def statistics(self) -> Statistics:
        """What the memories that may be seen from here are worth, and what they cost in this repository."""
        accounts = self._store.accounts
        spent = accounts.expenses(owner_of(Scope(group_id=self._view.group_id)))
        return statistics(self.matching(Where()), self.audit(), spent, self._clock())

    def audit(self) -> list[Entry]:
        """Everything that was done to memories that may be seen from here, oldest first."""
        return self._store.accounts.entries(self._view.owners())
