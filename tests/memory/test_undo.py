from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from memory.code_view import CommitChanges
from memory.filters import ANY_STATUS, Where
from memory.memory import Memory
from memory.records import Draft, Status

EVERYTHING = Where(status=ANY_STATUS)


def test_undo_takes_back_everything_that_a_turn_wrote(memory, clock):
    old = memory.add(Draft("Sessions live in Redis"), turn="one").record
    other = memory.add(Draft("Retries are three"), turn="one").record
    clock.wait(hours=1)
    new = memory.add(Draft("Sessions live in Postgres", supersedes=(old.id,)), turn="two").record
    memory.edit(other.id, {"text": "Retries are five"}, reason="agreed", turn="two")
    memory.note_recalled([other.id], turn="two")
    memory.credit([other.id], True, turn="two")
    memory.add(Draft("Retries are five!"), turn="two")
    undone = memory.undo("two")
    assert undone.removed == [new.id]
    assert {record.id for record in undone.restored} == {old.id, other.id}
    assert undone.conflicts == []
    assert memory.list(EVERYTHING) == [other, old]
    assert [change.event for change in memory.history(other.id)] == ["added"]
    assert memory.undo("two").removed == []


def test_what_changed_since_is_left_and_reported(memory):
    record = memory.add(Draft("Retries are three"), turn="one").record
    edited = memory.edit(record.id, {"text": "Retries are five"}, reason="agreed")
    undone = memory.undo("one")
    assert [(item.record.id, item.reason) for item in undone.conflicts] == [
        (record.id, "edited since, outside of this turn")
    ]
    assert memory.get(record.id) == edited


def test_later_turns_that_only_used_a_memory_do_not_hold_up_undo(memory):
    record = memory.add(Draft("Retries are three"), turn="one").record
    memory.edit(record.id, {"text": "Retries are five"}, reason="agreed", turn="two")
    memory.note_recalled([record.id], turn="two")
    memory.note_recalled([record.id], turn="three")
    memory.undo("two")
    back = memory.get(record.id)
    assert (back.text, back.stats.recalled) == ("Retries are three", 1)
    memory.undo("three")
    assert memory.get(record.id) == record
    assert memory.undo("one").removed == [record.id]


def test_following_the_code_does_not_hold_up_undo_of_a_new_memory(memory, code, about):
    record = memory.add(about("Money is kept in cents", "core/money.py"), turn="one").record
    code.commit(rename=[("core/money.py", "core/cash.py")])
    assert memory.sync().reanchored
    assert memory.undo("one").removed == [record.id]


def test_turns_can_be_taken_back_one_after_the_other(memory):
    record = memory.add(Draft("Retries are one"), turn="t0").record
    for number in range(1, 4):
        memory.edit(record.id, {"text": f"Retries are {number}{number}"}, reason="more", turn=f"t{number}")
    for number in (3, 2, 1):
        assert memory.undo(f"t{number}").conflicts == []
    assert memory.get(record.id) == record


def test_redo_makes_everything_again_that_undo_took(memory, clock):
    old = memory.add(Draft("Sessions live in Redis"), turn="one").record
    other = memory.add(Draft("Retries are three"), turn="one").record
    clock.wait(hours=1)
    new = memory.add(Draft("Sessions live in Postgres", supersedes=(old.id,)), turn="two").record
    memory.edit(other.id, {"text": "Retries are five"}, reason="agreed", turn="two")
    memory.credit([other.id], True, turn="two")
    after = memory.list(EVERYTHING)
    histories = {record.id: memory.history(record.id) for record in after}
    memory.undo("two")
    redone = memory.redo("two")
    assert [record.id for record in redone.added] == [new.id]
    assert {record.id for record in redone.changed} == {old.id, other.id}
    assert memory.list(EVERYTHING) == after
    assert {record.id: memory.history(record.id) for record in after} == histories
    assert memory.redo("two").added == []
    assert memory.undo("two").removed == [new.id]


def test_what_was_changed_in_between_stays_and_is_reported(memory):
    record = memory.add(Draft("Retries are three"), turn="one").record
    memory.edit(record.id, {"text": "Retries are five"}, reason="agreed", turn="two")
    memory.undo("two")
    mine = memory.edit(record.id, {"text": "Retries are nine"}, reason="mine")
    redone = memory.redo("two")
    assert [(held.record.id, held.reason) for held in redone.conflicts] == [
        (record.id, "changed since, outside of this turn")
    ]
    assert memory.get(record.id) == mine


def test_a_change_of_another_field_in_between_does_not_hold_up_redo(memory):
    record = memory.add(Draft("Retries are three"), turn="one").record
    memory.edit(record.id, {"text": "Retries are five"}, reason="agreed", turn="two")
    memory.undo("two")
    memory.edit(record.id, {"because": "the gateway drops calls"}, reason="mine")
    assert memory.redo("two").conflicts == []
    both = memory.get(record.id)
    assert (both.text, both.because) == ("Retries are five", "the gateway drops calls")
    memory.undo("two")
    assert memory.get(record.id).because == "the gateway drops calls"


def test_a_memory_written_anew_or_forgotten_in_between_is_left_so(memory):
    first = memory.add(Draft("Retries are three"), turn="one").record
    memory.undo("one")
    again = memory.add(Draft("Retries are three")).record
    assert again.id == first.id
    assert [held.reason for held in memory.redo("one").conflicts] == ["written anew since"]
    memory.edit(again.id, {"text": "Retries are five"}, reason="agreed", turn="two")
    memory.undo("two")
    memory.forget(again.id)
    assert memory.redo("two").conflicts == []
    assert memory.list(EVERYTHING) == []


def test_what_redo_can_not_bring_back_any_more_is_not_kept(memory, tmp_path):
    memory.add(Draft("The zebra is striped"), turn="one")
    memory.undo("one")
    memory.let_go("one")
    assert memory.redo("one").added == []
    kept = memory.add(Draft("Retries are three")).record
    memory.forget(kept.id)  # sweeps the files
    raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"zebra" not in raw


class Turns(RuleBasedStateMachine):
    """Turns write at random; the newest turn taken back gives exactly what was there before it, and redo
    exactly what was there after it."""

    memory: Memory
    turn_count = 0

    def __init__(self) -> None:
        super().__init__()
        self.before: list[tuple[str, list]] = []
        self.after: list[tuple[str, list, list]] = []
        self.begin()

    def begin(self) -> None:
        self.after = []
        type(self).turn_count += 1
        self.before.append((f"turn {self.turn_count}", self.everything()))

    def everything(self):
        return sorted(self.memory.list(EVERYTHING), key=lambda record: record.id)

    @property
    def turn(self) -> str:
        if self.after or not self.before:
            self.begin()
        return self.before[-1][0]

    def some(self, pick: int):
        records = self.everything()
        return records[pick % len(records)] if records else None

    @rule()
    def next_turn(self):
        self.begin()

    @rule(number=st.integers(0, 9))
    def add(self, number):
        self.memory.add(Draft(f"Rule number {number} of the ledger"), turn=self.turn)

    @rule(number=st.integers(10, 14), pick=st.integers(0, 99))
    def supersede(self, number, pick):
        if old := self.some(pick):
            draft = Draft(f"Rule number {number} of the ledger", supersedes=(old.id,), depends_on=(old.id,))
            self.memory.add(draft, turn=self.turn)

    @rule(pick=st.integers(0, 99), status=st.sampled_from(Status), text=st.sampled_from(["a b", "c d"]))
    def edit(self, pick, status, text):
        if record := self.some(pick):
            changes = {"status": status.value, "text": f"{text} {record.id}"}
            self.memory.edit(record.id, changes, reason="test", turn=self.turn)

    @rule(pick=st.integers(0, 99), helped=st.booleans())
    def use(self, pick, helped):
        if record := self.some(pick):
            self.memory.note_recalled([record.id], turn=self.turn)
            self.memory.credit([record.id], helped, turn=self.turn)

    @rule(deleted=st.booleans())
    def follow(self, deleted):
        change = CommitChanges(None, deleted=("core/money.py",) if deleted else ())
        self.memory.apply_changes([change], turn=self.turn)

    @rule()
    def undo(self):
        if self.before:
            turn, before = self.before.pop()
            self.after.append((turn, before, self.everything()))
            assert self.memory.undo(turn).conflicts == []
            assert self.everything() == before

    @rule()
    def redo(self):
        if self.after:
            turn, before, after = self.after.pop()
            assert self.memory.redo(turn).conflicts == []
            assert self.everything() == after
            self.before.append((turn, before))

    @invariant()
    def nothing_is_torn(self):
        for record in self.everything():
            last = [change.after for change in self.memory.history(record.id) if change.after][-1]
            assert replace(last, stats=record.stats) == record


def test_undo_is_exact_whatever_the_turns_did(memory):
    class Here(Turns):
        pass

    Here.memory = memory
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=checks
        ),
    )
