"""A headless run where a person happens to sit at the terminal: they are asked instead of sent away."""

from collections.abc import Callable
from pathlib import Path

from tests.e2e.screen import Screen
from tests.playing import keep
from tests.receipt_task import DONE, EDIT, PLAN, PUSH, TASK
from tests.scripted_model import ScriptedModel


def test_a_person_at_the_terminal_is_asked(open_screen: Callable[..., Screen], shop: Path) -> None:
    with ScriptedModel([PLAN, PUSH, EDIT, DONE, keep()]) as model:
        with open_screen(model, "run", "--plan-only", TASK) as screen:
            screen.wait_for("To carry it out: oldhand resume --approve")
            assert screen.end() == 0
        with open_screen(model, "resume") as screen:
            assert "1. Name the total shop/receipt.py" in screen.wait_for("plan ›")
            asked = screen.enter("y", "allow? [y/N] ›")
            assert "shell wants to do: git push origin main" in asked
            assert "undo does not cover" in asked
            told = screen.enter("n", "The receipt says grand total.")
            assert "thinking" not in told  # the wheel stood still while the question was open
            assert screen.end() == 0
    assert "said no" in model.requests[2]["messages"][-1]["content"]
    assert "grand total" in (shop / "shop/receipt.py").read_text()
