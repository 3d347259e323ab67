"""What was believed then."""

from memory.clock import now
from memory.filters import Where
from memory.past import Past
from memory.ranking import ordered
from memory.records import Draft, Kind, Status


def test_a_moment_shows_what_stood_then_in_the_words_of_then(memory, clock):
    record = memory.add(Draft("Retries are three", label="design_decision")).record
    clock.wait(days=1)
    then = Past(clock(), None, "then")
    clock.wait(days=1)
    memory.edit(record.id, {"text": "Retries are five"}, reason="measured")
    later = memory.add(Draft("Money is kept in cents")).record
    assert [item.text for item in memory.as_of(then)] == ["Retries are three"]
    assert [item.text for item in memory.as_of(then, query="how many retries")] == ["Retries are three"]
    now = Past(clock(), None, "now")
    assert {item.id for item in memory.as_of(now)} == {record.id, later.id}
    assert memory.as_of(now, Where(kind=(Kind.TASK,))) == []


def test_a_commit_shows_what_was_born_by_then_and_had_not_ended(memory, code, about):
    early = memory.add(about("Totals include VAT", "payments/domain/invoices.py")).record
    code.commit(delete=["payments/domain/invoices.py"])
    memory.sync()
    late = memory.add(about("Refunds are issued here", "payments/api.py")).record
    assert memory.get(early.id).status is Status.DEPRECATED

    def at(commit):
        known = code.commits[: code.commits.index(commit) + 1]
        return Past(now(), known.__contains__, commit)

    (then,) = memory.as_of(at("c0"))
    assert (then.id, then.status) == (early.id, Status.ACTIVE)
    assert [record.id for record in memory.as_of(at("c1"))] == [late.id]


def test_records_are_ordered_by_age_belief_and_use(memory, clock):
    old = memory.add(Draft("Retries are three", confidence=0.3)).record
    clock.wait(days=1)
    new = memory.add(Draft("Money is kept in cents", confidence=0.5)).record
    memory.note_recalled([old.id], turn="t")
    memory.credit([new.id], helped=True, turn="t")
    memory.credit([new.id], helped=False, turn="t")
    records = memory.list(Where(ids=(old.id, new.id)))
    first = {by: ordered(records, by)[0].id for by in ("recency", "reliability", "use")}
    assert first == {"recency": new.id, "reliability": new.id, "use": new.id}
