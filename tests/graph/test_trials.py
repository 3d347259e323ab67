"""Trials of a change: the nearest tests first, then all, and what fails by chance is told apart."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph.events import FileChanged, Noticed, TestFinished, TestsAwaited
from graph.trial import is_promised
from tests.playing import Played, Player, call, keep, plan
from tests.scripted_model import Answer

TASK = "Say it with a comma"
COMMA = [
    plan("Say it", "shop/cart.py"),
    call("replace", path="shop/cart.py", old='"""The sum in cents."""', new='"""The sum, in cents."""'),
    Answer("Done."),
    keep(),
]
WRONG = call("replace", path="shop/cart.py", old="price * count", new="price")
NOT_QUICK = 20.0  # what is affordable where a suite shall take more than a moment, and still be run
TWICE = """\
from pathlib import Path

MARK = Path(__file__).with_name("{mark}")


def test_by_chance():
    seen = MARK.read_text() if MARK.exists() else ""
    MARK.write_text(seen + ".")
    assert len(seen) in {fine}, f"a race, {{len(seen)}}"
"""


def commit(root: Path, path: str, text: str) -> None:
    """Add a file to the history."""
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text(text)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    subprocess.run(["git", "commit", "-q", "-m", f"Add {path}"], cwd=root, check=True)


def by_chance(root: Path, *fine: int) -> None:
    """A test that passes in these of its runs; what it writes down is ignored by git."""
    commit(root, ".gitignore", "__pycache__/\n*.mark\n")
    commit(root, "tests/test_chance.py", TWICE.format(mark="runs.mark", fine=set(fine)))


def told(played: Played) -> list[tuple[str, str, int]]:
    """What was run: its scope, its outcome, how many tests passed."""
    return [(event.scope, event.outcome, event.passed) for event in played.of(TestFinished)]


@pytest.fixture
def long_suite(shop: Path) -> Path:
    """The shop with a test that makes its suite no quick one."""
    commit(shop, "tests/test_long.py", "import time\n\n\ndef test_it():\n    time.sleep(1.2)\n")
    return shop


def test_the_tests_nearest_to_the_change_are_run_first_and_then_all(play: Player, long_suite: Path) -> None:
    played = play(COMMA, TASK, test_affordable=NOT_QUICK)
    assert told(played) == [("nearest", "passed", 3), ("all", "passed", 4)]
    assert [event.scope for event in played.of(TestsAwaited)] == ["before", "nearest", "all"]
    assert played.finished.tests is not None
    assert (played.finished.tests["scope"], played.finished.summary) == ("all", "Done.")


def test_what_the_first_edit_waits_for_is_told_where_it_takes_long(play: Player, shop: Path) -> None:
    assert play(COMMA, TASK, test_cmd="true").of(TestsAwaited) == []
    again = [COMMA[0], call("replace", path="shop/cart.py", old="The sum, in", new="The sum in"), *COMMA[2:]]
    played = play(again, TASK, test_cmd="sleep 1.5")
    assert played.of(TestsAwaited) == [TestsAwaited("", "sleep 1.5", "before")]
    kinds = [type(event) for event in played.events]
    assert kinds.index(TestsAwaited) < kinds.index(FileChanged)


def test_where_the_nearest_tests_are_all_there_are_they_are_run_once(play: Player, shop: Path) -> None:
    played = play(COMMA, TASK, test_affordable=0.1)
    assert told(played) == [("all", "passed", 3)]
    assert played.finished.summary == "Done."


def test_where_a_near_test_fails_the_others_are_not_waited_for(play: Player, long_suite: Path) -> None:
    wrong = [plan("Simplify", "shop/cart.py"), WRONG, Answer("Done."), keep()]
    played = play(wrong, TASK, test_affordable=NOT_QUICK, attempts=1)
    assert told(played) == [("nearest", "failed", 2)]
    assert played.finished.summary == "1 test fails"


def test_a_suite_that_takes_too_long_is_not_claimed_to_pass(play: Player, long_suite: Path) -> None:
    played = play(COMMA, TASK, test_affordable=1.0)
    assert told(played) == [("nearest", "passed", 3)]
    assert (played.finished.outcome, played.finished.exit_code) == ("passed", 0)
    said = "Only the 3 tests nearest to the change were run, not the whole suite: it took "
    assert said in played.finished.summary
    assert "and 1 s are allowed for it" in played.finished.summary
    log = play.memories("task_log")
    assert log[0].text.startswith("Done, the 3 nearest tests passing: ")


def test_the_tests_that_the_plan_names_are_run_first_too(play: Player, long_suite: Path) -> None:
    commit(long_suite, "tests/test_far.py", "def test_far():\n    pass\n")
    planned = plan("Say it", "shop/cart.py", tests=["tests/test_far.py"])
    played = play([planned, *COMMA[1:]], TASK, test_affordable=1.0)
    assert told(played) == [("nearest", "passed", 4)]


def test_a_test_that_fails_by_chance_is_told_and_remembered_and_no_failure(play: Player, shop: Path) -> None:
    by_chance(shop, 0, 2)
    played = play(COMMA, TASK)
    name = "tests/test_chance.py::test_by_chance"
    assert (played.finished.outcome, played.finished.exit_code) == ("passed", 0)
    assert [(event.failed, event.flaky) for event in played.of(TestFinished)] == [(0, [name])]
    notice = f"{name} failed, and passed when it was run again alone: it fails by chance."
    assert notice in [event.text for event in played.of(Noticed)]
    [memory] = play.memories("test_failure")
    assert memory.text.startswith(f"{name} fails by chance: ")
    assert memory.anchors.paths == ("tests/test_chance.py",)


def test_a_test_that_fails_again_alone_is_a_failure(play: Player, shop: Path) -> None:
    by_chance(shop, 0)
    played = play(COMMA, TASK, attempts=1)
    assert (played.finished.outcome, played.finished.exit_code) == ("failed", 1)
    assert "a race, 1" in played.of(TestFinished)[0].failing[0]["message"]
    assert play.memories("test_failure") == []


def test_a_test_known_to_fail_by_chance_sends_nobody_hunting(play: Player, shop: Path) -> None:
    by_chance(shop, 0, 2)
    play(COMMA, TASK)
    commit(shop, "shop/extra.py", "")
    (shop / "tests/runs.mark").unlink()
    (shop / "tests/test_chance.py").write_text(TWICE.format(mark="runs.mark", fine={0}))  # it never recovers
    commit(shop, "tests/other.txt", "")
    again = [
        plan("Say it", "shop/cart.py"),
        call("replace", path="shop/cart.py", old="The sum, in cents.", new="The sum in cents."),
        Answer("Done."),
        keep(),
    ]
    played = play(again, "Say it without a comma")
    assert (played.finished.outcome, played.finished.exit_code) == ("passed", 0)
    assert any("known for failing by chance" in event.text for event in played.of(Noticed))
    assert len(play.memories("test_failure")) == 1


def test_a_test_that_the_task_names_counts_though_it_failed_before(play: Player, shop: Path) -> None:
    commit(shop, "tests/test_old.py", "def test_is_old():\n    assert 1 == 2\n")
    played = play(COMMA, "Mend test_is_old", attempts=1)
    assert (played.finished.outcome, played.finished.exit_code) == ("failed", 1)
    assert [case["id"] for case in played.of(TestFinished)[0].failing] == ["tests/test_old.py::test_is_old"]


def test_where_only_what_failed_before_was_run_nothing_is_claimed(play: Player, shop: Path) -> None:
    subprocess.run(["git", "rm", "-q", "tests/test_cart.py", "tests/test_receipt.py"], cwd=shop, check=True)
    commit(shop, "tests/test_old.py", "def test_old():\n    assert 1 == 2\n")
    played = play(COMMA, TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("untested", 6)


def test_where_the_tests_could_not_be_run_before_either_nobody_is_sent_hunting(
    play: Player, shop: Path
) -> None:
    commit(shop, "conftest.py", "import nothing_of_this_name\n")
    played = play(COMMA, TASK)
    assert played.steps() == ["recall", "search", "plan", "edit", "test", "remember"]
    assert (played.finished.outcome, played.finished.exit_code) == ("untested", 6)
    told = played.of(TestFinished)[0]
    assert told.known_failing == []
    assert told.unstarted.endswith("No module named 'nothing_of_this_name'")


def test_a_command_that_failed_before_too_goes_back_with_that_word(play: Player) -> None:
    further = call("replace", path="shop/cart.py", old="The sum, in", new="The sum: in")
    answers = [*COMMA[:3], further, Answer("Done."), keep()]
    played = play(answers, TASK, test_cmd="sh -c 'exit 3'", attempts=2)
    assert (played.finished.outcome, played.finished.exit_code) == ("failed", 1)
    assert "The command failed before your change too, in some way" in played.told(3)


def test_a_command_that_tells_of_no_tests_is_told_by_its_exit_code(play: Player) -> None:
    played = play([*COMMA[:2], Answer(" "), Answer("Done."), keep()], TASK, test_cmd="true")
    assert played.finished.outcome == "passed"
    assert played.of(TestFinished)[0].passed == 0
    assert play.memories("build_system") == []  # that it is a test command was not seen


def test_a_run_whose_time_is_over_while_its_tests_run_ends_as_a_spent_budget(
    play: Player, shop: Path
) -> None:
    commit(shop, "slow.sh", "test -e begun && sleep 60; touch begun; exit 0\n")
    played = play(COMMA, TASK, test_cmd="sh slow.sh", timeout=6.0)
    assert (played.finished.outcome, played.finished.exit_code) == ("budget", 3)
    sentence = "seconds have passed; continue with `oldhand resume` and a higher --timeout"
    assert sentence in played.finished.summary
    assert played.finished.seconds < 30
    assert play.ledger().turns(shop)[0].can_resume()


def test_the_test_command_that_worked_is_remembered_and_used_by_the_next_run(
    play: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found on PATH, not named by its path: that may be a temporary one, which is not remembered.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    command = "sh -c 'exec python -m pytest tests'"
    first = play(COMMA, TASK, test_cmd=command)
    assert first.finished.outcome == "passed"
    [memory] = play.memories("build_system")
    assert memory.text == f"The tests run with `{command}`."
    again = [
        plan("Say it", "shop/cart.py"),
        call("replace", path="shop/cart.py", old="The sum, in cents.", new="The sum in cents."),
        Answer("Done."),
        keep(),
    ]
    second = play(again, "Say it without a comma")
    assert [event.command for event in second.of(TestFinished)] == [command]
    assert f"it worked before ({memory.id})" in second.told(0)
    assert len(play.memories("build_system")) == 1
    forgotten = play(COMMA, TASK, memory=False)
    assert [event.command for event in forgotten.of(TestFinished)] == ["python -m pytest"]


def test_a_part_of_the_tests_that_was_run_once_is_not_taken_for_all(play: Player) -> None:
    played = play(COMMA, TASK, test_cmd=f"{sys.executable} -m pytest tests/test_cart.py")
    assert (played.finished.outcome, told(played)) == ("passed", [("all", "passed", 2)])
    assert play.memories("build_system") == []


@pytest.mark.parametrize(
    ("test", "task", "planned", "promised"),
    [
        ("tests/test_a.py::test_deep_sum", "Mend test_deep_sum", [], True),
        ("tests/test_a.py::test_deep_sum[eur]", "Mend test_deep_sum", [], True),
        ("tests/test_a.py::test_deep_sum", "Mend test_deep_sums", [], False),
        ("tests/test_a.py::test_b", "Make tests/test_a.py pass", [], True),
        ("tests/test_a.py::test_b", "x", ["tests/test_a.py::test_b"], True),
        ("tests/test_a.py::TestA::test_b", "x", ["tests/test_a.py::TestA"], True),
        ("tests/test_a.py::test_b", "x", ["tests/test_a.py"], False),
        ("a.test.js::cart > adds", "It adds them", [], False),
        ("a.test.js::cart > addsThem", "Mend addsThem", [], True),
        ("money/money_test.go::TestAdd/eur", "Mend TestAdd", [], True),
        ("src/money.rs", "Make src/money.rs compile", [], True),
    ],
)
def test_what_a_run_is_about_is_read_off_its_task_and_plan(
    test: str, task: str, planned: list[str], promised: bool
) -> None:
    assert is_promised(test, task, planned) is promised
