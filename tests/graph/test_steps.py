"""The loop as a whole: the six steps, and the ways between them."""

import subprocess
from pathlib import Path

from graph.events import (
    CodeFound,
    FileChanged,
    MemoryRecalled,
    MemoryWritten,
    PlanMade,
    RunFinished,
    RunStarted,
    TestFinished,
    TextStreamed,
    UsageCounted,
)
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

COUNTED = "return sum(price * count for _, price, count in self.items)"
WRONG = call("replace", path="shop/cart.py", old=COUNTED, new="return sum(p for _, p, count in self.items)")
RIGHT = call(
    "replace",
    path="shop/cart.py",
    old="return sum(p for _, p, count in self.items)",
    new="return sum(count * price for _, price, count in self.items)",
)
WRONG_AGAIN = call(
    "replace",
    path="shop/cart.py",
    old="return sum(p for _, p, count in self.items)",
    new="return sum(p + 0 for _, p, count in self.items)",
)
HARMLESS = call("replace", path="shop/cart.py", old='"""The sum in cents."""', new='"""The sum, in cents."""')
FAILING = "tests/test_cart.py::test_the_total_counts_each_item"


def test_the_six_steps_happen_in_order_and_the_events_say_so(play: Player, shop: Path) -> None:
    played = play(
        [
            call("read_file", path="shop/cart.py"),
            plan("Say it better", "shop/cart.py"),
            HARMLESS,
            Answer("The sentence has a comma."),
            keep(),
        ],
        "Mend the docstring of Cart.total",
    )
    assert played.steps() == ["recall", "search", "plan", "search", "plan", "edit", "test", "remember"]
    assert played.asked() == ["plan/1", "plan/2", "edit/1", "edit/2", "remember/1"]
    told = [type(event) for event in played.events]
    in_order = [
        RunStarted,
        MemoryRecalled,
        CodeFound,
        PlanMade,
        FileChanged,
        TestFinished,
        MemoryWritten,  # what the files say of the repository
        MemoryWritten,  # the log
        MemoryWritten,  # the test command
        RunFinished,
    ]
    assert [kind for kind in told if kind in in_order] == in_order
    assert told[0] is RunStarted
    assert told[-1] is RunFinished
    assert len(played.of(UsageCounted)) == 5
    assert played.of(CodeFound)[0].files[0]["path"] == "shop/cart.py"
    finished = played.finished
    assert (finished.outcome, finished.exit_code, finished.summary) == (
        "passed",
        0,
        "The sentence has a comma.",
    )
    assert [(file["path"], file["added"], file["removed"]) for file in finished.files] == [
        ("shop/cart.py", 1, 1)
    ]
    assert '+        """The sum, in cents."""' in finished.diff
    assert finished.tests is not None
    assert finished.tests["passed"] == 3
    assert (finished.model_calls, finished.tokens_in, finished.tokens_out) == (5, 500, 100)
    assert finished.first_request_tokens == 100
    assert '"""The sum, in cents."""' in (shop / "shop/cart.py").read_text()


def test_the_first_request_holds_task_instructions_and_the_code_that_was_found(
    play: Player, shop: Path
) -> None:
    (shop / "AGENTS.md").write_text("Write British English.\n")
    played = play(
        [Answer(tool_calls=[("answer", {"text": "It adds them up."})])], "How does Cart.total work?"
    )
    first = played.requests[0]
    assert [message["role"] for message in first["messages"]] == ["system", "user"]
    told = played.told(0)
    assert (
        told.index("Write British English.")
        < told.index("def total(self)")
        < told.index("How does Cart.total work?")
    )
    offered = {tool["function"]["name"] for tool in first["tools"]}
    assert {"read_file", "search", "submit_plan", "answer", "replace", "shell"} <= offered


def test_a_failing_test_goes_back_to_the_edit_step_with_its_id_and_message(play: Player) -> None:
    played = play(
        [plan("Simplify", "shop/cart.py"), WRONG, Answer("Done."), RIGHT, Answer("Mended."), keep()],
        "Simplify Cart.total",
    )
    assert played.steps() == ["recall", "search", "plan", "edit", "test", "edit", "test", "remember"]
    after_failure = played.told(3)
    assert FAILING in after_failure
    assert "assert 550 == 800" in after_failure
    assert played.asked()[3] == "edit/3"
    assert [event.outcome for event in played.of(TestFinished)] == ["failed", "passed"]
    assert played.finished.outcome == "passed"
    fixes = play.memories("fix")
    assert len(fixes) == 1
    assert FAILING in fixes[0].text


def test_tests_of_one_file_that_failed_on_the_way_are_one_memory(play: Player, shop: Path) -> None:
    test = (
        "from shop.cart import Cart\n\n\ndef test_{}():\n    cart = Cart()\n    cart.add('tea', '1.00', 2)\n"
    )
    two = "\n\n".join(test.format(name) + "    assert cart.total() == 200\n" for name in ("one", "two"))
    (shop / "tests/test_two.py").write_text(two)
    subprocess.run("git add -A && git commit -qm Two", shell=True, cwd=shop, check=True)
    played = play(
        [plan("Simplify", "shop/cart.py"), WRONG, Answer("Done."), RIGHT, Answer("Mended."), keep()],
        "Simplify Cart.total",
    )
    assert played.finished.outcome == "passed"
    [two_fixes, *others] = sorted(play.memories("fix"), key=lambda memory: len(memory.anchors.paths[0]))
    assert [memory.anchors.paths[0] for memory in others] == ["tests/test_cart.py"]
    assert two_fixes.text.startswith(
        "2 tests of tests/test_two.py failed on the way to: Simplify Cart.total. test_one said: assert 100"
    )
    assert two_fixes.text.endswith("They pass now.")


def test_a_test_that_is_gone_is_not_remembered_as_passing(play: Player) -> None:
    renamed = call(
        "replace",
        path="tests/test_cart.py",
        old="def test_the_total_counts_each_item",
        new="def notest_the_total_counts_each_item",
    )
    played = play(
        [plan("Simplify", "shop/cart.py"), WRONG, Answer("Done."), renamed, Answer("Done."), keep()],
        "Simplify Cart.total",
    )
    assert played.finished.outcome == "passed"
    assert play.memories("fix") == []


def test_after_the_second_failure_a_new_plan_is_asked_for(play: Player) -> None:
    played = play(
        [
            plan("Simplify", "shop/cart.py"),
            WRONG,
            Answer("Done."),
            WRONG_AGAIN,
            Answer("Now it is right."),
            plan("Count again", "shop/cart.py"),
            call(
                "replace",
                path="shop/cart.py",
                old="return sum(p + 0 for _, p, count in self.items)",
                new="return sum(count * price for _, price, count in self.items)",
            ),
            Answer("Now it counts."),
            keep(),
        ],
        "Simplify Cart.total",
    )
    steps = [
        "recall",
        "search",
        "plan",
        "edit",
        "test",
        "edit",
        "test",
        "search",
        "plan",
        "edit",
        "test",
        "remember",
    ]
    assert played.steps() == steps
    assert "What was tried so far did not:\n1. Simplify\n2. Simplify\n" in played.told(5)
    assert "It is the very same failure as before." in played.told(5)
    assert FAILING in played.told(5)
    assert played.asked()[5] == "plan/2"
    assert [event.plan["summary"] for event in played.of(PlanMade)] == ["Simplify", "Count again"]
    assert played.finished.outcome == "passed"


def test_a_run_whose_attempts_are_spent_fails_and_leaves_an_open_thread(play: Player) -> None:
    played = play(
        [plan("Simplify", "shop/cart.py"), WRONG, Answer("Done."), WRONG_AGAIN, Answer("Done."), keep()],
        "Simplify Cart.total",
        attempts=2,
    )
    assert (played.finished.outcome, played.finished.exit_code) == ("failed", 1)
    assert played.finished.summary == "1 test fails"
    threads = play.memories("open_thread")
    assert len(threads) == 1
    assert FAILING in threads[0].text
    assert "Simplify Cart.total" in threads[0].text
    assert play.memories("task_log") == []


def test_a_failure_that_the_model_leaves_as_it_is_ends_the_run_without_asking_the_tests_again(
    play: Player,
) -> None:
    played = play(
        [plan("Simplify", "shop/cart.py"), WRONG, Answer("Done."), Answer("The test is wrong."), keep()],
        "Simplify Cart.total",
    )
    assert len(played.of(TestFinished)) == 1
    assert (played.finished.outcome, played.finished.exit_code) == ("failed", 1)
    assert played.finished.summary == "left as it is: The test is wrong."


def test_an_answer_after_edits_that_failed_is_no_success(play: Player) -> None:
    giving_up = Answer(tool_calls=[("answer", {"text": "It cannot be done."})])
    played = play(
        [
            plan("Simplify", "shop/cart.py"),
            WRONG,
            Answer("Done."),
            WRONG_AGAIN,
            Answer("Done."),
            giving_up,
            keep(),
        ],
        "Simplify Cart.total",
    )
    assert (played.finished.outcome, played.finished.exit_code) == ("failed", 1)
    assert played.finished.summary == "It cannot be done."


def test_a_plan_and_its_edits_may_come_in_one_answer(play: Player) -> None:
    planned = plan("Count", "shop/cart.py")
    at_once = Answer(tool_calls=[*planned.tool_calls, *HARMLESS.tool_calls])
    played = play([at_once, Answer("Done."), keep()], "Say it better")
    assert played.finished.outcome == "passed"
    assert played.asked() == ["plan/1", "edit/1", "remember/1"]


def test_plan_edits_and_the_word_that_it_is_done_may_come_in_one_answer(play: Player) -> None:
    done = ("done", {"summary": "Said better."})
    at_once = Answer(tool_calls=[*plan("Say", "shop/cart.py").tool_calls, *HARMLESS.tool_calls, done])
    played = play([at_once, keep()], "Say it better")
    assert (played.finished.outcome, played.finished.summary) == ("passed", "Said better.")
    assert played.asked() == ["plan/1", "remember/1"]


def test_what_failed_in_the_same_answer_is_not_done(play: Player) -> None:
    done = ("done", {"summary": "Done."})
    missed = ("replace", {"path": "shop/cart.py", "old": "nothing like this", "new": "x"})
    at_once = Answer(tool_calls=[*plan("Say", "shop/cart.py").tool_calls, *HARMLESS.tool_calls, missed, done])
    played = play([at_once, Answer(tool_calls=[done]), keep()], "Say it better")
    assert "not done yet" in played.told(1)
    assert played.finished.outcome == "passed"


def test_a_plan_after_which_nothing_changed_is_reminded_once_and_ends_as_unchanged(play: Player) -> None:
    played = play(
        [
            plan("Look", "shop/cart.py"),
            Answer("All is well."),
            Answer("Nothing needs to change: it is there."),
        ],
        "Make sure that the total counts each item",
    )
    assert "Nothing is changed yet" in played.told(2)
    assert (played.finished.outcome, played.finished.exit_code) == ("unchanged", 1)
    assert played.finished.summary == "Nothing needs to change: it is there."
    assert played.finished.files == []
    assert play.memories() == []


def test_a_question_is_answered_in_pieces_and_nothing_is_edited(play: Player) -> None:
    text = "It multiplies price and count of each item (shop/cart.py:18) and adds the products up."
    played = play([Answer(tool_calls=[("answer", {"text": text})])], "How is the total computed?")
    assert (played.finished.outcome, played.finished.exit_code, played.finished.summary) == (
        "answered",
        0,
        text,
    )
    pieces = [event.text for event in played.of(TextStreamed)]
    assert len(pieces) > 2
    assert "".join(pieces) == text
    assert played.steps() == ["recall", "search", "plan", "remember"]
    assert (played.finished.files, played.finished.diff, played.of(TestFinished)) == ([], "", [])


def test_a_decision_that_only_the_person_can_take_is_asked_for(play: Player) -> None:
    question = "Should a discount be rounded up or down?"
    played = play([Answer(tool_calls=[("ask_person", {"text": question})])], "Add a discount")
    assert (played.finished.outcome, played.finished.exit_code) == ("question", 5)
    assert played.finished.summary == question


def test_a_conversation_holds_what_was_said_before(play: Player) -> None:
    answers = [Answer(tool_calls=[("answer", {"text": "In cents."})])]
    first = play(answers, "What is the unit of total?", clock="2026-03-02T09:00:00Z")
    second = play(answers, "And of a price?", session=first.finished.session, clock="2026-03-02T09:00:00Z")
    assert "What is the unit of total?" in second.told(0)
    assert "In cents." in second.told(0)
    assert first.finished.turn != second.finished.turn
