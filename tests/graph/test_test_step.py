"""What the harness sees when it runs the tests, and what it makes of it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.events import MemoryWritten, Noticed, TestFinished
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

TASK = "Say it with a comma"
COMMA = [
    plan("Say it", "shop/cart.py"),
    call("replace", path="shop/cart.py", old='"""The sum in cents."""', new='"""The sum, in cents."""'),
    Answer("Done."),
    keep(),
]


def commit(root: Path, path: str, text: str) -> None:
    """Add a file to the history."""
    (root / path).write_text(text)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    subprocess.run(["git", "commit", "-q", "-m", f"Add {path}"], cwd=root, check=True)


@pytest.mark.parametrize(
    ("broken", "told_as"),
    [
        ("def test_old():\n    assert 1 == 2\n", "tests/test_old.py::test_old"),  # named as its file is
        (
            "import pytest\n\n@pytest.fixture\ndef db():\n    raise OSError\n\n\ndef test_db(db): ...\n",
            "tests/test_old.py::test_db",
        ),
    ],
    ids=["a failing test", "a fixture that fails"],
)
def test_what_failed_before_the_change_does_not_count_against_it(
    play: Player, shop: Path, broken: str, told_as: str
) -> None:
    commit(shop, "tests/test_old.py", broken)
    played = play(COMMA, TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("passed", 0)
    told = played.of(TestFinished)[0]
    assert (told.outcome, told.failing, told.known_failing) == ("passed", [], [told_as])
    assert told.passed == 3


def test_a_file_that_was_not_collected_before_either_is_no_failing_test_and_is_told_with_its_reason(
    play: Player, shop: Path
) -> None:
    commit(shop, "tests/test_old.py", "import not_here_at_all\n\n\ndef test_it(): ...\n")
    played = play(COMMA, TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("passed", 0)
    [told] = played.of(TestFinished)
    assert (told.passed, told.failing, told.known_failing) == (3, [], [])
    reason = "ModuleNotFoundError: No module named 'not_here_at_all'"
    assert told.uncollected == [{"id": "tests/test_old.py", "message": reason}]
    said = f"Before the change, not collected: tests/test_old.py ({reason})."
    assert said in [event.text for event in played.of(Noticed)]


def test_a_file_that_was_collected_before_and_is_not_any_more_is_broken_by_the_run(
    play: Player, shop: Path
) -> None:
    commit(shop, "tests/test_old.py", "import not_here_at_all\n\n\ndef test_it(): ...\n")
    gone = call("replace", path="shop/cart.py", old="class Cart", new="class Basket")
    played = play([plan("Rename", "shop/cart.py"), gone, Answer("Done."), keep()], TASK, attempts=1)
    assert (played.finished.outcome, played.finished.exit_code) == ("failed", 1)
    [told] = played.of(TestFinished)
    lost, *_ = told.failing
    assert (lost["id"], lost["collected"]) == ("tests/test_cart.py", False)
    assert lost["message"].startswith("cannot be collected: ImportError: cannot import name 'Cart'")
    assert [file["id"] for file in told.uncollected] == ["tests/test_old.py"]
    assert played.finished.summary == "cannot be collected: tests/test_cart.py, tests/test_receipt.py"


def test_the_model_is_told_what_is_not_collected_any_more_and_what_never_was(
    play: Player, shop: Path
) -> None:
    commit(shop, "tests/test_old.py", "import not_here_at_all\n")
    gone = call("replace", path="shop/cart.py", old="class Cart", new="class Basket")
    back = call("replace", path="shop/cart.py", old="class Basket", new="class Cart")
    sign = call("replace", path="shop/cart.py", old="The sum in", new="The sum, in")
    answers = [plan("Rename", "shop/cart.py"), gone, Answer("Done."), back, sign, Answer("Done."), keep()]
    played = play(answers, TASK, attempts=2)
    assert played.finished.outcome == "passed"
    assert "NOT COLLECTED tests/test_cart.py" in played.told(3)
    assert (
        "Not collected before your change either, and of no account: tests/test_old.py (Mod" in played.told(3)
    )
    fixes = {memory.text.partition(" ")[0]: memory for memory in play.memories("fix")}
    assert fixes["tests/test_cart.py"].anchors.paths == ("tests/test_cart.py", "shop/cart.py")


def test_where_the_test_runner_cannot_be_started_it_says_so_and_what_to_do(play: Player, shop: Path) -> None:
    python = shop.parent / "bare" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", python.parents[1]], check=True)
    played = play(COMMA, TASK, test_cmd=f"{python} -m pytest")
    assert (played.finished.outcome, played.finished.exit_code) == ("untested", 6)
    [told] = played.of(TestFinished)
    assert told.unstarted.startswith(
        f"pytest is not installed for {python}: install it there (`{python} -m pip"
    )
    assert played.steps() == ["recall", "search", "plan", "edit", "test", "remember"]
    assert "\n\nNo test could be run: pytest is not installed for " in played.finished.summary
    before = "Before the change, no test could be run: pytest is not installed for"
    assert any(event.text.startswith(before) for event in played.of(Noticed))


def test_a_new_failure_beside_an_old_one_counts(play: Player, shop: Path) -> None:
    commit(shop, "tests/test_old.py", "def test_old():\n    assert 1 == 2\n")
    wrong = call("replace", path="shop/cart.py", old="price * count", new="price")
    played = play([plan("Simplify", "shop/cart.py"), wrong, Answer("Done."), keep()], TASK, attempts=1)
    assert (played.finished.outcome, played.finished.exit_code) == ("failed", 1)
    told = played.of(TestFinished)[0]
    assert [case["id"] for case in told.failing] == ["tests/test_cart.py::test_the_total_counts_each_item"]
    assert told.known_failing == ["tests/test_old.py::test_old"]


def test_without_any_tests_a_change_ends_untested(play: Player, shop: Path) -> None:
    subprocess.run("git rm -qr tests && git commit -qm 'No tests'", shell=True, cwd=shop, check=True)
    played = play(COMMA, TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("untested", 6)
    assert played.finished.tests is None
    assert any("No tests were found" in event.text for event in played.of(Noticed))
    assert [memory.text for memory in play.memories("task_log")] == [
        "Changed, not tested: Say it with a comma. Plan: Say it. Changed shop/cart.py."
    ]


def test_where_no_test_is_collected_the_model_is_not_sent_to_mend_that(play: Player, shop: Path) -> None:
    commit(shop, "pytest.ini", "[pytest]\npython_files = none_*.py\n")
    played = play(COMMA, TASK)
    assert played.steps() == ["recall", "search", "plan", "edit", "test", "remember"]
    assert (played.finished.outcome, played.finished.exit_code) == ("untested", 6)


def test_a_test_command_that_hangs_is_ended_with_all_it_started(play: Player, shop: Path) -> None:
    mark = f"31.{os.getpid():07d}"  # an argument that no other process has
    commit(shop, "hang.sh", f"sleep {mark} & sleep {mark}\n")
    started = time.monotonic()
    played = play(COMMA, TASK, test_cmd="sh hang.sh", test_timeout=0.7, attempts=1)
    assert time.monotonic() - started < 15
    assert (played.finished.outcome, played.finished.exit_code) == ("failed", 1)
    assert "did not end within" in played.finished.summary
    assert [(event.outcome, event.exit_code) for event in played.of(TestFinished)] == [("timeout", None)]
    assert (
        mark not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    )


def test_a_test_command_that_is_not_there_is_no_success(play: Player) -> None:
    played = play(COMMA, TASK, test_cmd="no-such-program --all", attempts=1)
    assert (played.finished.outcome, played.finished.exit_code) == ("untested", 6)
    assert "no-such-program is not installed here" in played.of(TestFinished)[0].unstarted


def test_a_memory_is_not_blamed_where_nothing_was_tested(play: Player, shop: Path) -> None:
    commit(shop, "pytest.ini", "[pytest]\npython_files = none_*.py\n")
    taught = play.teach("Sums of the cart are integers of cents, never floats.", "shop/cart.py")
    answers = [plan("Say it", "shop/cart.py", memories=[taught.id]), *COMMA[1:]]
    played = play(answers, "Say that the cart's sum is in cents, with a comma")
    assert played.finished.memories["cited"] == [taught.id]
    assert "hurt" not in [event.event for event in played.of(MemoryWritten)]
    assert play.memory().get(taught.id).stats.hurt == 0
