"""A chat, typed on a real terminal and piped into one."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.e2e.program import Program
from tests.e2e.screen import Screen
from tests.playing import keep
from tests.receipt_task import ANSWER, DONE, EDIT, PLAN, PUSH, QUESTION, RULE, TASK
from tests.scripted_model import Answer, ScriptedModel

PROMPT = "\n›"


def test_a_day_in_a_chat(open_screen: Callable[..., Screen], shop: Path) -> None:
    receipt = shop / "shop/receipt.py"
    script = [ANSWER, PLAN, PLAN, PLAN, PUSH, EDIT, DONE, keep(RULE)]
    with ScriptedModel(script) as model, open_screen(model) as screen:
        assert "oldhand in shop · ada@example.org · scripted · session " in screen.wait_for(PROMPT)
        assert "It is summed at `shop/cart.py:18`." in screen.enter(QUESTION)

        assert "1. Name the total shop/receipt.py" in screen.enter(TASK, "plan ›")
        assert "not carried out" in screen.enter("n")

        screen.enter(TASK, "plan ›")
        screen.enter("Name the tax as well.", "plan ›")
        assert "Name the tax as well." in str(model.requests[-1]["messages"][-1]["content"])
        assert "grand total" not in receipt.read_text()
        assert "shell wants to do: git push origin main" in screen.enter("y", "allow?")
        came = screen.enter("n")
        assert "✓ done, tests passing" in came
        assert "1. Name the total" not in came  # the plan is not drawn a second time
        assert came.count("The receipt says grand total.") == 1
        assert "grand total" in receipt.read_text()

        assert "Receipts are printed on 40 columns" in screen.enter("/memory")
        assert "grand total {shown" in screen.enter("/diff")
        assert "put back  shop/receipt.py" in screen.enter("/undo")
        assert "grand total" not in receipt.read_text()
        assert "No change is left to undo" in screen.enter("/undo")
        assert "/continue" in screen.enter("/help")
        assert "There is no command /nope" in screen.enter("/nope")
        screen.type("/remember @rece")
        screen.wait_for("shop/receipt.py")
        screen.type("\t is printed on thermal paper, so it must not use colours")
        assert "added: shop/receipt.py is printed on thermal paper" in screen.enter("")
        screen.type("\x04")
        screen.wait_for("oldhand resume")
        assert screen.end() == 0


def test_ctrl_c_stops_a_turn_and_continue_takes_it_up(open_screen: Callable[..., Screen]) -> None:
    with ScriptedModel([Answer(delay_s=30), ANSWER]) as model, open_screen(model, QUESTION) as screen:
        screen.wait_until(lambda: "thinking …" in screen.text() and len(model.requests) == 1)
        screen.type("\x03")
        screen.wait_for("interrupted")
        screen.wait_for(PROMPT)
        screen.type("half a message\x03")  # clears the line
        screen.type("/continue\r")
        assert "It is summed at `shop/cart.py:18`." in screen.wait_for("1 model call")
        screen.wait_for(PROMPT)
        screen.type("one line\\\rand another\x1b\rand a third\r")
        screen.wait_until(lambda: len(model.requests) == 3)
        assert "one line\nand another\nand a third" in model.requests[2]["messages"][-1]["content"]
        screen.wait_for(PROMPT)
        screen.type("\x03")
        screen.wait_for("Ctrl-D or /quit leaves.")
        screen.type("\x03")
        assert screen.end() == 0


def test_a_chat_reads_from_a_pipe_and_is_opened_again(oldhand: Program) -> None:
    messages = f"{QUESTION}\n/tmp/notes \\\nis no command\n"
    with ScriptedModel([ANSWER, ANSWER, ANSWER, PLAN]) as model:
        first = oldhand("Hello,", "what", "is", "here?", stdin=messages, model=model)
        assert first.exit_code == 0
        assert first.err == ""
        assert first.out.count("It is summed at `shop/cart.py:18`.") == 3
        assert "/tmp/notes \nis no command" in model.requests[2]["messages"][-1]["content"]
        resume = first.out.strip().splitlines()[-1].partition("Continue later with: oldhand ")[2]
        again = oldhand(*resume.split(), stdin=f"{TASK}\nn\n", model=model)
    assert again.exit_code == 0
    assert f"› {QUESTION}" in again.out
    assert "not carried out" in again.out
    earlier = model.requests[3]["messages"][1]["content"]
    assert f"Person: {QUESTION}" in earlier
    assert "It is summed at" in earlier


def test_a_reader_that_goes_away_is_no_error(oldhand: Program) -> None:
    with oldhand.going_on("config") as process:
        assert process.stdout
        os.close(os.dup(process.stdout.fileno()))
        process.stdout.close()
        process.wait(timeout=20)
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
