"""A model that goes round in circles is told so, and then stopped."""

import json
from pathlib import Path

import pytest

from graph.loops import Circle, circle_in
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

TASK = "Say it with a comma"
PLAN = plan("Say it", "shop/cart.py")
MISSED = call("replace", path="shop/cart.py", old="nothing like this", new="x")
COMMA = call("replace", path="shop/cart.py", old="The sum in cents.", new="The sum, in cents.")
THERE = call("replace", path="shop/cart.py", old="The sum in", new="The sum of it in")
BACK = call("replace", path="shop/cart.py", old="The sum of it in", new="The sum in")


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs whose tests are not the point here."""
    return Player(shop, test_cmd="true")


def said(*calls: tuple[str, str]) -> list[dict[str, object]]:
    """A conversation of read_file calls: the path, and what came back."""
    messages: list[dict[str, object]] = [{"role": "user", "content": "A task"}]
    for number, (path, result) in enumerate(calls):
        function = {"name": "read_file", "arguments": json.dumps({"path": path})}
        messages.append({"role": "assistant", "tool_calls": [{"id": f"c{number}", "function": function}]})
        messages.append({"role": "tool", "tool_call_id": f"c{number}", "content": result})
    return messages


def test_the_same_edit_that_fails_again_is_told_once_and_then_ends_the_run(play: Player) -> None:
    played = play([PLAN, *[MISSED] * 9], TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("circles", 1)
    assert played.finished.model_calls == 7
    assert "6 times the same call of `replace` with the same result" in played.finished.summary
    told = [
        str(message["content"]) for message in played.requests[-1]["messages"] if message["role"] == "user"
    ]
    assert len([text for text in told if text.startswith("You go round in circles: the same call")]) == 1
    assert played.told(4).startswith("You go round in circles")
    assert not played.told(3).startswith("You go round in circles")


def test_edits_back_and_forth_are_a_circle_too(play: Player) -> None:
    played = play([PLAN, *[THERE, BACK] * 9], TASK)
    assert played.finished.outcome == "circles"
    assert play.ledger().turns(play.root)[0].outcome == "circles"


def test_who_is_told_and_does_otherwise_goes_on(play: Player) -> None:
    played = play([PLAN, *[MISSED] * 3, COMMA, Answer("Done."), keep()], TASK)
    assert played.finished.outcome == "passed"


def test_looking_at_the_same_again_and_again_is_told_while_planning(play: Player) -> None:
    look = call("list_files")
    played = play([*[look] * 4, PLAN, COMMA, Answer("Done."), keep()], TASK)
    assert played.told(3).startswith("You go round in circles: the same call of `list_files`")
    assert played.finished.outcome == "passed"


def test_different_calls_with_the_same_error_in_a_row_are_a_circle() -> None:
    errors = [(f"{name}.py", f"Error: line {n}: no such file") for n, name in enumerate("abcd")]
    assert circle_in(said(*errors)) == Circle("the same error in a row (Error: line : no such file)", 4)
    assert circle_in(said(*errors, ("e.py", "text"))) is None


@pytest.mark.parametrize(
    "calls",
    [
        [],
        [("a.py", "1"), ("a.py", "1")],
        [("a.py", "1"), ("a.py", "2"), ("a.py", "3"), ("a.py", "4")],  # it changes in between
        [("a.py", "1"), ("b.py", "1"), ("c.py", "1"), ("d.py", "1")],
        [("a.py", "1"), ("a.py", "1"), ("a.py", "1"), ("b.py", "2")],  # it went on
        [(name, "1") for name in ["a.py", *[f"{n}.py" for n in range(30)]] * 3],  # in long work
    ],
    ids=["nothing", "twice", "another result", "another file", "left it", "long work"],
)
def test_what_is_no_circle_is_none(calls: list[tuple[str, str]]) -> None:
    assert circle_in(said(*calls)) is None


def test_a_new_failure_begins_anew() -> None:
    messages = said(*[("a.py", "1")] * 2)
    again = said(*[("a.py", "1")] * 2)[1:]
    assert circle_in([*messages, {"role": "user", "content": "The harness ran it: failed."}, *again]) is None
    warned = [*messages, {"role": "user", "content": "You go round in circles: x"}, *again]
    assert circle_in(warned) is not None
