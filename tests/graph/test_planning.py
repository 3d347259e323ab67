"""The plan: checked before anybody edits, and approved where a person wants to see it."""

from pathlib import Path

import pytest

from graph.events import ConsentAsked, PlanMade, ToolReturned
from graph.nodes.plan import LAST_CALL, MAX_ROUNDS
from graph.plan import Plan, PlanStep, problems
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

TASK = "Add a discount"
COMMA = call("replace", path="shop/cart.py", old='"""The sum in cents."""', new='"""The sum, in cents."""')
GOOD = plan("Say it", "shop/cart.py")


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs whose tests are not the point here."""
    return Player(shop, test_cmd="true")


def step(what: str = "do it", files: tuple[str, ...] = (), creates: tuple[str, ...] = ()) -> PlanStep:
    """A step of a plan."""
    return PlanStep(what=what, files=list(files), creates=list(creates))


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        (Plan(steps=[step(files=("a.py",))], memories=["M1"]), []),
        (Plan(steps=[step(files=("a.py::Cart.total",))]), []),
        (Plan(steps=[step(creates=("new.py",)), step(files=("new.py",))]), []),
        (Plan(kind="answer", text="so"), []),
        (Plan(kind="question", text="which?"), []),
        (Plan(), ["a plan needs at least one step"]),
        (Plan(kind="answer", text="  "), ["the text is empty"]),
        (
            Plan(steps=[step(files=("b.py",)), step(files=("b.py", "c.py"))]),
            [
                "b.py does not exist: name it under `creates` if you mean to make it",
                "c.py does not exist: name it under `creates` if you mean to make it",
            ],
        ),
        (Plan(steps=[step()], memories=["M9", "M1"]), ["M9 was not recalled (recalled: M1)"]),
    ],
)
def test_a_plan_names_only_what_is_there(made: Plan, wrong: list[str]) -> None:
    assert problems(made, exists=lambda path: path == "a.py", recalled={"M1"}) == wrong


def test_a_plan_knows_each_of_its_files_once() -> None:
    made = Plan(steps=[step(files=("a", "b"), creates=("c",)), step(files=("c", "a"))])
    assert made.files() == ["a", "b", "c"]


def test_a_plan_with_a_memory_and_a_file_that_are_not_there_goes_back_with_the_reasons(play: Player) -> None:
    played = play(
        [plan("Guess", "shop/discount.py", memories=["Mffff"]), GOOD, COMMA, Answer("Done."), keep()], TASK
    )
    assert "shop/discount.py does not exist" in played.told(1)
    assert "Mffff was not recalled (recalled: none)" in played.told(1)
    assert [event.plan["summary"] for event in played.of(PlanMade)] == ["Say it"]
    assert played.finished.outcome == "passed"


def test_an_edit_before_the_plan_is_refused_and_changes_nothing(play: Player, shop: Path) -> None:
    before = (shop / "shop/cart.py").read_text()
    shell = call("shell", command="touch made")
    played = play([COMMA, shell, call("answer", text="Never mind.")], TASK)
    assert "nothing may be changed before a plan is accepted" in played.told(1)
    assert "nothing may be changed before a plan is accepted" in played.told(2)
    assert [event.ok for event in played.of(ToolReturned)] == [False, False, True]
    assert (shop / "shop/cart.py").read_text() == before
    assert not (shop / "made").exists()


BOTH = Answer(tool_calls=[*GOOD.tool_calls, *COMMA.tool_calls])


def test_edits_in_the_same_answer_as_the_plan_are_carried_out_once_it_is_accepted(play: Player) -> None:
    played = play([BOTH, Answer("Done."), keep()], TASK)
    assert played.asked() == ["plan/1", "edit/1", "remember/1"]
    results = [message["content"] for message in played.requests[1]["messages"] if message["role"] == "tool"]
    assert [result.partition(":")[0] for result in results] == [
        "Plan accepted. Carry it out now.",
        "Edited shop/cart.py",
    ]
    assert played.finished.outcome == "passed"


def test_edits_in_the_same_answer_as_a_bad_plan_are_refused(play: Player, shop: Path) -> None:
    before = (shop / "shop/cart.py").read_text()
    bad = Answer(tool_calls=[*plan("Guess", "nowhere.py").tool_calls, *COMMA.tool_calls])
    played = play([bad, call("answer", text="Never mind.")], TASK)
    results = [message["content"] for message in played.requests[1]["messages"] if message["role"] == "tool"]
    assert len(results) == 2
    assert all(result.startswith("Error") for result in results)
    assert (shop / "shop/cart.py").read_text() == before


def test_edits_in_the_same_answer_wait_with_the_plan_for_the_persons_word(play: Player, shop: Path) -> None:
    before = (shop / "shop/cart.py").read_text()
    planned = play([BOTH], TASK, plan_only=True)
    assert planned.finished.outcome == "planned"
    assert (shop / "shop/cart.py").read_text() == before
    assert play.resume([Answer("Done."), keep()], {"do": "approve"}).finished.outcome == "passed"
    assert (shop / "shop/cart.py").read_text() != before


def test_a_plan_that_looks_at_more_code_in_the_same_breath_gets_both(play: Player) -> None:
    both = Answer(tool_calls=[*GOOD.tool_calls, ("read_file", {"path": "README.md"})])
    played = play([both, COMMA, Answer("Done."), keep()], TASK)
    results = [message["content"] for message in played.requests[1]["messages"] if message["role"] == "tool"]
    assert len(results) == 2
    assert any("A cart, its prices and its receipts." in result for result in results)


def test_a_second_plan_while_editing_is_refused(play: Player) -> None:
    played = play([GOOD, GOOD, COMMA, Answer("Done."), keep()], TASK)
    assert "the plan is accepted already" in played.told(2)
    assert played.finished.outcome == "passed"


def test_a_model_that_only_looks_is_told_to_stop_and_then_stopped(play: Player) -> None:
    played = play([call("list_files")] * MAX_ROUNDS, TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("no_plan", 1)
    assert len(played.requests) == MAX_ROUNDS
    assert ["You have looked enough" in played.told(n) for n in range(MAX_ROUNDS)] == [
        n >= LAST_CALL for n in range(MAX_ROUNDS)
    ]


def test_plan_only_writes_nothing_and_waits(play: Player, shop: Path) -> None:
    before = (shop / "shop/cart.py").read_text()
    planned = play([GOOD], TASK, plan_only=True)
    assert (planned.finished.outcome, planned.finished.exit_code) == ("planned", 0)
    assert planned.finished.plan is not None
    assert planned.finished.plan["summary"] == "Say it"
    assert [event.what for event in planned.of(ConsentAsked)] == ["plan"]
    assert planned.steps() == ["recall", "search", "plan"]
    assert ((shop / "shop/cart.py").read_text(), play.memories()) == (before, [])
    turn = play.ledger().to_resume(shop, None)
    assert turn.outcome == "planned"


def test_an_approved_plan_is_carried_out_without_asking_for_it_again(play: Player) -> None:
    play([GOOD], TASK, plan_only=True)
    played = play.resume([COMMA, Answer("Done."), keep()], {"do": "approve"})
    assert played.asked() == ["edit/1", "edit/2", "remember/1"]
    assert played.finished.outcome == "passed"
    assert (played.of(ConsentAsked), played.of(PlanMade)) == ([], [])  # told when it was made
    assert played.finished.plan is not None
    assert played.finished.model_calls == 4


def test_a_refused_plan_ends_the_run_with_nothing_done(play: Player) -> None:
    play([GOOD], TASK, plan_only=True)
    played = play.resume([], {"do": "refuse"})
    assert (played.finished.outcome, played.finished.exit_code) == ("refused", 1)
    assert (played.requests, played.finished.files, play.memories()) == ([], [], [])


def test_an_amended_plan_is_made_anew_and_waits_again(play: Player) -> None:
    play([GOOD], TASK, plan_only=True)
    better = plan("Say it in the README", "README.md")
    played = play.resume([better], {"do": "amend", "text": "Put it into the README."})
    assert "The person wants it otherwise: Put it into the README." in played.told(0)
    assert played.finished.outcome == "planned"
    assert [event.plan["summary"] for event in played.of(ConsentAsked) if event.plan] == [
        "Say it in the README"
    ]
    again = play.resume([], {"do": "refuse"})
    assert again.finished.outcome == "refused"


def test_in_a_chat_every_plan_waits_for_the_persons_word(play: Player) -> None:
    waiting = play([GOOD], TASK, chat=True)
    assert waiting.finished.outcome == "planned"
    played = play.resume([COMMA, Answer("Done."), keep()], {"do": "approve"}, chat=True)
    assert played.finished.outcome == "passed"
