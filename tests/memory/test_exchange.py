import json

from memory.exchange import export_lines, import_lines
from memory.filters import ANY_STATUS, Where
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft, Origin, Status
from memory.scopes import Viewpoint

ALICE = Viewpoint("alice", "payments", org="acme")


def without_times(lines):
    return [{**json.loads(line), "updated_at": None} for line in lines]


def test_what_export_writes_import_reads(memory_of, code, clock, about, embedder, tmp_path):
    memory = memory_of("alice", "payments", org="acme")
    old = memory.add(Draft("Sessions live in Redis")).record
    clock.wait(days=1)
    memory.add(about("Sessions live in Postgres", "payments/api.py::create_invoice", supersedes=(old.id,)))
    clock.wait(days=1)
    memory.add(Draft("All services log in JSON", level="org"))
    memory.add(Draft("Tabs please", level="user", label="style"))
    memory.credit([memory.list()[0].id], True, turn="t")
    lines = list(export_lines(memory))
    assert len(lines) == 4
    other = Memory(open_store(tmp_path / "other", embedder), code, ALICE, clock)
    imported = import_lines(other, lines, ALICE)
    assert imported.rejected == []
    assert without_times(export_lines(other)) == without_times(lines)
    again = import_lines(other, lines, ALICE)
    assert [item.event for item in again.written] == ["merged"] * 4


def test_a_text_alone_is_enough_and_is_anchored_at_head(memory, code):
    line = json.dumps(
        {"text": "Totals include VAT", "anchors": {"symbols": ["payments/domain/invoices.py::total"]}}
    )
    (written,) = import_lines(memory, [line, "", "\n"], Viewpoint("alice", "payments")).written
    record = written.record
    assert (record.provenance.commit, record.provenance.origin) == ("c0", Origin.IMPORTED)
    assert record.anchors.symbols[0].digest == "total=body of total"


def test_an_older_commit_is_kept_and_its_code_not_guessed(memory, code):
    code.commits.append("c1")
    data = {
        "text": "Totals include VAT",
        "anchors": {"symbols": ["payments/domain/invoices.py::total"]},
        "provenance": {"commit": "c0"},
    }
    import_lines(memory, [json.dumps(data)], Viewpoint("alice", "payments"))
    (record,) = memory.list()
    assert record.provenance.commit == "c0"
    assert record.anchors.symbols[0].digest is None


def test_bad_lines_are_named_and_the_others_kept(memory):
    lines = [
        "nonsense",
        '{"text": "fine"}',
        '{"label": "style"}',
        '{"text": "x y", "label": "opinion"}',
        '{"text": "x z", "scope": {"user_id": "bob"}}',
        "[1]",
        '{"text": 3}',
        '{"text": "a b", "confidence": 7}',
    ]
    result = import_lines(memory, lines, Viewpoint("alice", "payments"))
    assert [number for number, _ in result.rejected] == [1, 3, 4, 5, 6, 7, 8]
    assert all(reason.endswith(".") for _, reason in result.rejected)
    assert [record.text for record in memory.list(Where(status=ANY_STATUS))] == ["fine"]


def test_another_repositorys_records_become_this_ones(memory_of, clock):
    here, there = memory_of(group="payments"), memory_of(group="shop")
    here.add(Draft("The ledger is append only", status=Status.PROPOSED))
    import_lines(there, export_lines(here), Viewpoint("alice", "shop"))
    (record,) = there.list(Where(status=ANY_STATUS))
    assert (record.scope.group_id, record.status) == ("shop", Status.PROPOSED)
