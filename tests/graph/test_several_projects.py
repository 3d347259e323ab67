"""Runs in a repository of several projects: what is touched is tested, in its own way."""

import subprocess
from pathlib import Path

import pytest

from graph.events import Noticed, TestFinished
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

TASK = "Say it with a comma"
FILES = {
    "back/pyproject.toml": "[project]\nname = 'back'\n",
    "back/cart.py": '"""The cart of the shop."""\n\ndef total():\n    return 3\n',
    "back/conftest.py": "",
    "back/tests/test_cart.py": "from cart import total\n\ndef test_total():\n    assert total() == 3\n",
    "mail/setup.cfg": "[tool:pytest]\n",
    "mail/letter.py": '"""The letter to a person."""\n\ndef greet():\n    return "Hi"\n',
    "mail/conftest.py": "",
    "mail/test_letter.py": "from letter import greet\n\ndef test_greet():\n    assert greet() == 'Hi'\n",
    "mail/test_old.py": "import nowhere_at_all\n",
    "README.md": "# Shops\n",
}


@pytest.fixture
def several(shop: Path) -> Path:
    """A repository without tests at its root, and two projects below."""
    subprocess.run("git rm -qr tests shop", shell=True, cwd=shop, check=True)
    for path, text in FILES.items():
        (shop / path).parent.mkdir(parents=True, exist_ok=True)
        (shop / path).write_text(text)
    subprocess.run("git add -A && git commit -qm Several", shell=True, cwd=shop, check=True)
    return shop


def say(path: str, old: str, new: str) -> Answer:
    return call("replace", path=path, old=old, new=new)


CART = say("back/cart.py", "The cart of", "The cart, of")
LETTER = say("mail/letter.py", "The letter to", "The letter, to")


def test_only_the_project_that_is_touched_is_tested(play: Player, several: Path) -> None:
    played = play([plan("Say it", "back/cart.py"), CART, Answer("Done."), keep()], TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("passed", 0)
    [told] = played.of(TestFinished)
    assert (told.project, told.command, told.passed) == ("back", "cd back && python -m pytest", 1)
    assert "the tests of those that they touch:\n- back/: `cd back && python -m pytest`" in played.told(0)
    known = [memory.text for memory in play.memories("build_system")]
    assert not any(text.startswith("The tests run with") for text in known)  # it is not the way of all


def test_both_are_tested_where_both_are_touched_and_one_that_fails_is_told(
    play: Player, several: Path
) -> None:
    wrong = say("mail/letter.py", 'return "Hi"', 'return "Ho"')
    planned = plan("Say it", "back/cart.py", "mail/letter.py")
    played = play([planned, CART, LETTER, wrong, Answer("Done."), keep()], TASK, attempts=1)
    assert (played.finished.outcome, played.finished.summary) == ("failed", "1 test fails")
    told = {event.project: event for event in played.of(TestFinished)}
    assert {name: event.outcome for name, event in told.items()} == {"back": "passed", "mail": "failed"}
    assert [case["id"] for case in told["mail"].failing] == ["mail/test_letter.py::test_greet"]
    assert [file["id"] for file in told["mail"].uncollected] == ["mail/test_old.py"]
    report = played.finished.tests
    assert report is not None
    assert (report["passed"], report["failed"]) == (1, 1)
    assert [part["project"] for part in report["projects"]] == ["back", "mail"]


def test_a_project_that_the_plan_did_not_name_is_looked_at_before_it_is_changed(
    play: Player, several: Path
) -> None:
    played = play([plan("Say it", "back/cart.py"), CART, LETTER, Answer("Done."), keep()], TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("passed", 0)
    assert {event.project: event.failing for event in played.of(TestFinished)} == {"back": [], "mail": []}


def test_where_nothing_that_was_changed_has_tests_it_says_so(play: Player, several: Path) -> None:
    readme = say("README.md", "# Shops", "# Shops, two")
    played = play([plan("Say it", "README.md"), readme, Answer("Done."), keep()], TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("untested", 6)
    said = "Nothing that was changed belongs to a project with tests (there are back/, mail/)."
    assert said in [event.text for event in played.of(Noticed)]


def test_what_is_changed_in_one_project_takes_no_near_test_from_another(play: Player, several: Path) -> None:
    (several / "back/tests/test_far.py").write_text("def test_far(): ...\n")
    subprocess.run("git add -A && git commit -qm Far", shell=True, cwd=several, check=True)
    new = [f"mail/test_new{n}.py" for n in range(9)]
    written = [call("write_file", path=path, text="def test_it(): ...\n") for path in new]
    planned = plan("Say it", "back/cart.py", creates=new)
    played = play([planned, CART, *written, Answer("Done."), keep()], TASK, test_affordable=1e-3)
    back = [(told.scope, told.passed) for told in played.of(TestFinished) if told.project == "back"]
    assert back[0] == ("nearest", 1)
