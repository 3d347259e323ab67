"""What memory is worth, in figures."""

from collections.abc import Callable

from memory.governance import Governance
from memory.memory import Memory
from memory.records import Draft, Status
from memory.scopes import Viewpoint
from memory.store import RecordStore
from tests.memory.conftest import Clock, PlainCode

VIEW = Viewpoint("alice", "payments")


def test_the_figures_tell_what_happened(
    store: RecordStore, memory: Memory, code: PlainCode, clock: Clock, about: Callable[..., Draft]
) -> None:
    governance = Governance(store, VIEW, (), clock)
    cents = memory.add(about("Amounts are cents", "core/money.py")).record
    memory.add(about("Invoices are numbered", "payments/api.py"))
    memory.add(Draft("Tabs please", level="user", label="style"))
    memory.add(Draft("Maybe so", status=Status.PROPOSED))
    clock.wait(days=1)
    gone = memory.add(Draft("A slip")).record
    assert cents
    assert gone
    for turn in ("t1", "t2", "t3"):
        memory.note_fed(memory.recall("how are amounts kept, in cents?"), turn=turn)
    memory.note_fed(memory.recall("how are amounts kept, in cents?"), turn="t3")  # a step that ran again
    memory.credit([cents.id], True, turn="t1")
    memory.credit([cents.id], False, turn="t2")
    memory.note_lessons(500, turn="t1")
    clock.wait(days=1)
    memory.forget(gone.id)
    code.commit(rename=[("core/money.py", "core/cents.py")], delete=["payments/api.py"])
    memory.sync()
    told = governance.statistics().to_json()
    assert (told["total"], told["believed"]) == (4, 2)
    assert told["by_kind"] == {
        "semantic": {"active": 1, "proposed": 1, "deprecated": 1},
        "preference": {"active": 1},
    }
    assert (told["cited"], told["helped"], told["hurt"]) == (2, 1, 1)
    assert told["recalled"] >= 4
    packet = memory.recall("how are amounts kept, in cents?").tokens
    assert told["tokens"]["turns"] == 3
    assert told["tokens"]["lessons"] == 500
    assert told["tokens"]["recalled"] > 2 * packet
    assert (told["caught"]["reanchored"], told["caught"]["deprecated"]) == (1, 1)
    assert [(day["day"], day["added"], day["gone"], day["total"]) for day in told["growth"]] == [
        ("2026-03-01", 4, 0, 4),
        ("2026-03-02", 1, 0, 5),
        ("2026-03-03", 0, 1, 4),
    ]
    assert sum(day["tokens"] for day in told["spending"]) == told["tokens"]["recalled"] + 500


def test_the_least_useful_come_first_and_say_why(store: RecordStore, memory: Memory, clock: Clock) -> None:
    hurt, idle, old, good = (
        memory.add(Draft(text)).record
        for text in ("Totals exclude tax", "Logs are JSON", "Deploys on Mondays", "Amounts are cents")
    )
    assert hurt
    assert idle
    assert old
    assert good
    memory.credit([hurt.id], False, turn="t1")
    for turn in "abcd":
        memory.note_recalled([idle.id, good.id], turn=turn)
        memory.credit([good.id], True, turn=turn)
    clock.wait(days=40)
    least = Governance(store, VIEW, (), clock).statistics().least_useful
    assert [(item.id, item.why) for item in least] == [
        (hurt.id, "hurt once, helped never"),
        (idle.id, "recalled 4 times, never cited"),
        (old.id, "never recalled in 40 days"),
    ]
    assert least[1].tokens > 0


def test_the_figures_of_nothing_are_nothing(store: RecordStore) -> None:
    told = Governance(store, VIEW).statistics().to_json()
    assert (told["total"], told["growth"], told["least_useful"]) == (0, [], [])
    assert told["tokens"]["per_turn"] == 0


def test_what_each_step_of_a_turn_fed_counts(store: RecordStore, memory: Memory, clock: Clock) -> None:
    memory.add(Draft("Amounts are cents"))
    found = memory.recall("how are amounts kept, in cents?")
    for step in ("recall", "search", "edit 1", "edit 1"):  # the last one ran again
        memory.note_fed(found, turn="t1", step=step)
    told = Governance(store, VIEW, (), clock).statistics()
    assert told.tokens.recalled == 3 * found.tokens
