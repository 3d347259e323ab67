"""Budgets: a run that reaches one stops with exit code 3, and what it had is kept."""

from pathlib import Path

import pytest

from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

TASK = "Say it with a comma"
COMMA = call("replace", path="shop/cart.py", old="The sum in cents.", new="The sum, in cents.")
LOOK = call("list_files")


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs whose tests are not the point here."""
    return Player(shop, test_cmd="true")


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        (
            {"max_turns": 2},
            "2 model calls were made; continue with `oldhand resume` and a higher --max-turns",
        ),
        (
            {"max_tokens": 240},
            "240 tokens were used; continue with `oldhand resume` and a higher --max-tokens",
        ),
        (
            {"max_cost": 0.5, "price_in": 2000.0, "price_out": 5000.0},
            "The calls cost 0.60; continue with `oldhand resume` and a higher --max-cost",
        ),
        ({"timeout": 0.0}, "0 seconds have passed; continue with `oldhand resume` and a higher --timeout"),
    ],
    ids=["calls", "tokens", "cost", "seconds"],
)
def test_a_budget_spent_while_planning_ends_with_exit_code_3(
    play: Player, limit: dict[str, float], sentence: str
) -> None:
    played = play([LOOK, LOOK, LOOK], TASK, **limit)
    assert (played.finished.outcome, played.finished.exit_code) == ("budget", 3)
    assert sentence in played.finished.summary
    assert played.finished.model_calls == len(played.requests) <= 2
    assert play.memories() == []


def test_a_budget_spent_while_editing_keeps_the_change_and_leaves_an_open_thread(
    play: Player, shop: Path
) -> None:
    played = play([plan("Say it", "shop/cart.py"), COMMA], TASK, max_turns=2)
    assert (played.finished.outcome, played.finished.exit_code) == ("budget", 3)
    assert played.steps() == ["recall", "search", "plan", "edit", "remember"]
    assert [file["path"] for file in played.finished.files] == ["shop/cart.py"]
    assert "The sum, in cents." in (shop / "shop/cart.py").read_text()
    assert [memory.label for memory in play.memories()] == ["open_thread"]
    assert play.ledger().turns(shop)[0].outcome == "budget"
    play.undo()
    assert "The sum, in cents." not in (shop / "shop/cart.py").read_text()


def test_a_budget_that_is_just_enough_for_the_work_leaves_no_lessons_but_a_success(play: Player) -> None:
    played = play([plan("Say it", "shop/cart.py"), COMMA, Answer("Done.")], TASK, max_turns=3)
    assert played.finished.outcome == "passed"
    assert [memory.label for memory in play.memories()] == ["task_log"]


@pytest.mark.parametrize("spent", [1, 4], ids=["plan", "mending"])
def test_a_run_whose_budget_was_spent_goes_on_with_a_larger_one(play: Player, spent: int) -> None:
    taught = play.teach("Sums are in cents.", "shop/cart.py")
    wrong = call("replace", path="shop/cart.py", old="price * count for", new="price for")
    right = call("replace", path="shop/cart.py", old="price for", new="count * price for")
    answers = [
        call("read_file", path="shop/cart.py"),
        plan("Count", "shop/cart.py", memories=[taught.id]),
        Answer(tool_calls=[*wrong.tool_calls, ("done", {"summary": "Done."})]),
        call("read_file", path="tests/test_cart.py"),
        Answer(tool_calls=[*right.tool_calls, ("done", {"summary": "Mended."})]),
        keep(),
    ]
    stopped = play(answers[:spent], "Count the cents of sums in the cart", max_turns=spent, test_cmd=None)
    assert stopped.finished.exit_code == 3
    played = play.resume(answers[spent:], max_turns=20, test_cmd=None)
    assert (played.finished.outcome, played.finished.summary) == ("passed", "Mended.")
    assert played.finished.model_calls == len(answers)
    # What was remembered as not finished is finished.
    assert sorted(memory.label for memory in play.memories()) == ["design_decision", "fix", "task_log"]
    stats = play.memory().get(taught.id).stats
    assert (stats.recalled, stats.cited, stats.helped, stats.hurt) == (1, 1, 1, 0)
    assert "oldhand resume" in stopped.finished.summary


def test_a_resumed_run_goes_on_with_the_budget_it_had(play: Player) -> None:
    play([plan("Say it", "shop/cart.py"), LOOK, Answer(status=401)], TASK, max_turns=4)
    played = play.resume([LOOK, COMMA, Answer("Done."), keep()], max_turns=4)
    assert (played.finished.outcome, played.finished.model_calls) == ("budget", 4)
