"""The plan: checked before anybody edits, and approved where a person wants to see it."""

from pathlib import Path

import pytest

from agent.output import result_of
from graph.events import ConsentAsked, Noticed, PlanMade, ToolReturned
from graph.nodes.plan import LAST_CALL, MAX_ROUNDS
from graph.plan import Plan, PlanStep
from graph.plan_check import problems
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


class Known:
    """A repository of one file with one class."""

    def exists(self, path: str) -> bool:
        return path in ("a.py", "tests/test_a.py")

    def has_symbol(self, symbol: str) -> bool:
        return symbol == "a.py::Cart.total"

    def names_like(self, symbol: str) -> list[str]:
        return ["Cart.total"] if "tot" in symbol else []


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        (Plan(steps=[step(files=("a.py",))], memories=["M1"]), []),
        (Plan(steps=[step(files=("a.py::Cart.total",))]), []),
        (Plan(steps=[step(creates=("new.py",)), step(files=("new.py::Cart.add",))]), []),
        (Plan(steps=[step(creates=("a.py::Cart.discount",))]), []),
        (Plan(steps=[step()], tests=["tests/test_a.py::test_new", "TestCart", "./...", "test all"]), []),
        (Plan(steps=[step()], tests=["tests/test_b.py::test_it"], new_tests=["tests/test_b.py"]), []),
        (Plan(steps=[step(creates=("tests/test_b.py",))], tests=["tests/test_b.py"]), []),
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
        (
            Plan(steps=[step(files=("a.py::Cart.totl", "a.py::Basket"))]),
            [
                "a.py::Cart.totl is not defined (there is Cart.total): name it under `creates` if you mean "
                "to make it",
                "a.py::Basket is not defined: name it under `creates` if you mean to make it",
            ],
        ),
        (
            Plan(steps=[step()], tests=["tests/test_b.py", "tests/test_b.py::test_it"]),
            ["tests/test_b.py does not exist: name it under `new_tests` if you mean to write it"],
        ),
        (Plan(steps=[step()], memories=["M9", "M1"]), ["M9 was not recalled (recalled: M1)"]),
    ],
)
def test_a_plan_names_only_what_is_there(made: Plan, wrong: list[str]) -> None:
    assert [found.sentence for found in problems(made, Known(), recalled={"M1"})] == wrong


def test_a_plan_that_is_submitted_again_is_mended_so_that_nothing_is_wrong_with_it() -> None:
    made = Plan(
        steps=[step(files=("b.py", "a.py::Cart.totl")), step(files=("a.py",))],
        tests=["tests/test_a.py", "tests/test_b.py"],
        memories=["M9", "M1"],
    )
    for found in problems(made, Known(), recalled={"M1"}):
        assert found.mend is not None
        made = found.mend(made)
    assert problems(made, Known(), recalled={"M1"}) == []
    assert made.steps[0].creates == ["b.py", "a.py::Cart.totl"]
    assert (made.tests, made.memories) == (["tests/test_a.py"], ["M1"])


def test_a_plan_knows_each_of_its_files_once() -> None:
    made = Plan(steps=[step(files=("a::X", "b"), creates=("c",)), step(files=("c", "a"))])
    assert made.files() == ["a", "b", "c"]


def test_a_plan_that_names_what_is_not_there_goes_back_once_and_is_then_taken_at_its_word(
    play: Player,
) -> None:
    bad = plan("Discount", "shop/discount.py", "shop/cart.py::Cart.totals", memories=["Mffff"])
    played = play([bad, bad, COMMA, Answer("Done."), Answer("No discount yet."), keep()], TASK)
    assert "shop/cart.py::Cart.totals is not defined (there is Cart.total" in played.told(1)
    (made,) = played.of(PlanMade)
    assert made.plan["steps"][0]["creates"] == ["shop/discount.py", "shop/cart.py::Cart.totals"]
    assert made.plan["memories"] == []
    said = [event.text for event in played.of(Noticed)]
    assert "The plan cites Mffff, which was not recalled; that is left out." in said
    assert "The plan names shop/discount.py, which is not there yet." in said
    assert played.finished.outcome == "passed"


def test_a_plan_without_steps_is_never_taken(play: Player) -> None:
    empty = Answer(tool_calls=[("submit_plan", {"summary": "x", "steps": [], "tests": [], "memories": []})])
    played = play([empty, empty, GOOD, COMMA, Answer("Done."), keep()], TASK)
    assert "at least one step" in played.told(1)
    assert "at least one step" in played.told(2)
    assert [event.plan["summary"] for event in played.of(PlanMade)] == ["Say it"]


def test_new_tests_and_open_questions_are_part_of_the_plan(play: Player) -> None:
    made = plan(
        "Say it",
        "shop/cart.py",
        tests=["tests/test_cart.py"],
        new_tests=["tests/test_comma.py::test_it"],
        questions=["Which comma? I take the serial one."],
    )
    planned = play([made], TASK, plan_only=True).finished
    assert planned.plan is not None
    assert planned.plan["tests"] == ["tests/test_cart.py", "tests/test_comma.py::test_it"]
    text = result_of(planned)
    assert "Tests: tests/test_cart.py, tests/test_comma.py::test_it (new)" in text
    assert "Open: Which comma? I take the serial one." in text


REJECTED = "We do not use floats for money: sums were off by a cent."
FLOATS = plan("Convert the money to float before summing", "shop/cart.py")


def test_a_plan_that_brings_back_what_was_rejected_is_told_why_once(play: Player) -> None:
    rejected = play.teach(REJECTED, "shop/money.py", label="rejected_pattern")
    played = play([FLOATS, GOOD, COMMA, Answer("Done."), keep()], "Make totals faster")
    assert f"brings back what {rejected.id} rejects: We do not use floats for money" in played.told(1)
    assert [event.plan["summary"] for event in played.of(PlanMade)] == ["Say it"]


def test_a_model_that_insists_is_let_and_the_person_sees_it(play: Player) -> None:
    rejected = play.teach(REJECTED, "shop/money.py", label="rejected_pattern")
    again = plan("Convert the money to float before summing", "shop/cart.py", memories=[rejected.id])
    played = play([FLOATS, again], "Make totals faster", plan_only=True)
    assert played.finished.outcome == "planned"
    assert any(f"brings back what {rejected.id} rejects" in event.text for event in played.of(Noticed))
    assert played.finished.plan is not None
    assert played.finished.plan["risks"] == [f"Against {rejected.id}: {REJECTED.rstrip('.')}"]


@pytest.mark.parametrize(
    ("text", "label"),
    [(REJECTED, "constraint"), ("Never cache totals in a global.", "rejected_pattern")],
    ids=["another label", "another pattern"],
)
def test_a_plan_is_not_held_up_by_what_does_not_speak_against_it(play: Player, text: str, label: str) -> None:
    play.teach(text, "shop/money.py", label=label)
    played = play([FLOATS], "Make totals faster", plan_only=True)
    assert (played.finished.outcome, len(played.requests)) == ("planned", 1)


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


def everything_in(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Each file of a work tree, ignored ones too: its mode, time and content; git's own left out."""
    files = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert len(files) > 5
    return {str(path): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_planning_leaves_the_work_tree_as_it_was_whatever_the_model_tries(play: Player, shop: Path) -> None:
    before = everything_in(shop)
    looks = [
        ("read_file", {"path": "shop/cart.py"}),
        ("list_files", {}),
        ("search", {"pattern": "total"}),
        ("symbols", {"name": "total"}),
        ("outline", {"path": "shop/cart.py"}),
        ("definition", {"name": "Cart.total"}),
        ("references", {"name": "cents"}),
    ]
    writes = [
        *COMMA.tool_calls,
        ("write_file", {"path": "new.py", "text": "x = 1\n"}),
        ("move", {"path": "shop/cart.py", "to": "shop/basket.py"}),
        ("delete", {"path": "shop/cart.py"}),
        ("shell", {"command": "touch made"}),
        ("done", {"summary": "Done."}),
    ]
    both = Answer(tool_calls=[*GOOD.tool_calls, *writes])
    played = play([Answer(tool_calls=looks), Answer(tool_calls=writes), both], TASK, plan_only=True)
    assert played.finished.outcome == "planned"
    assert everything_in(shop) == before
    refused = [event for event in played.of(ToolReturned) if not event.ok]
    assert len(refused) == len(writes)


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


def test_what_the_plan_names_and_nobody_changed_is_asked_for_once(play: Player) -> None:
    forgetful = plan("Say it, and in the README", "shop/cart.py", "README.md")
    answers = [forgetful, COMMA, Answer("Done."), Answer("The README says nothing of it."), keep()]
    played = play(answers, TASK)
    assert [step for step in played.asked() if step.startswith("edit")] == ["edit/1", "edit/2", "edit/3"]
    assert "are as before: README.md. Change" in played.told(3)
    assert played.finished.outcome == "passed"


def test_what_the_model_speaks_of_in_the_end_was_not_forgotten(play: Player) -> None:
    plans = plan("Say it, and in the README", "shop/cart.py", "README.md")
    played = play([plans, COMMA, Answer("Done; the README says nothing of it."), keep()], TASK)
    assert [step for step in played.asked() if step.startswith("edit")] == ["edit/1", "edit/2"]
    assert played.finished.outcome == "passed"
