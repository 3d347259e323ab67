"""Sync while the ground moves: commits and other syncs that come in between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from memory.code_view import CommitChanges
from memory.memory import Memory
from memory.records import Draft, Status
from memory.scopes import Viewpoint
from memory.store import RecordStore
from tests.memory.conftest import Clock, PlainCode

VIEW = Viewpoint("alice", "payments")


@dataclass
class BusyCode(PlainCode):
    """A repository in which something happens right after its changes were read."""

    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def changes(self, since: str | None) -> Sequence[CommitChanges]:
        found = [*super().changes(since)]
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return found


def test_a_file_that_moves_on_while_sync_looks_is_followed_not_retired(
    store: RecordStore, clock: Clock, about: Callable[..., Draft]
) -> None:
    code = BusyCode({"a.py": {"f": "body"}})
    memory = Memory(store, code, VIEW, clock)
    memory.add(about("Amounts are cents", "a.py"))
    code.commit(rename=[("a.py", "b.py")])
    code.meanwhile = [lambda: code.commit(rename=[("b.py", "c.py")])]
    report = memory.sync()
    assert (report.deprecated, report.commit) == ([], "c2")
    (record,) = memory.list()
    assert (record.anchors.paths, record.status) == (("c.py",), Status.ACTIVE)


def test_two_syncs_of_the_same_commits_come_to_what_one_does(
    store: RecordStore, clock: Clock, about: Callable[..., Draft]
) -> None:
    code = BusyCode({"a.py": {"f": "body"}})
    memory, other = Memory(store, code, VIEW, clock), Memory(store, code, VIEW, clock)
    memory.add(about("Amounts are cents", "a.py"))
    code.commit(rename=[("a.py", "b.py")])
    code.meanwhile = [lambda: other.sync() and code.commit(rename=[("b.py", "c.py")])]
    memory.sync()
    (record,) = memory.list()
    assert (record.anchors.paths, record.status) == (("c.py",), Status.ACTIVE)
    assert [change.event for change in memory.history(record.id)] == ["added", "reanchored", "reanchored"]


def test_a_repository_that_never_rests_is_still_synced(
    store: RecordStore, clock: Clock, about: Callable[..., Draft]
) -> None:
    code = BusyCode({"a.py": {"f": "body"}, "b.py": {"g": "body of g"}})
    memory = Memory(store, code, VIEW, clock)
    memory.add(about("Amounts are cents", "a.py"))
    code.commit(delete=["a.py"])
    code.meanwhile = [lambda: code.commit(write={"b.py": {"g": "another"}})] * 40
    assert [item.record.text for item in memory.sync().deprecated] == ["Amounts are cents"]
