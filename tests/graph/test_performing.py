"""Several calls in one answer: side by side where they only look, in their order where they change."""

from pathlib import Path
from threading import current_thread
from typing import Any

import pytest

from graph.events import ToolCalled, ToolReturned
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer
from tools.permissions import Action

TASK = "Note the rates"
Calls = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs whose tests are not the point here."""
    return Player(shop, test_cmd="true")


def results(messages: list[dict[str, Any]]) -> list[str]:
    """What the model is told of its last calls."""
    after = next(n for n, message in enumerate(reversed(messages)) if message["role"] == "assistant")
    return [message["content"] for message in messages[len(messages) - after :]]


LOOKS: Calls = [
    ("references", {"name": "cents"}),
    ("search", {"pattern": "total"}),
    ("read_file", {"path": "shop/money.py"}),
    ("read_file", {"path": "nowhere.py"}),
    ("symbols", {"name": "Cart"}),
    ("outline", {"path": "shop/cart.py"}),
    ("list_files", {"folder": "shop"}),
    ("definition", {"name": "Cart.total"}),
]


def test_looks_run_at_the_same_time_and_are_answered_in_their_order(play: Player) -> None:
    together = play([Answer(tool_calls=LOOKS), call("answer", text="So.")], TASK)
    one_by_one = play([*(Answer(tool_calls=[look]) for look in LOOKS), call("answer", text="So.")], TASK)
    told = results(together.requests[1]["messages"])
    assert told == [results(request["messages"])[-1] for request in one_by_one.requests[1:]]
    kinds = [type(event) for event in together.events if isinstance(event, ToolCalled | ToolReturned)]
    assert kinds[: len(LOOKS)] == [ToolCalled] * len(LOOKS)  # none was waited for before the next began
    assert [event.name for event in together.of(ToolReturned)][:-1] == [name for name, _ in LOOKS]


def test_a_look_behind_a_change_sees_the_change(play: Player) -> None:
    calls: Calls = [
        ("read_file", {"path": "README.md"}),
        ("search", {"pattern": "RATE"}),
        ("write_file", {"path": "rates.py", "text": "RATE = 19\n"}),
        ("read_file", {"path": "rates.py"}),
        ("search", {"pattern": "RATE"}),
    ]
    made = plan("Note", creates=["rates.py"])
    played = play([made, Answer(tool_calls=calls), Answer("Done."), keep()], TASK)
    told = results(played.requests[2]["messages"])
    assert "No match" in told[1]
    assert "RATE = 19" in told[3]
    assert "RATE = 19" in told[4]


def test_a_file_read_in_parts_at_the_same_time_counts_as_read(play: Player, shop: Path) -> None:
    (shop / "long.py").write_text("x = 1\n" * 800)
    parts: Calls = [("read_file", {"path": "long.py", "start": n, "end": n + 99}) for n in range(1, 800, 100)]
    whole = call("write_file", path="long.py", text="x = 2\n")
    made = plan("Shorten", "long.py")
    played = play([made, Answer(tool_calls=parts), whole, Answer("Done."), keep()], TASK)
    assert (shop / "long.py").read_text() == "x = 2\n"
    assert played.finished.outcome == "passed"


ASK = {"ask": ("read(README.md)",)}  # a person who wants to be asked before the README is read
LOOK_TWICE: Calls = [("read_file", {"path": "shop/money.py"}), ("read_file", {"path": "README.md"})]


def test_a_look_that_needs_a_yes_is_asked_about_in_the_thread_of_the_person(play: Player) -> None:
    here = current_thread()
    asked: list[tuple[str | None, bool]] = []

    def consent(action: Action, reason: str) -> bool:
        asked.append((action.path, current_thread() is here))
        return True

    answers = [Answer(tool_calls=LOOK_TWICE[::-1]), call("answer", text="So.")]
    played = play(answers, TASK, consent=consent, **ASK)
    assert asked == [("README.md", True)]
    told = results(played.requests[1]["messages"])
    assert "A cart" in told[0]
    assert "Money in cents" in told[1]


def test_where_nobody_can_be_asked_what_was_looked_at_before_is_kept(play: Player) -> None:
    stopped = play([Answer(tool_calls=LOOK_TWICE)], TASK, **ASK)
    assert (stopped.finished.outcome, stopped.finished.exit_code) == ("consent", 5)
    played = play.resume([call("answer", text="So.")], consent=lambda *_: True, **ASK)
    assert len(results(played.requests[0]["messages"])) == 2
    assert [event.name for event in played.of(ToolReturned)] == ["read_file", "answer"]
