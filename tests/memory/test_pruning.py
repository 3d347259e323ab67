import pytest

from memory.filters import ANY_STATUS, Where
from memory.records import Draft, Kind, Origin, Provenance, Status

BY_RUN = Provenance(origin=Origin.RUN)
BY_TESTS = Provenance(origin=Origin.TESTS)
EVERYTHING = Where(status=ANY_STATUS)


def why(memory) -> dict[str, str]:
    return {record.text: pruning.why for pruning in memory.pruner().look() for record in pruning.records}


def test_what_nobody_used_goes_but_not_what_a_person_said_or_what_is_a_rule(memory, clock):
    memory.add(Draft("The cache lives beside the index", provenance=BY_RUN))
    memory.add(Draft("The index lives beside the log"))
    memory.add(Draft("Never hold two locks", label="invariant", provenance=BY_RUN))
    used = memory.add(Draft("The log lives beside the queue", provenance=BY_RUN)).record
    clock.wait(days=150)
    memory.note_recalled([used.id], turn="t")
    assert why(memory) == {}
    clock.wait(days=31)
    assert why(memory) == {"The cache lives beside the index": "never used in 181 days"}


def test_what_expired_or_proved_wrong_goes_and_what_rested_on_it_is_questioned(memory, clock):
    freeze = memory.add(Draft("The freeze ends on Friday", expires_at=clock.at.replace(day=6))).record
    leaning = memory.add(Draft("Merges wait until the end of the freeze", depends_on=(freeze.id,))).record
    wrong = memory.add(Draft("The gateway retries by itself", provenance=BY_RUN)).record
    for turn in "abcd":
        memory.credit([wrong.id], False, turn=turn)
    clock.wait(days=10)
    assert why(memory) == {freeze.text: "expired on 2026-03-06", wrong.text: "wrong 4 of 4 times"}
    memory.pruner().prune(None)
    assert memory.get(freeze.id).reason == "pruned: expired on 2026-03-06"
    assert memory.get(leaning.id).status is Status.PROPOSED


def test_what_is_recalled_again_and_again_and_never_relied_on_goes(memory, clock):
    record = memory.add(Draft("The lobby has a fountain", provenance=BY_RUN)).record
    for turn in range(20):
        memory.note_recalled([record.id], turn=str(turn))
    assert why(memory) == {}
    clock.wait(days=91)
    assert why(memory) == {record.text: "recalled 20 times and never relied on"}


def test_what_others_rest_on_stays(memory, clock):
    ground = memory.add(Draft("The cache lives beside the index", provenance=BY_RUN)).record
    memory.add(Draft("Clearing the index clears the cache", depends_on=(ground.id,)))
    clock.wait(days=400)
    assert why(memory) == {}


@pytest.fixture
def logs(memory, clock, about):
    written = []
    for number in range(6):
        draft = about(
            f"Done, tests passing: task {number}. Changed payments/api.py.",
            "payments/api.py",
            kind=Kind.TASK,
            provenance=BY_TESTS,
        )
        written.append(memory.add(draft).record)
        clock.wait(days=1)
    clock.wait(days=31)
    return written


def test_many_logs_of_old_work_become_one(memory, logs):
    (pruning,) = memory.pruner().look()
    assert pruning.why == "6 logs of work on payments/api.py fit into one"
    assert memory.list() == list(reversed(logs))
    memory.pruner().prune("p")
    (summary,) = memory.list()
    assert summary.text == (
        "6 pieces of work on payments/api.py from 2026-03-01 to 2026-03-06, newest first: "
        "task 5. task 4. task 3. task 2. task 1. task 0."
    )
    assert set(summary.supersedes) == {record.id for record in logs}
    assert summary.anchors.paths == ("payments/api.py",)
    assert {memory.get(record.id).superseded_by for record in logs} == {summary.id}
    assert memory.pruner().look() == []


def test_a_summary_of_logs_takes_in_later_ones_and_loses_nothing(memory, clock, about, logs):
    memory.pruner().prune("p")
    for number in range(6, 10):
        text = f"Done, tests passing: task {number}. Changed payments/api.py."
        memory.add(about(text, "payments/api.py", kind=Kind.TASK, provenance=BY_TESTS))
        clock.wait(hours=1)
    clock.wait(days=31)
    memory.pruner().prune("q")
    (summary,) = memory.list()
    assert summary.text == (
        "10 pieces of work on payments/api.py from 2026-03-01 to 2026-04-07, newest first: "
        "task 9. task 8. task 7. task 6. task 5. task 4. task 3. task 2. task 1. task 0."
    )


def test_logs_are_put_together_by_the_file_they_share_and_not_by_the_changelog(memory, clock, about):
    for number in range(5):
        for path in ("payments/api.py", "core/money.py"):
            text = f"Done, tests passing: {path} {number}. Changed CHANGES.md, {path}."
            paths = ("CHANGES.md", path) if number else (path,)
            memory.add(about(text, *paths, kind=Kind.TASK, provenance=BY_TESTS))
    memory.add(about("Changed, not tested: notes. Changed CHANGES.md.", "CHANGES.md", kind=Kind.TASK))
    clock.wait(days=31)
    assert set(why(memory).values()) == {
        "5 logs of work on payments/api.py fit into one",
        "5 logs of work on core/money.py fit into one",
    }


def test_pruning_is_taken_back_by_its_turn(memory, logs, clock):
    memory.add(Draft("The cache lives beside the index", provenance=BY_RUN))
    clock.wait(days=200)
    before = memory.list(EVERYTHING)
    assert len(memory.pruner().prune("p")) == 2
    assert memory.list(EVERYTHING) != before
    memory.undo("p")
    assert memory.list(EVERYTHING) == before
