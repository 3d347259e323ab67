import pytest

from memory.errors import InvalidMemory, UnknownMemory
from memory.filters import ANY_STATUS, Where
from memory.records import Anchors, Draft, Kind, Origin, Provenance, Record, Scope, Status

EVERY_STATUS = Where(status=ANY_STATUS)


def test_a_memory_is_written_and_found_again(memory, clock):
    written = memory.add(Draft("Return errors as structured JSON with code, message and details"))
    assert written.event == "added"
    assert memory.get(written.record.id) == written.record
    assert written.record.provenance.created_at == clock.at
    assert written.record.provenance.commit == "c0"
    found = memory.search("what does a JSON error look like")
    assert [item.record.id for item in found] == [written.record.id]
    assert sum(found[0].why.values()) == pytest.approx(found[0].score)


def test_the_same_memory_has_the_same_id_on_every_machine(memory):
    first = memory.add(Draft("Money is kept in cents"))
    assert first.record.id == "M" + first.record.id[1:5]
    memory.forget(first.record.id)
    assert memory.add(Draft("money  is kept in cents.")).record.id == first.record.id


def test_ids_are_found_whatever_their_case(memory):
    record = memory.add(Draft("Money is kept in cents")).record
    assert memory.get(record.id.lower()) == record


def test_json_round_trips(memory, about):
    draft = about(
        "Invoices are immutable once sent",
        "payments/domain/invoices.py::total",
        kind=Kind.SEMANTIC,
        label="invariant",
        because="auditors asked for it",
        provenance=Provenance(origin=Origin.COMMIT, session="s1", author="Ann <ann@example.org>"),
    )
    record = memory.add(draft).record
    assert Record.from_json(record.to_json()) == record
    assert record.to_json()["anchors"]["symbols"] == ["payments/domain/invoices.py::total"]


def test_saying_it_again_merges_and_keeps_count_and_source(memory, clock):
    first = memory.add(Draft("Money is kept in cents", provenance=Provenance(session="one"))).record
    clock.wait(days=3)
    again = memory.add(Draft("Money is kept in cents!", provenance=Provenance(session="two")))
    assert again.event == "merged"
    assert again.record.id == first.id
    assert again.record.stats.restated == 1
    assert [source.session for source in again.record.sources] == ["two"]
    assert len(memory.list()) == 1


def test_almost_the_same_words_merge_but_another_content_does_not(memory):
    memory.add(Draft("Services call the billing client through the gateway"))
    assert memory.add(Draft("The services call billing client through a gateway")).event == "merged"
    assert memory.add(Draft("Services never call the tax client through the gateway")).event == "added"
    assert memory.add(Draft("The gateway calls services through the billing client")).event == "added"


@pytest.mark.parametrize("text", ["", "  ", "...", "ok, thanks!", "I'll now run the tests", "x" * 5000])
def test_noise_is_refused_with_a_reason(memory, text):
    written = memory.add(Draft(text))
    assert (written.event, written.record) == ("refused", None)
    assert written.reason
    assert memory.list(EVERY_STATUS) == []


def test_an_unknown_label_is_refused_with_the_labels_there_are(memory):
    with pytest.raises(InvalidMemory, match="design_decision"):
        memory.add(Draft("Use tabs", label="opinion"))
    with pytest.raises(InvalidMemory, match="task_log"):
        memory.add(Draft("Use tabs", kind=Kind.TASK, label="style"))


def test_what_is_left_open_follows_from_the_rest(memory):
    assert memory.add(Draft("Prefer httpx", label="library_choice")).record.kind is Kind.PREFERENCE
    assert memory.add(Draft("Short answers please", level="user")).record.scope == Scope(user_id="alice")
    assert memory.add(Draft("Payments go through the ledger")).record.scope == Scope(group_id="payments")


def test_secrets_are_masked_before_anything_is_written(memory, tmp_path):
    secret = "ghp_" + "a1B2" * 10
    record = memory.add(
        Draft(f"CI pushes with {secret}", because=f"password = 'hunter2!x' and {secret}")
    ).record
    assert secret not in record.text + str(record.because)
    assert record.redactions == ("GitHub token", "assigned secret")
    raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert secret.encode() not in raw
    assert b"hunter2!x" not in raw


def test_no_field_of_a_memory_keeps_a_secret(memory, tmp_path):
    secret = "ghp_" + "a1B2" * 10
    record = memory.add(
        Draft(
            "CI pushes to the mirror",
            anchors=Anchors(paths=(f"ci/{secret}.yml",), components=(secret,)),
            scope=Scope(branch=f"fix/{secret}"),
            depends_on=(secret,),
            provenance=Provenance(author=f"bot {secret}", session=secret),
        )
    ).record
    assert secret not in str(record.to_json())
    assert record.redactions == ("GitHub token",)
    changed = memory.edit(record.id, {"anchors": {"components": [secret]}}, reason=secret)
    assert changed.id == record.id
    raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert secret.encode() not in raw


def test_superseding_links_both_ways_and_warns_what_rests_on_it(memory):
    old = memory.add(Draft("Sessions are stored in Redis")).record
    leaning = memory.add(Draft("Session expiry is a Redis TTL", depends_on=(old.id,))).record
    written = memory.add(Draft("Sessions are stored in Postgres", supersedes=(old.id,)))
    assert written.event == "superseded"
    assert written.record.supersedes == (old.id,)
    ended = memory.get(old.id)
    assert (ended.status, ended.superseded_by) == (Status.SUPERSEDED, written.record.id)
    assert memory.get(leaning.id).status is Status.PROPOSED
    assert old.id in memory.get(leaning.id).reason
    found = [item.record.id for item in memory.search("where are sessions stored")]
    assert old.id not in found
    assert written.record.id in found


def test_a_person_who_goes_back_to_the_old_way_is_believed(memory):
    old = memory.add(Draft("Sessions are stored in Redis")).record
    new = memory.add(Draft("Sessions are stored in Postgres", supersedes=(old.id,))).record
    back = memory.add(Draft("Sessions are stored in Redis"))
    assert back.record.id == old.id
    assert memory.get(old.id).status is Status.ACTIVE
    assert memory.get(new.id).status is Status.SUPERSEDED
    assert memory.get(new.id).superseded_by == old.id


def test_a_run_that_reads_the_old_way_somewhere_does_not_bring_it_back(memory):
    old = memory.add(Draft("Sessions are stored in Redis")).record
    memory.add(Draft("Sessions are stored in Postgres", supersedes=(old.id,)))
    again = memory.add(Draft("Sessions are stored in Redis", provenance=Provenance(origin=Origin.RUN)))
    assert again.event == "merged"
    assert memory.get(old.id).status is Status.SUPERSEDED


def test_superseding_what_is_not_there_writes_nothing(memory):
    with pytest.raises(UnknownMemory, match="M0000"):
        memory.add(Draft("Use Postgres", supersedes=("M0000",)))
    assert memory.list(EVERY_STATUS) == []


def test_edit_changes_fields_and_keeps_history_with_the_reason(memory, clock):
    record = memory.add(Draft("Retries are three")).record
    clock.wait(hours=1)
    changes = {"text": "Retries are five", "label": "constraint", "scope": {"environment": "prod"}}
    edited = memory.edit(record.id, changes, reason="agreed today")
    assert (edited.text, edited.label, edited.scope.environment) == ("Retries are five", "constraint", "prod")
    assert edited.updated_at == clock.at
    first, second = memory.history(record.id)
    assert (first.event, first.before, first.after) == ("added", None, record)
    assert (second.event, second.reason, second.before, second.after) == (
        "edited",
        "agreed today",
        record,
        edited,
    )
    assert second.to_json()["fields"]["text"] == ["Retries are three", "Retries are five"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id": "M1"}, "cannot be edited"),
        ({"scope": {"user_id": "bob"}}, "cannot change its owner"),
        ({"status": "great"}, "active, proposed"),
        ({"confidence": 2}, "between 0 and 1"),
        ({"confidence": "high"}, "a number"),
        ({"expires_at": "soon"}, "2026-01-31"),
        ({"anchors": {"paths": "a.py"}}, "must be a list"),
        ({"text": " "}, "text"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused_and_changes_nothing(memory, changes, sentence):
    record = memory.add(Draft("Retries are three")).record
    with pytest.raises(InvalidMemory, match=sentence):
        memory.edit(record.id, changes, reason="test")
    assert memory.get(record.id) == record


def test_an_expired_memory_is_neither_listed_nor_recalled(memory, clock):
    memory.add(Draft("The freeze ends on Friday", expires_at=clock.at.replace(day=6)))
    assert len(memory.list()) == 1
    clock.wait(days=10)
    assert memory.list() == []
    assert memory.search("freeze Friday") == []
    assert memory.recall("freeze Friday").text == ""
    assert len(memory.list(EVERY_STATUS)) == 1
    memory.sync()
    (expired,) = memory.list(Where(status=(Status.EXPIRED,)))
    assert expired.reason == "expired on 2026-03-06"


def test_a_proposed_memory_is_not_fed_until_approved(memory):
    record = memory.add(Draft("Deploys happen on Mondays", status=Status.PROPOSED)).record
    assert memory.recall("when do deploys happen").fed == []
    assert memory.list(Where(status=(Status.PROPOSED,))) == [record]
    memory.edit(record.id, {"status": "active"}, reason="approved")
    assert [item.record.id for item in memory.recall("when do deploys happen").fed] == [record.id]


def test_uses_are_counted_and_move_reliability(memory, clock):
    from memory.belief import reliability_of

    record = memory.add(Draft("Retries are three", confidence=0.5)).record
    memory.note_recalled([record.id, "Mffff"], turn="t1")
    memory.credit([record.id], True, turn="t1")
    helped = memory.get(record.id)
    assert (helped.stats.recalled, helped.stats.cited, helped.stats.helped) == (1, 1, 1)
    assert helped.stats.last_used == clock.at
    assert reliability_of(helped) > reliability_of(record)
    memory.credit([record.id], False, turn="t2")
    memory.credit([record.id], False, turn="t3")
    assert reliability_of(memory.get(record.id)) < reliability_of(record)
    assert [change.event for change in memory.history(record.id)] == ["added", "recalled"] + ["credited"] * 3
