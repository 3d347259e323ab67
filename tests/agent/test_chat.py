"""What can be said and typed in a chat; on a real terminal it is tried in tests/e2e/test_chat.py."""

from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from agent.completions import MessageCompleter
from tests.agent.conftest import Cli, Ended
from tests.playing import call, keep
from tests.receipt_task import ANSWER, CHANGE, DONE, EDIT, PLAN, PUSH, QUESTION, TASK
from tests.scripted_model import Answer, ScriptedModel


def session_of(ended: Ended) -> str:
    return ended.out.rpartition("oldhand resume ")[2].strip()


def test_nothing_said_leaves_nothing_behind(cli: Cli) -> None:
    with ScriptedModel([]) as model:
        ended = cli(stdin="\n\n", model=model)
    assert ended.exit_code == 0
    assert "Go on later" not in ended.out
    assert cli("sessions", "--json").json() == []


def test_prose_counts_as_an_answer_here(cli: Cli) -> None:
    with ScriptedModel([Answer("It is summed in `total`.")]) as model:
        ended = cli(QUESTION, model=model)
    assert ended.out.count("It is summed in `total`.") == 1


def test_the_commands_of_a_chat(cli: Cli) -> None:
    said = [
        "/help",
        "/memory",
        "/memory colour of receipts",
        "/diff",
        "/continue",
        "/nope",
        "/memory forget M0",
    ]
    with ScriptedModel([]) as model:
        out = cli(stdin="\n".join(said), model=model).out
        assert cli(stdin="/undo\n", model=model).out.count("Nothing has been done in this session yet.") == 1
    for answer in (
        "/quit      leave; `oldhand resume` continues",
        "Nothing is remembered here yet.",
        "Nothing relevant is remembered.",
        "Nothing has been done in this session yet.",
        "There is nothing to continue here.",
        "There is no command /nope. /help lists them.",
        "There is no memory M0 here.",
    ):
        assert answer in out


def test_what_a_person_says_to_remember_is_kept_with_the_files_it_names(cli: Cli) -> None:
    said = ["/remember", "/remember The total in @shop/cart.py and nowhere.py is in cents because tax is."]
    with ScriptedModel([]) as model:
        out = cli(stdin="\n".join(said), model=model).out
        refused = cli("chat", "--no-memory", stdin="/remember Totals are in cents.\n", model=model).out
    assert "Say what to remember" in out
    assert "This chat runs without memory." in refused
    [kept] = cli("memory", "list", "--origin", "user", "--json").json()
    assert kept["text"] == "The total in shop/cart.py and nowhere.py is in cents because tax is."
    assert kept["anchors"]["paths"] == ["shop/cart.py"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("/me", ["/memory"]),
        ("/memory x", []),
        ("/memory @a.", ["a.py"]),
        ("", []),
        ("why does @", ["a.py", "web/App.tsx", "web/cart/app_test.ts", "web/cart/wrap.ts"]),
        ("why does @APP", ["web/App.tsx", "web/cart/app_test.ts"]),
        ("see @cart/w", ["web/cart/wrap.ts"]),
        ("mail ann@app", []),
        ("@a.py and", []),
    ],
)
def test_commands_and_files_are_completed(typed: str, offered: list[str]) -> None:
    files = ["a.py", "web/App.tsx", "web/cart/app_test.ts", "web/cart/wrap.ts"]
    completer = MessageCompleter({"/memory": "", "/diff": ""}, lambda: files)
    found = completer.get_completions(Document(typed), CompleteEvent())
    assert [completion.text for completion in found] == offered


def test_without_memory_nothing_is_recalled_or_shown(cli: Cli) -> None:
    cli("memory", "add", "The total is in cents.")
    with ScriptedModel([ANSWER, ANSWER]) as model:
        without = cli("chat", "--no-memory", QUESTION, stdin="/memory\n", model=model)
        cli("chat", QUESTION, model=model)
        first, second = (request["messages"][-1]["content"] for request in model.requests)
    assert "This chat runs without memory." in without.out
    assert "The total is in cents." not in first
    assert "The total is in cents." in second


def test_undo_in_a_chat_takes_back_what_this_chat_did(cli: Cli, shop: Path) -> None:
    receipt = shop / "shop/receipt.py"
    with ScriptedModel([*CHANGE, ANSWER]) as model:
        cli("run", TASK, model=model)
        ended = cli(QUESTION, stdin="/undo\n", model=model)
    assert "No change is left to undo in" in ended.out
    assert "grand total" in receipt.read_text()


def test_a_chat_undoes_and_redoes(cli: Cli, shop: Path) -> None:
    receipt = shop / "shop/receipt.py"
    with ScriptedModel([*CHANGE, ANSWER]) as model:
        ended = cli(TASK, stdin="y\n/redo\n/undo\n/redo\n/undo\n" + QUESTION + "\n/redo\n", model=model)
    assert ended.out.count("Undid") == 2
    assert ended.out.count("Redid") == 1
    assert ended.out.count("can be redone: nothing was undone, or a new run has begun since.") == 2
    assert "grand total" not in receipt.read_text()


def test_a_plan_that_nobody_decides_on_waits(cli: Cli, shop: Path) -> None:
    with ScriptedModel([PLAN, EDIT, DONE, keep()]) as model:
        left = cli(TASK, model=model)
        assert "The plan is still waiting." in left.out
        again = cli("resume", stdin="/continue\nmaybe\n", model=model)  # the newest, without its name
    assert "/continue picks it up again." in again.out
    assert again.out.count("Carry out this plan?") == 1
    assert "grand total" not in (shop / "shop/receipt.py").read_text()


def test_a_plan_that_waits_is_carried_out_when_the_chat_goes_on(cli: Cli, shop: Path) -> None:
    with ScriptedModel([PLAN, EDIT, DONE, keep()]) as model:
        session = session_of(cli(TASK, model=model))
        again = cli("resume", session, stdin="/continue\ny\n", model=model)
    assert "1. Name the total" in again.out
    assert "✓ done, tests passing" in again.out
    assert "grand total" in (shop / "shop/receipt.py").read_text()


def test_an_action_that_needs_a_yes_is_refused_where_the_pipe_ends(cli: Cli) -> None:
    with ScriptedModel([PLAN, PUSH, EDIT, DONE, keep()]) as model:
        ended = cli(TASK, stdin="y\n", model=model)
        refused = model.requests[2]["messages"][-1]["content"]
    assert "shell wants to do: git push origin main" in ended.out
    assert "said no" in refused
    assert "✓ done, tests passing" in ended.out


def test_a_new_session_leaves_what_was_said_behind(cli: Cli) -> None:
    with ScriptedModel([ANSWER, ANSWER, ANSWER]) as model:
        cli(QUESTION, stdin="And then?\n/new\nAnd now?\n", model=model)
        second, third = (request["messages"][1]["content"] for request in model.requests[1:])
    assert QUESTION in second
    assert QUESTION not in third


def test_a_failing_endpoint_ends_the_turn_and_not_the_chat(cli: Cli) -> None:
    with ScriptedModel([Answer("overloaded", status=400), ANSWER]) as model:
        ended = cli(QUESTION, stdin="/continue\n", model=model)
    assert ended.exit_code == 0
    assert "✗ the model failed" in ended.out
    assert "It is summed at `shop/cart.py:18`." in ended.out


def test_a_question_of_the_model_is_shown_and_answered_by_the_next_message(cli: Cli) -> None:
    ask = call("ask_person", text="With or without tax?")
    with ScriptedModel([ask, ANSWER]) as model:
        ended = cli(TASK, stdin="Without.\n", model=model)
        assert "With or without tax?" in model.requests[1]["messages"][1]["content"]
    assert "? a question for you  With or without tax?" in ended.out


def test_only_a_session_of_this_repository_is_opened_again(cli: Cli) -> None:
    with ScriptedModel([]) as model:
        ended = cli("chat", "--resume", "0101-none", model=model)
    assert ended.exit_code == 2
    assert "There is no session 0101-none here." in ended.err


def test_settings_that_are_held_back_are_named(cli: Cli, shop: Path) -> None:
    (shop / ".oldhand").mkdir()
    (shop / ".oldhand/config.toml").write_text("tests.command = 'make evil'\n")
    with ScriptedModel([ANSWER]) as model:
        assert "sets tests.command; that takes effect only once you trust" in cli(model=model).out
        told = cli("run", QUESTION, model=model).err
    assert "sets tests.command; that takes effect only once" in told
    assert "It is summed at" not in told  # the answer is on standard output
