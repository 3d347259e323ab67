"""Pruning that nobody asks for: what it may touch, when it is done, and how it is taken back."""

from dataclasses import dataclass
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.belief import reliability_of
from memory.exchange import export_lines
from memory.filters import ANY_STATUS, Where
from memory.inbox import APPROVED
from memory.pruning import BELIEVED, FEWEST_LOGS, FRESH_LOGS
from memory.records import KEPT, Draft, Kind, Origin, Provenance, Status
from memory.upkeep import MANY_NEW

BY_RUN = Provenance(origin=Origin.RUN)
BY_TESTS = Provenance(origin=Origin.TESTS)
EVERYTHING = Where(status=ANY_STATUS)
_rounds = count()


def kept_up(memory) -> set[str]:
    """The texts of what upkeep takes out of use now."""
    kept = memory.pruner().keep_up()
    return {record.text for pruning in kept.done for record in pruning.records} if kept else set()


def test_what_nobody_used_goes_by_itself(memory, clock):
    memory.add(Draft("The cache lives beside the index", provenance=BY_RUN))
    clock.wait(days=200)
    kept = memory.pruner().keep_up()
    assert (kept.gone, kept.summaries) == (1, 0)
    assert memory.list() == []
    (gone,) = memory.list(EVERYTHING)
    assert (gone.status, gone.reason) == (Status.EXPIRED, "pruned: never used in 200 days")
    assert memory.history(gone.id)[-1].turn == kept.turn


def test_what_a_person_said_or_said_yes_to_stays_though_prune_would_take_it(memory, clock):
    stated = memory.add(Draft("The gateway retries by itself")).record
    proposed = Draft(
        "The index lives beside the log", provenance=BY_RUN, status=Status.PROPOSED, confidence=0.35
    )
    waiting = memory.add(proposed).record
    memory.edit(waiting.id, {"status": "active", "reason": APPROVED}, reason=APPROVED)
    edited = memory.add(Draft("The log lives beside the queue", provenance=BY_RUN)).record
    memory.edit(edited.id, {"text": "The log lives in the queue"}, reason="changed by hand")
    for turn in "abcdef":
        memory.credit([stated.id], False, turn=turn)
    clock.wait(days=400)
    assert len(memory.pruner().look()) == 3
    assert kept_up(memory) == set()


def test_what_the_tests_bore_out_and_what_is_a_rule_stays(memory, clock):
    proved = memory.add(Draft("The queue lives beside the lock", provenance=BY_RUN)).record
    doubtful = memory.add(Draft("The lock lives beside the door", provenance=BY_RUN)).record
    memory.add(Draft("Never hold two locks", label="invariant", provenance=BY_RUN))
    for turn in range(20):
        memory.note_recalled([proved.id, doubtful.id], turn=str(turn))
    memory.edit(proved.id, {"confidence": BELIEVED}, reason="measured", turn="run")
    clock.wait(days=200)
    assert kept_up(memory) == {doubtful.text}


def test_what_an_organisation_or_a_related_repository_shares_is_left_to_them(memory_of, clock):
    memory_of(group="billing").add(Draft("The cache lives beside the index", provenance=BY_RUN))
    here = memory_of(org="acme", related=("billing",))
    here.add(Draft("The index lives beside the log", level="org", provenance=BY_RUN))
    clock.wait(days=200)
    assert len(here.pruner().look()) == 2
    assert kept_up(here) == set()


def test_it_is_done_once_a_week_or_when_much_was_added(memory, clock):
    assert kept_up(memory) == set()
    old = Provenance(origin=Origin.RUN, created_at=clock.at.replace(year=2024))
    first = memory.add(Draft("The cache lives beside the index", provenance=old)).record
    clock.wait(days=6)
    assert kept_up(memory) == set()
    clock.wait(days=1)
    assert kept_up(memory) == {first.text}
    second = memory.add(Draft("The index lives beside the log", provenance=old)).record
    clock.wait(hours=1)
    for number in range(MANY_NEW):
        assert memory.pruner().keep_up() is None
        memory.add(Draft(f"Task {number} is done", kind=Kind.TASK, provenance=BY_TESTS))
    assert kept_up(memory) == {second.text}


def test_what_does_not_fit_into_the_time_is_done_the_next_time(memory, clock):
    memory.add(Draft("The cache lives beside the index", provenance=BY_RUN))
    clock.wait(days=200)
    assert memory.pruner().keep_up(within_s=0) is None
    assert kept_up(memory) == {"The cache lives beside the index"}


def test_a_store_too_large_to_look_at_in_time_is_looked_at_in_pieces(memory, clock, monkeypatch):
    memory.add(Draft("The cache lives beside the index", provenance=BY_RUN))
    for thing in ("index", "log"):
        clock.wait(days=1)
        memory.add(Draft(f"The {thing} lives beside the queue"))
    clock.wait(days=200)
    monkeypatch.setattr("memory.upkeep.PAGE", 1)
    monkeypatch.setattr("memory.upkeep.time.monotonic", count().__next__)
    assert memory.pruner().keep_up(within_s=4) is None
    assert memory.pruner().keep_up(within_s=4).gone == 1
    assert memory.pruner().keep_up(within_s=4) is None
    clock.wait(days=7)
    assert memory.pruner().keep_up(within_s=4) is None


def test_the_newest_logs_of_a_file_stay_as_they_are(memory, clock, about):
    for number in range(FRESH_LOGS + FEWEST_LOGS):
        assert kept_up(memory) == set()
        text = f"Done, tests passing: task {number}. Changed payments/api.py."
        memory.add(about(text, "payments/api.py", kind=Kind.TASK, provenance=BY_TESTS))
        clock.wait(days=8)
    clock.wait(days=31)
    assert len(kept_up(memory)) == FEWEST_LOGS
    assert [record.text for record in memory.list()][-1].startswith("5 pieces of work on payments/api.py")
    assert len(memory.list()) == FRESH_LOGS + 1


def test_what_a_person_brought_back_is_not_taken_again(memory, clock):
    memory.add(Draft("The cache lives beside the index", provenance=BY_RUN))
    clock.wait(days=200)
    memory.undo(memory.pruner().keep_up().turn)
    clock.wait(days=30)
    assert kept_up(memory) == set()
    assert len(memory.list()) == 1


@dataclass(frozen=True)
class Story:
    """What a memory is, and what has become of it before upkeep."""

    origin: Origin
    label: str
    path: str
    cited: tuple[bool, ...]
    recalled: int
    approved: bool
    rests_on_first: bool
    expires: bool
    age: int


STORIES = st.lists(
    st.builds(
        Story,
        origin=st.sampled_from((Origin.RUN, Origin.TESTS, Origin.USER)),
        label=st.sampled_from(("task_log", "task_log", "fix", "design_decision", "tech_debt", "constraint")),
        path=st.sampled_from(("payments/api.py", "core/money.py")),
        cited=st.lists(st.booleans(), max_size=4).map(tuple),
        recalled=st.sampled_from((0, 3, 25)),
        approved=st.booleans(),
        rests_on_first=st.booleans(),
        expires=st.booleans(),
        age=st.integers(0, 60),
    ),
    min_size=1,
    max_size=16,
)


LOG = Story(Origin.TESTS, "task_log", "core/money.py", (), 0, False, False, False, 1)


def live(stories, memory, clock, about, round_number) -> None:
    """Let the stories happen, one after the other."""
    first = None
    for number, story in enumerate(stories):
        kind = Kind.TASK if story.label in ("task_log", "fix") else Kind.SEMANTIC
        name = f"part{round_number}x{number}"
        draft = about(
            f"Done, tests passing: {name} is ready"
            if kind is Kind.TASK
            else f"The {name} lives in the {name}box",
            story.path,
            kind=kind,
            label=story.label,
            provenance=Provenance(origin=story.origin),
            depends_on=(first,) if first and story.rests_on_first else (),
            expires_at=clock.at.replace(year=2027) if story.expires else None,
        )
        record = memory.add(draft).record
        first = first or record.id
        for turn in range(story.recalled):
            memory.note_recalled([record.id], turn=f"{name}r{turn}")
        for turn, passed in enumerate(story.cited):
            memory.credit([record.id], passed, turn=f"{name}c{turn}")
        if story.approved and kind is Kind.SEMANTIC and story.origin is not Origin.USER:
            memory.edit(record.id, {"reason": APPROVED}, reason=APPROVED)
        clock.wait(days=story.age)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories=STORIES, logs=st.integers(0, 18), wait=st.sampled_from((10, 40, 200, 500)))
def test_upkeep_touches_only_what_it_may_and_undo_leaves_everything_as_it_was(
    stories, logs, wait, memory_of, clock, about
):
    number = next(_rounds)
    memory = memory_of(group=f"group{number}", user=f"user{number}")
    live([*stories, *[LOG] * logs], memory, clock, about, number)
    clock.wait(days=wait)
    before = memory.list(EVERYTHING)
    exported, histories = [*export_lines(memory)], [memory.history(record.id) for record in before]
    kept = memory.pruner().keep_up(within_s=60)
    grounds = {ground for record in before for ground in record.depends_on}
    for record in (record for pruning in kept.done for record in pruning.records) if kept else ():
        assert record.provenance.origin is not Origin.USER
        assert record.label not in KEPT
        assert record.kind is Kind.TASK or reliability_of(record) < BELIEVED
        assert record.id not in grounds
        assert not any(change.event == "edited" for change in memory.history(record.id))
    if kept:
        assert memory.list(EVERYTHING) != before
        assert memory.undo(kept.turn).conflicts == []
    assert memory.list(EVERYTHING) == before
    assert [*export_lines(memory)] == exported
    assert [memory.history(record.id) for record in before] == histories
