from memory.code_view import CommitChanges
from memory.filters import ANY_STATUS, Where
from memory.records import Anchors, Draft, Scope, Status


def anchored(memory, about, *places, **others):
    return memory.add(about(f"A note on {' and '.join(places)}", *places, **others)).record


def test_memories_follow_a_renamed_file(memory, code, about):
    by_path = anchored(memory, about, "payments/api.py")
    by_symbol = anchored(memory, about, "payments/api.py::create_invoice")
    code.commit(rename=[("payments/api.py", "payments/http.py")])
    report = memory.sync()
    assert {moved.record.id for moved in report.reanchored} == {by_path.id, by_symbol.id}
    assert report.commit == code.head()
    assert memory.get(by_path.id).anchors.paths == ("payments/http.py",)
    assert [anchor.symbol for anchor in memory.get(by_symbol.id).anchors.symbols] == [
        "payments/http.py::create_invoice"
    ]
    assert memory.get(by_symbol.id).status is Status.ACTIVE
    assert [change.event for change in memory.history(by_path.id)] == ["added", "reanchored"]


def test_memories_follow_a_renamed_folder_and_a_chain_of_renames_in_one_leap(memory, code, about):
    folder = anchored(memory, about, "payments/domain")
    inside = anchored(memory, about, "payments/domain/invoices.py::total")
    code.commit(rename=[("payments/domain/invoices.py", "payments/core/invoices.py")])
    code.commit(rename=[("payments/core/invoices.py", "payments/core/bills.py")])
    memory.sync()
    assert memory.get(folder.id).anchors.paths == ("payments/core",)
    assert memory.get(inside.id).anchors.files() == ("payments/core/bills.py",)


def test_a_memory_of_a_deleted_file_is_deprecated_with_the_reason_and_never_fed(memory, code, about):
    record = anchored(memory, about, "core/money.py")
    code.commit(delete=["core/money.py"])
    dropped = memory.recall("core money").dropped
    assert [(item.record.id, item.reason) for item in dropped] == [(record.id, "core/money.py is gone")]
    report = memory.sync()
    assert [item.record.id for item in report.deprecated] == [record.id]
    ended = memory.get(record.id)
    assert (ended.status, ended.valid_until) == (Status.DEPRECATED, "c1")
    assert "core/money.py is gone since c1" in ended.reason
    assert memory.recall("core money").text == ""
    assert memory.list() == []


def test_a_memory_with_a_part_left_is_fed_with_a_warning(memory, code, about):
    record = anchored(memory, about, "core/money.py", "payments/api.py::create_invoice")
    code.commit(delete=["core/money.py"])
    assert [item.record.id for item in memory.sync().stale] == [record.id]
    (fed,) = memory.recall("note on money").fed
    assert fed.warning == "core/money.py is gone: check the code before relying on this"
    assert "Warning: core/money.py is gone" in memory.recall("note on money").text


def test_a_symbol_that_changed_makes_its_memory_stale_until_it_is_as_before(memory, code, about):
    record = anchored(memory, about, "payments/api.py::create_invoice")
    code.commit(write={"payments/api.py": {"create_invoice": "another body"}})
    assert "create_invoice changed since" in memory.recall("create invoice").text
    assert [item.record.id for item in memory.sync().stale] == [record.id]
    assert memory.sync().stale == []
    code.commit(write={"payments/api.py": {"create_invoice": "body of create"}})
    assert [item.id for item in memory.sync().revived] == [record.id]
    assert memory.get(record.id).status is Status.ACTIVE


def test_a_symbol_that_moved_or_was_renamed_takes_its_memory_along(memory, code, about):
    moved = anchored(memory, about, "payments/api.py::Refunds.issue", "payments/api.py")
    renamed = anchored(memory, about, "payments/domain/invoices.py::total")
    code.commit(
        write={
            "payments/api.py": {"create_invoice": "body of create"},
            "payments/refunds.py": {"Refunds.issue": "body of issue"},
            "payments/domain/invoices.py": {"grand_total": "body of total"},
        }
    )
    (first,) = [item for item in memory.recall("refunds issue note").fed if item.record.id == moved.id]
    assert first.verified == "payments/api.py::Refunds.issue is now payments/refunds.py::Refunds.issue"
    report = memory.sync()
    assert {item.record.id for item in report.reanchored} == {moved.id, renamed.id}
    assert memory.get(moved.id).anchors.files() == ("payments/refunds.py",)
    assert memory.get(renamed.id).anchors.symbols[0].symbol == "payments/domain/invoices.py::grand_total"
    assert memory.get(renamed.id).anchors.symbols[0].digest == "grand_total=body of total"


def test_a_body_that_stands_in_several_places_is_no_trace(memory, code, about):
    record = anchored(memory, about, "payments/domain/invoices.py::total")
    code.commit(write={"payments/domain/invoices.py": {"first": "body of total", "second": "body of total"}})
    assert [item.record.id for item in memory.sync().deprecated] == [record.id]


def test_a_symbol_gone_from_a_file_that_stays_deprecates_its_memory(memory, code, about):
    record = anchored(memory, about, "payments/api.py::Refunds.issue")
    code.commit(write={"payments/api.py": {"create_invoice": "body of create"}})
    assert [item.record.id for item in memory.sync().deprecated] == [record.id]


def test_a_file_that_comes_back_brings_its_memories_back(memory, code, about):
    record = anchored(memory, about, "core/money.py::Money")
    code.commit(delete=["core/money.py"])
    memory.sync()
    code.commit(write={"core/money.py": {"Money": "body of money"}})
    assert [item.id for item in memory.sync().revived] == [record.id]
    assert memory.get(record.id).valid_until is None


def test_changes_of_the_work_tree_can_be_applied_and_taken_back_with_their_turn(memory, code, about):
    record = anchored(memory, about, "core/money.py")
    gone = anchored(memory, about, "payments/api.py")
    code.commit(rename=[("core/money.py", "core/cash.py")], delete=["payments/api.py"])
    change = CommitChanges(None, (("core/money.py", "core/cash.py"),), ("payments/api.py",))
    report = memory.apply_changes([change], turn="t1")
    assert (len(report.reanchored), len(report.deprecated)) == (1, 1)
    memory.undo("t1")
    assert memory.get(record.id) == record
    assert memory.get(gone.id) == gone


def test_sync_goes_on_from_the_first_memory_and_each_commit_once(memory, code, about):
    code.commit(write={"docs/index.md": {}})
    record = anchored(memory, about, "core/money.py")
    code.commit(rename=[("core/money.py", "core/cash.py")])
    code.commit(write={"core/money.py": {"Money": "a new thing"}})
    assert len(memory.sync().reanchored) == 1
    assert memory.sync().reanchored == []
    assert memory.get(record.id).anchors.paths == ("core/cash.py",)


def test_a_rewritten_history_is_replaced_by_a_look_at_everything(memory, code, about):
    gone = anchored(memory, about, "core/money.py")
    moved = anchored(memory, about, "payments/domain/invoices.py::total")
    code.files = {"lib/bills.py": {"total": "body of total"}}
    code.commits, code.log = ["x0"], []
    report = memory.sync()
    assert [item.record.id for item in report.deprecated] == [gone.id]
    assert [item.record.id for item in report.reanchored] == [moved.id]
    assert report.commit == "x0"


def test_what_was_renamed_on_another_branch_has_its_old_name_here(memory, code, about):
    record = anchored(memory, about, "payments/api.py::create_invoice")
    code.commit(rename=[("payments/api.py", "payments/http.py")])
    memory.sync()
    feature, main = (dict(code.files), ["c0", "c1"]), (dict(code.files), ["c0", "m1"])
    main[0]["payments/api.py"] = main[0].pop("payments/http.py")
    for (code.files, code.commits), path in ((main, "api"), (feature, "http"), (main, "api")):
        code.foreign = {"c1", "m1"} - set(code.commits)
        code.apart = [
            CommitChanges(None, deleted=("payments/http.py",) if path == "api" else ("payments/api.py",))
        ]
        code.apart = [CommitChanges(code.commits[1], deleted=("payments/api.py", "payments/http.py"))]
        assert [moved.record.id for moved in memory.sync().reanchored] == [record.id]
        assert memory.get(record.id).anchors.files() == (f"payments/{path}.py",)
        assert memory.get(record.id).status is Status.ACTIVE


def test_another_branch_is_no_reason_to_disbelieve_what_is_known_on_this_one(memory, code, about):
    code.commit(write={"payments/new.py": {"fresh": "body of fresh"}})
    record = anchored(memory, about, "payments/new.py")
    code.commits, code.foreign, code.log = ["c0", "d1"], {"c1"}, []
    del code.files["payments/new.py"]
    report = memory.apply_changes([CommitChanges("d1", deleted=("payments/new.py",))])
    assert report.deprecated == []
    assert memory.recall("note on payments new").fed == []
    assert memory.get(record.id).status is Status.ACTIVE


def test_another_repository_and_another_persons_private_notes_are_left_alone(memory_of, code, about):
    elsewhere = anchored(memory_of(group="shop"), about, "core/money.py")
    private = Scope(user_id="bob", group_id="payments")
    bobs = anchored(memory_of("bob"), about, "core/money.py", scope=private)
    code.commit(delete=["core/money.py"])
    assert memory_of().sync().deprecated == []
    assert memory_of(group="shop").get(elsewhere.id).status is Status.ACTIVE
    assert memory_of("bob").get(bobs.id).status is Status.ACTIVE
    assert len(memory_of("bob").sync().deprecated) == 1


def test_symbols_without_a_digest_are_looked_up_when_the_code_is_there(memory, code, about):
    draft = about("Total adds VAT", "payments/domain/invoices.py::total")
    record = memory.add(draft).record
    assert record.anchors.symbols[0].digest == "total=body of total"
    assert memory.list(Where(status=ANY_STATUS, path=("payments/",))) == [record]
    assert record.anchors != Anchors()


def test_a_memory_relied_on_for_the_change_of_its_own_code_is_believed_again(memory, code, about):
    record = memory.add(about("Totals include VAT", "payments/domain/invoices.py::total")).record
    code.commit(write={"payments/domain/invoices.py": {"total": "another body"}})
    memory.sync()
    assert memory.get(record.id).status is Status.STALE
    memory.credit([record.id], helped=False, turn="t1")
    assert memory.get(record.id).status is Status.STALE
    memory.credit([record.id], helped=True, turn="t2")
    assert memory.get(record.id).status is Status.ACTIVE
    (fed,) = memory.recall("do totals include VAT").fed
    assert fed.warning is None


def test_a_text_names_the_place_where_its_code_is_now_and_history_keeps_the_old_one(memory, code, about):
    text = "payments/api.py stays thin; see payments/api.py::create_invoice, not tests/payments/api.py"
    record = memory.add(about(text, "payments/api.py::create_invoice")).record
    code.commit(rename=[("payments/api.py", "payments/http.py")])
    memory.sync()
    now = "payments/http.py stays thin; see payments/http.py::create_invoice, not tests/payments/api.py"
    assert memory.get(record.id).text == now
    assert [change.before.text for change in memory.history(record.id) if change.before][-1] == text


def test_another_file_that_takes_a_dead_ones_name_and_moves_on_does_not_bring_its_memory_back(
    memory, code, about, monkeypatch
):
    monkeypatch.setattr(type(code), "is_as_before", lambda self, place, commit: False)
    record = anchored(memory, about, "core/money.py")
    code.commit(delete=["core/money.py"])
    memory.sync()
    code.commit(write={"core/money.py": {"Other": "body of other"}})
    memory.sync()
    code.commit(rename=[("core/money.py", "core/cents.py")])
    memory.sync()
    assert memory.get(record.id).status is Status.DEPRECATED


def test_what_rested_on_code_that_is_gone_waits_until_that_is_back(memory, code, about):
    ground = anchored(memory, about, "core/money.py")
    other = memory.add(about("Rounding is up to the till", "payments/api.py")).record
    leaning = memory.add(about("Receipts need no rounding", depends_on=(ground.id, other.id))).record
    far = memory.add(about("Printers get what is on the receipt", depends_on=(leaning.id,))).record
    code.commit(delete=["core/money.py"])
    report = memory.sync()
    assert [item.record.id for item in report.questioned] == [leaning.id, far.id]
    assert memory.get(leaning.id).status is Status.PROPOSED
    assert memory.get(leaning.id).reason == f"rests on {ground.id}, whose code is gone"
    assert memory.recall("receipts and printers").fed == []
    code.commit(write={"core/money.py": {}})
    assert [record.id for record in memory.sync().revived] == [ground.id, leaning.id, far.id]
    assert memory.get(leaning.id).status is memory.get(far.id).status is Status.ACTIVE
    assert memory.get(leaning.id).reason is None


def test_a_person_who_decided_meanwhile_and_another_ground_that_is_over_have_the_last_word(
    memory, code, about
):
    ground = anchored(memory, about, "core/money.py")
    other = anchored(memory, about, "payments/api.py")
    decided = memory.add(about("Receipts need no rounding", depends_on=(ground.id,))).record
    both = memory.add(about("Printers need no rounding", depends_on=(ground.id, other.id))).record
    code.commit(delete=["core/money.py", "payments/api.py"])
    memory.sync()
    memory.edit(decided.id, {"status": "deprecated"}, reason="rejected by a person")
    code.commit(write={"core/money.py": {}})
    assert [record.id for record in memory.sync().revived] == [ground.id]
    assert memory.get(decided.id).status is Status.DEPRECATED
    assert memory.get(both.id).status is Status.PROPOSED


def test_what_rested_on_a_memory_that_has_expired_waits_for_a_word(memory, code, clock):
    ground = memory.add(Draft("The old API stays up", expires_at=clock.at.replace(day=6))).record
    leaning = memory.add(Draft("Clients may call either", depends_on=(ground.id,))).record
    clock.wait(days=10)
    (held,) = memory.sync().questioned
    assert (held.record.id, memory.get(leaning.id).status) == (leaning.id, Status.PROPOSED)
    assert held.reason == f"rests on {ground.id}, which expired on 2026-03-06"
