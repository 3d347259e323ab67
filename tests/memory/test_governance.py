"""Retention, audit and forgetting, on a real store."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory.accounts import Actor
from memory.embedding import WordLlamaEmbedder
from memory.errors import InvalidRetention, UnknownMemory
from memory.filters import ANY_STATUS, Where
from memory.governance import Choice, Governance
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft, Kind, Provenance, Record
from memory.retention import overdue, read_rules
from memory.scopes import Viewpoint
from memory.store import RecordStore
from tests.memory.conftest import Clock, PlainCode

VIEW = Viewpoint("ada", "payments")
SECRETIVE = "the falcon lands at dusk"
House = Callable[..., tuple[Memory, Governance]]


@pytest.fixture
def store(tmp_path: Path, embedder: WordLlamaEmbedder) -> Iterator[RecordStore]:
    opened = open_store(tmp_path / "data", embedder, actor=Actor("ada", "mcp"))
    yield opened
    opened.close()


@pytest.fixture
def house(store: RecordStore, code: PlainCode, clock: Clock) -> House:
    """A memory and its governance, as somebody sees them."""

    def see(view: Viewpoint = VIEW, *rules: str) -> tuple[Memory, Governance]:
        return Memory(store, code, view, clock), Governance(store, view, read_rules(rules), clock)

    return see


def texts(memory: Memory) -> set[str]:
    return {record.text for record in memory.list(Where(status=ANY_STATUS))}


def traces(folder: Path, text: str) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]


def written(memory: Memory, draft: Draft, turn: str | None = None) -> Record:
    record = memory.add(draft, turn=turn).record
    assert record is not None
    return record


def test_what_has_expired_is_deleted_to_the_last_byte(house: House, clock: Clock, tmp_path: Path) -> None:
    memory, governance = house()
    memory.add(Draft(f"Until Friday {SECRETIVE}", expires_at=clock.at.replace(day=6)))
    memory.add(Draft("Amounts are cents"))
    assert governance.sweep() == []
    clock.wait(days=10)
    (swept,) = governance.sweep()
    assert swept.why == "expired on 2026-03-06"
    assert texts(memory) == {"Amounts are cents"}
    assert traces(tmp_path, SECRETIVE) == []
    assert governance.audit()[-1].event == "swept"


def test_what_sync_marked_as_expired_is_deleted_too(house: House, clock: Clock) -> None:
    memory, governance = house()
    memory.add(Draft("Until Friday", expires_at=clock.at.replace(day=6)))
    clock.wait(days=10)
    memory.sync()
    assert [item.why for item in governance.sweep()] == ["expired on 2026-03-06"]


def test_retention_goes_by_kind_label_and_scope_the_most_particular_rule_first(
    house: House, clock: Clock
) -> None:
    memory, governance = house(VIEW, "*=1y", "task=30d", "fix=90d", "preference@user=7d")
    memory.add(Draft("Did this", kind=Kind.TASK))
    memory.add(Draft("Mended that", label="fix"))
    memory.add(Draft("Tabs please", level="user", label="style"))
    memory.add(Draft("Everyone uses tabs", level="repo", label="style"))
    for days, left in ((8, 3), (23, 2), (60, 1), (300, 0)):
        clock.wait(days=days)
        governance.sweep()
        assert len(texts(memory)) == left, days


def test_a_memory_that_was_said_again_is_as_old_as_that(house: House, clock: Clock) -> None:
    memory, governance = house(VIEW, "semantic=30d")
    memory.add(Draft("Amounts are cents"))
    clock.wait(days=20)
    memory.add(Draft("Amounts are cents", provenance=Provenance(author="grace")))
    clock.wait(days=20)
    assert governance.due() == []
    clock.wait(days=11)
    assert [item.why for item in governance.due()] == ["kept as long as semantic=30d says"]


def test_other_peoples_memories_are_neither_swept_nor_audited(house: House, clock: Clock) -> None:
    (mine, governance), (theirs, _) = house(VIEW, "*=1d"), house(Viewpoint("grace", "payments"))
    theirs.add(Draft("Grace likes tabs", level="user", label="style"))
    elsewhere, _ = house(Viewpoint("ada", "shop"))
    elsewhere.add(Draft("The shop sells tea"))
    mine.add(Draft("Amounts are cents"))
    clock.wait(days=3)
    assert [item.record.text for item in governance.sweep()] == ["Amounts are cents"]
    assert (texts(theirs), texts(elsewhere)) == ({"Grace likes tabs"}, {"The shop sells tea"})
    assert {entry.owner for entry in governance.audit()} == {"repo/payments"}


@pytest.mark.parametrize("rule", ["task", "task=soon", "task=3", "truth=3d", "task@team=3d", "task=-1d", ""])
def test_a_rule_that_makes_no_sense_is_named(rule: str) -> None:
    with pytest.raises(InvalidRetention, match=rule or "''"):
        read_rules([rule])


def test_rules_are_read_as_people_write_them() -> None:
    rules = read_rules(["task=90d", " task_log@user=4w ", "*@org=2y", "preference=6m"])
    assert [rule.text for rule in rules] == ["task=90d", "task_log@user=28d", "*@org=730d", "preference=180d"]


def test_nothing_is_overdue_without_a_rule(house: House, clock: Clock) -> None:
    memory, _ = house()
    record = memory.add(Draft("Amounts are cents")).record
    assert isinstance(record, Record)
    clock.wait(days=9999)
    assert overdue(record, (), clock.at) is None


def test_the_audit_log_says_who_did_what_without_contents_and_outlives_the_memory(
    house: House, clock: Clock, tmp_path: Path
) -> None:
    memory, governance = house()
    record = memory.add(Draft(f"Note: {SECRETIVE}"), turn="t1").record
    assert record
    memory.note_fed(memory.recall("falcon"), turn="t2")
    memory.credit([record.id], True, turn="t2")
    memory.edit(record.id, {"text": f"Better: {SECRETIVE}"}, reason=f"because {SECRETIVE}")
    governance.note_export([record], "jsonl")
    clock.wait(hours=1)
    governance.forget([record], "by author")
    told = [(entry.event, entry.who, entry.via, entry.turn, entry.why) for entry in governance.audit()]
    assert told == [
        ("added", "ada", "mcp", "t1", None),
        ("recalled", "ada", "mcp", "t2", None),
        ("credited", "ada", "mcp", "t2", None),
        ("edited", "ada", "mcp", None, None),
        ("exported", "ada", "mcp", None, "jsonl"),
        ("forgotten", "ada", "mcp", None, "by author"),
    ]
    assert {entry.memory_id for entry in governance.audit()} == {record.id}
    assert governance.audit()[-1].at == clock.at
    assert traces(tmp_path, SECRETIVE) == []


def test_undo_and_redo_are_in_the_audit_log(house: House) -> None:
    memory, governance = house()
    old = memory.add(Draft("Receipts are text")).record
    assert old
    memory.add(Draft("Receipts are HTML", supersedes=(old.id,)), turn="t1")
    memory.undo("t1")
    assert [entry.event for entry in governance.audit()][-2:] == ["undone", "restored"]


def test_everything_private_to_a_person_is_found_in_every_repository(house: House) -> None:
    (here, governance), (there, _) = house(), house(Viewpoint("ada", "shop"))
    here.add(Draft("Tabs please", level="user", label="style"))
    there.add(Draft("Short tests please", level="user", label="style"))
    there.add(Draft("The shop sells tea"))
    found = {record.text for record in governance.private_to("ada")}
    assert found == {"Tabs please", "Short tests please"}
    governance.forget(governance.private_to("ada"))
    assert governance.private_to("ada") == []
    assert texts(there) == {"The shop sells tea"}


def test_what_undo_took_away_can_be_forgotten_to_the_last_byte(house: House, tmp_path: Path) -> None:
    memory, governance = house()
    written(memory, Draft("Amounts are cents"))
    one = written(memory, Draft(f"By id: {SECRETIVE}"), "t")
    two = written(memory, Draft(f"By author: {SECRETIVE}", provenance=Provenance(author="grace")), "t")
    mine = written(memory, Draft(f"By owner: {SECRETIVE}", level="user"), "t")
    memory.undo("t")
    assert texts(memory) == {"Amounts are cents"}
    assert traces(tmp_path, SECRETIVE)
    assert memory.forget_all([one.id.lower()]) == [one.id]
    assert [record.id for record in governance.taken_away(Choice(authors=("grace",)))] == [two.id]
    assert [record.id for record in governance.private_to("ada")] == [mine.id]
    governance.forget([*governance.taken_away(Choice(authors=("grace",))), *governance.private_to("ada")])
    assert traces(tmp_path, SECRETIVE) == []
    assert memory.redo("t").added == []
    with pytest.raises(UnknownMemory):
        memory.get(one.id, ever=True)


def test_nobody_reaches_what_undo_took_away_from_somebody_else(house: House) -> None:
    memory, _ = house()
    record = written(memory, Draft("Ada likes short tests", level="user"), "t")
    memory.undo("t")
    theirs, governance = house(Viewpoint("grace", "payments"))
    with pytest.raises(UnknownMemory):
        theirs.forget(record.id)
    assert governance.taken_away(Choice()) == []


def test_who_said_it_again_leaves_no_name_behind(house: House, tmp_path: Path) -> None:
    memory, governance = house()
    name = "Grace Höpper <grace@example.org>"

    def said(author: str, text: str, turn: str | None = None) -> Record:
        return written(memory, Draft(text, provenance=Provenance(author=author)), turn)

    first = said("ada", "Amounts are cents")
    said(name, "Amounts are in cents")
    said("linus", "All amounts are cents")
    undone = said("ada", "Retries are capped at 3", "t")
    said(name, "Cap retries at 3", "t")
    memory.undo("t")
    hers = said(name, "Invoices are immutable")
    choice = Choice(authors=(name,))
    assert [record.id for record in governance.matching(choice.where())] == [hers.id]
    shared = governance.said_again(choice)
    assert {record.id for record in shared} == {first.id, undone.id}
    governance.forget(governance.matching(choice.where()))
    governance.unname(shared, choice.authors)
    assert [source.author for source in memory.get(first.id).sources] == ["linus"]
    assert memory.get(first.id).stats.restated == 2
    for spelling in (name, json.dumps(name)[1:-1], "grace@example.org"):
        assert traces(tmp_path, spelling) == []
    assert [change.event for change in memory.history(first.id)] == ["added", "merged", "merged"]
    assert {entry.memory_id for entry in governance.audit() if entry.event == "unnamed"} == {
        first.id,
        undone.id,
    }
