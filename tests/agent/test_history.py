"""What has been done in a repository, and taking it back."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from agent.place import open_ledger, open_place
from tests.agent.conftest import Cli
from tests.playing import call, keep, plan
from tests.receipt_task import ANSWER, CHANGE, PLAN, QUESTION, TASK
from tests.scripted_model import Answer, ScriptedModel


@pytest.fixture
def changed(cli: Cli) -> Cli:
    """The shop after a run that changed the receipt."""
    with ScriptedModel(CHANGE) as model:
        assert cli("run", TASK, model=model).exit_code == 0
    return cli


def learned(cli: Cli) -> list[dict[str, object]]:
    """What is remembered beside what the files say themselves."""
    records = cli("memory", "list", "--json").json()
    return [record for record in records if record["kind"] != "structural"]


def test_undo_takes_back_the_last_change_not_the_last_answer(changed: Cli, shop: Path) -> None:
    with ScriptedModel([ANSWER]) as model:
        changed("run", QUESTION, model=model)
    told = changed("undo", "--json").json()
    assert told["task"] == TASK
    assert told["restored"] == ["shop/receipt.py"]
    assert (told["removed"], told["merged"], told["conflicts"]) == ([], [], [])
    assert len(told["memories"]) == 1
    assert "grand total" not in (shop / "shop/receipt.py").read_text()
    assert learned(changed) == []
    nothing = changed("undo")
    assert nothing.exit_code == 2
    assert nothing.err.startswith("oldhand: No change is left to undo here.")


def test_redo_brings_back_what_undo_took_until_something_new_begins(changed: Cli, shop: Path) -> None:
    after = (shop / "shop/receipt.py").read_text()
    (written,) = learned(changed)
    assert changed("redo").err.startswith("oldhand: Nothing here can be redone")
    changed("undo")
    told = changed("redo", "--json").json()
    assert (told["task"], told["restored"], told["memories"]) == (TASK, ["shop/receipt.py"], [written["id"]])
    assert (shop / "shop/receipt.py").read_text() == after
    assert learned(changed) == [written]
    (passed,) = changed("sessions", "--json").json()
    assert (passed["undone"], passed["outcome"]) == (None, "passed")
    changed("undo")
    (shop / "shop/receipt.py").write_text("# mine\n" + (shop / "shop/receipt.py").read_text())
    made = changed("redo").out.splitlines()
    assert made[0] == f"Redid {passed['turn']}: {TASK}"
    assert "  merged    shop/receipt.py (your later edits are kept)" in made
    assert (shop / "shop/receipt.py").read_text() == "# mine\n" + after
    changed("undo")
    with ScriptedModel([ANSWER]) as model:
        changed("run", QUESTION, model=model)
    refused = changed("redo")
    assert refused.exit_code == 2
    assert "a new run has begun since" in refused.err
    assert changed("redo", passed["turn"]).exit_code == 2


def test_a_turn_or_a_session_can_be_named_once(changed: Cli) -> None:
    (passed,) = changed("sessions", "--json").json()
    took = changed("undo", passed["session"])
    assert took.out.splitlines()[:2] == [f"Undid {passed['turn']}: {TASK}", "  put back  shop/receipt.py"]
    assert changed("undo", passed["turn"]).err.endswith("is undone already.\n")
    assert changed("undo", "0101-none").exit_code == 2


def test_later_edits_are_kept(changed: Cli, shop: Path) -> None:
    receipt = shop / "shop/receipt.py"
    receipt.write_text(receipt.read_text().replace("The receipt of a cart.", "A cart on paper."))
    took = changed("undo")
    assert "merged    shop/receipt.py (your later edits are kept)" in took.out
    assert "A cart on paper." in receipt.read_text()
    assert "grand total" not in receipt.read_text()


def test_what_was_edited_in_the_same_place_is_left_and_named(changed: Cli, shop: Path) -> None:
    receipt = shop / "shop/receipt.py"
    receipt.write_text(receipt.read_text().replace("grand total", "sum total"))
    took = changed("undo")
    assert "left      shop/receipt.py: you have edited it since" in took.out
    assert "sum total" in receipt.read_text()


def test_files_that_a_run_made_and_deleted_come_and_go(cli: Cli, shop: Path) -> None:
    makes = plan("Split", "README.md", creates=["shop/new.py"])
    edits = Answer(
        tool_calls=[
            ("write_file", {"path": "shop/new.py", "text": "A = 1\n"}),
            ("delete", {"path": "README.md"}),
        ]
    )
    with ScriptedModel([makes, edits, Answer("Split."), keep()]) as model:
        assert cli("run", TASK, model=model).exit_code == 0
    assert not (shop / "README.md").exists()
    told = cli("undo", "--json").json()
    assert (told["restored"], told["removed"]) == (["README.md"], ["shop/new.py"])
    assert (shop / "README.md").exists()
    assert not (shop / "shop/new.py").exists()


def test_a_run_that_goes_on_in_another_process_is_not_taken_back(changed: Cli, shop: Path) -> None:
    ledger = open_ledger(open_place(shop, {}))
    (ended,) = ledger.turns(shop)
    ledger.open(replace(ended, turn="later.1", pid=os.getppid(), finished=None, outcome=None, after=None))
    refused = changed("undo")
    assert refused.exit_code == 2
    assert "still running" in refused.err


def test_sessions_lists_what_was_done_newest_first(cli: Cli) -> None:
    assert cli("sessions").out == "Nothing has been done here yet.\n"
    assert cli("sessions", "--json").json() == []
    with ScriptedModel([ANSWER, PLAN]) as model:
        cli("run", "Why [/] so?\nAnd how?", model=model)
        cli("run", TASK, "--plan-only", model=model)
    planned, answered = cli("sessions", "--json").json()
    assert (planned["outcome"], planned["can_resume"], planned["kind"]) == ("planned", True, "run")
    assert (answered["outcome"], answered["can_resume"], answered["undone"]) == ("answered", False, None)
    assert answered["task"] == "Why [/] so?\nAnd how?"
    assert cli("undo", answered["turn"]).out.endswith("It changed nothing.\n")
    assert answered["summary"] == "It is summed at `shop/cart.py:18`."
    table = cli("sessions").out
    assert "planned: resume" in table
    assert "undone" in table
    assert "Why [/] so? And how?" in table


def test_work_in_another_repository_is_not_listed(changed: Cli, tmp_path: Path) -> None:
    assert changed("-C", tmp_path, "sessions").exit_code == 2
    assert len(changed("sessions", "--json").json()) == 1


def test_a_failed_run_can_be_taken_back_too(cli: Cli, shop: Path) -> None:
    broken = call("replace", path="shop/money.py", old="* 100", new="* 10")
    with ScriptedModel([plan("Break it", "shop/money.py"), broken, Answer("Broken."), keep()]) as model:
        failed = cli(
            "run", TASK, "--attempts", "1", "--test-cmd", "grep -q [*].100 shop/money.py", model=model
        )
    assert failed.exit_code == 1
    assert cli("undo").exit_code == 0
    assert "* 100" in (shop / "shop/money.py").read_text()
