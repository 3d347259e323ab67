"""Headless runs and `resume`: how each end is told, and what can be done about it."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evals.loopback import Reply, Request
from tests.agent.conftest import Cli
from tests.playing import call, keep
from tests.receipt_task import ANSWER, CHANGE, DONE, EDIT, PLAN, PUSH, QUESTION, TASK
from tests.scripted_model import Answer, ScriptedModel
from tools.sandbox import NONE


def test_a_question_is_answered_on_stdout_as_text_and_as_json(cli: Cli) -> None:
    with ScriptedModel([ANSWER, ANSWER]) as model:
        text = cli("run", QUESTION, model=model)
        document = cli("run", QUESTION, "--output", "json", "-q", model=model)
    assert (text.exit_code, text.out) == (0, "It is summed at `shop/cart.py:18`.\n")
    assert QUESTION in text.err
    finished = document.json()
    assert (finished["type"], finished["outcome"], finished["exit_code"]) == ("run.finished", "answered", 0)
    assert finished["summary"] == "It is summed at `shop/cart.py:18`."
    assert (finished["model_calls"], finished["tokens_in"], finished["tokens_out"]) == (1, 100, 20)


def test_a_refused_key_and_an_unknown_model_end_with_4(cli: Cli) -> None:
    with ScriptedModel([Answer("No such key", status=401)]) as model:
        refused = cli("run", TASK, "--output", "json", model=model)
    assert (refused.exit_code, refused.json()["outcome"]) == (4, "model")
    assert refused.json()["summary"].endswith("(401): No such key. Check OPENAI_API_KEY.")
    with ScriptedModel([Answer("The model nix does not exist.", status=404)]) as model:
        unknown = cli("run", TASK, "--model", "nix", model=model)
        assert model.requests[0]["model"] == "nix"
    assert (unknown.exit_code, unknown.out) == (4, "")
    assert "The model nix does not exist. Check the model's name" in unknown.err


class Models(ScriptedModel):
    """An endpoint that answers `GET /v1/models` in its own way."""

    listed: Any = None

    def respond(self, request: Request, reply: Reply) -> None:
        if request.path != "/v1/models":
            super().respond(request, reply)
        elif isinstance(self.listed, bytes):
            reply.whole(200, self.listed, "text/html")
        else:
            reply.json(200, self.listed or {"data": [{"id": name} for name in ("big", "small")]})


def test_where_several_models_are_offered_the_person_is_asked_which(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Models([ANSWER]) as model:
        asked = cli("run", QUESTION, model=model)
        monkeypatch.setenv("OLDHAND_MODEL", "small")
        told = cli("run", QUESTION, model=model)
        assert [request["model"] for request in model.requests] == ["small"]
    assert (asked.exit_code, asked.out, told.exit_code) == (4, "", 0)
    assert asked.err.startswith("oldhand: Say which model to use: --model NAME or OLDHAND_MODEL")
    assert "big, small" in asked.err


@pytest.mark.parametrize("listed", [b"<html>a page</html>", b"{", {"error": "no"}, {"data": []}])
def test_an_address_that_is_no_model_endpoint_ends_with_4_and_one_sentence(cli: Cli, listed: Any) -> None:
    with Models([]) as model:
        model.listed = listed
        ended = cli("run", QUESTION, model=model)
    assert (ended.exit_code, ended.out) == (4, "")
    assert ended.err.startswith("oldhand: ")
    assert ended.err.count("\n") == 1


def test_an_address_where_nobody_answers_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = "http://127.0.0.1:9/v1"
    monkeypatch.setenv("OLDHAND_RETRIES", "0")
    unnamed = cli("run", TASK, "--base-url", nobody)
    named = cli("run", TASK, "--base-url", nobody, "--model", "any")
    assert (unnamed.exit_code, named.exit_code) == (4, 4)
    assert f"{nobody} cannot be reached" in unnamed.err
    assert f"{nobody} cannot be reached" in named.err


def test_an_address_without_a_scheme_is_refused_with_the_right_one(cli: Cli) -> None:
    ended = cli("run", TASK, "--base-url", "localhost:8000", "--model", "any")
    assert ended.exit_code == 2
    assert "http://localhost:8000/v1" in ended.err


def test_a_limit_on_cost_needs_prices(cli: Cli) -> None:
    with ScriptedModel([ANSWER]) as model:
        ended = cli("run", TASK, "--max-cost", "0.5", model=model)
        assert model.requests == []
    assert ended.exit_code == 2
    assert "OLDHAND_PRICE_IN" in ended.err


def test_a_spent_cost_ends_with_3(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLDHAND_PRICE_IN", "1000")
    monkeypatch.setenv("OLDHAND_PRICE_OUT", "5000")
    with ScriptedModel([PLAN, EDIT, DONE]) as model:
        ended = cli("run", TASK, "--max-cost", "0.1", "--output", "json", model=model)
        assert len(model.requests) == 1
    assert ended.exit_code == 3
    assert ended.json()["cost"] == pytest.approx(0.2)


def test_sigterm_ends_a_run_as_ctrl_c_does(cli: Cli) -> None:
    def terminate(body: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        os.kill(os.getpid(), signal.SIGTERM)
        return Answer(delay_s=30)

    before = signal.getsignal(signal.SIGTERM)
    with ScriptedModel(terminate) as model:
        ended = cli("run", TASK, "--output", "json", model=model)
    assert (ended.exit_code, ended.json()["outcome"]) == (130, "interrupted")
    assert cli("sessions", "--json").json()[0]["can_resume"] is True
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_question_to_the_person_ends_with_5_and_is_the_result(cli: Cli) -> None:
    with ScriptedModel([call("ask_person", text="Grand total with or without tax?")]) as model:
        ended = cli("run", TASK, model=model)
    assert (ended.exit_code, ended.out) == (5, "Grand total with or without tax?\n")


def test_a_plan_alone_is_the_result_and_waits_for_a_word(cli: Cli, shop: Path) -> None:
    before = (shop / "shop/receipt.py").read_bytes()
    with ScriptedModel([PLAN, PLAN, EDIT, DONE, keep()]) as model:
        planned = cli("run", "--plan-only", TASK, model=model)
        assert planned.exit_code == 0
        assert planned.out.startswith("Name the total\n1. Name the total (shop/receipt.py)\nTests: tests/")
        assert "oldhand resume --approve" in planned.err
        assert (shop / "shop/receipt.py").read_bytes() == before
        undecided = cli("resume", model=model)
        assert undecided.exit_code == 2
        assert "--approve" in undecided.err
        amended = cli("resume", "--amend", "And mention tax.", "--output", "json", "-q", model=model)
        assert amended.json()["outcome"] == "planned"
        assert amended.json()["plan"]["summary"] == "Name the total"
        assert "And mention tax." in model.requests[1]["messages"][-1]["content"]
        approved = cli("resume", "--approve", "--output", "json", model=model)
    assert (approved.exit_code, approved.json()["outcome"]) == (0, "passed")
    assert approved.json()["model_calls"] == 5  # what was spent before the plan waited counts too


def test_a_refused_plan_changes_nothing_and_ends_with_1(cli: Cli, shop: Path) -> None:
    before = (shop / "shop/receipt.py").read_bytes()
    with ScriptedModel([PLAN]) as model:
        cli("run", "--plan-only", TASK, model=model)
        refused = cli("resume", "--refuse", model=model)
    assert (refused.exit_code, refused.out) == (1, "")
    assert "not carried out" in refused.err
    assert (shop / "shop/receipt.py").read_bytes() == before


def test_a_resumed_run_goes_on_with_its_flags_and_those_given_now_win(cli: Cli) -> None:
    gone = [PLAN, EDIT, Answer(status=401)]
    flags = ("--learn", "auto", "--max-turns", "4", "--no-memory", "--test-cmd", "sh -c 'exit 0'")
    with ScriptedModel([*gone, DONE, DONE]) as model:
        assert cli("run", TASK, *flags, model=model).exit_code == 4
        spent = cli("resume", "--max-turns", "2", "--output", "json", model=model)
        assert (spent.exit_code, spent.json()["outcome"]) == (3, "budget")
        still = cli("resume", model=model)  # what was given to the first resume is kept as well
        assert still.exit_code == 3
        ended = cli("resume", "--max-turns", "9", "--output", "json", model=model)
    finished = ended.json()
    assert (ended.exit_code, finished["outcome"]) == (0, "passed"), ended.err
    assert finished["tests"]["command"] == "sh -c 'exit 0'"
    assert finished["memories"] == {"used": [], "cited": [], "written": []}
    assert cli("memory", "list", "--json", "--status", "all").json() == []


def test_memory_can_be_had_again_by_who_resumes(cli: Cli) -> None:
    cli("memory", "add", "Totals are in cents.", "--path", "shop/cart.py")
    with ScriptedModel([Answer(status=401), ANSWER]) as model:
        without = cli("run", QUESTION, "--no-memory", "--output", "json", model=model)
        with_it = cli("resume", "--memory", model=model)
    assert without.json()["memories"]["used"] == []
    assert with_it.exit_code == 0


def test_a_flag_that_holds_a_secret_is_not_kept_and_asked_for_again(cli: Cli, home: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    with ScriptedModel([Answer(status=401), Answer(status=401), ANSWER]) as model:
        cli("run", QUESTION, "--test-cmd", f"env TOKEN={secret} true", model=model)
        again = cli("resume", model=model)
        given = cli("resume", "--test-cmd", "true", model=model)
    assert "--test-cmd of" in again.err
    assert "held a secret and was not kept: give it again." in again.err
    assert "was not kept" not in given.err
    files = [file for file in home.rglob("*") if file.is_file()]
    assert files
    assert not any(secret.encode() in file.read_bytes() for file in files)


def test_a_chat_goes_on_with_its_flags(cli: Cli) -> None:
    with ScriptedModel([ANSWER, ANSWER]) as model:
        cli("chat", "--no-memory", QUESTION, model=model)
        again = cli("resume", stdin="/remember Totals are in cents.\n", model=model).out
    assert "This chat runs without memory." in again


def test_there_is_nothing_to_resume_where_every_run_has_ended(cli: Cli) -> None:
    with ScriptedModel([ANSWER]) as model:
        cli("run", QUESTION, model=model)
        newest, named = cli("resume", model=model), cli("resume", "0101-none", model=model)
    assert (newest.exit_code, named.exit_code) == (2, 2)
    assert "No interrupted run" in newest.err
    assert "0101-none" in named.err


def test_quiet_shows_the_end_only_and_verbose_shows_what_tools_gave(cli: Cli) -> None:
    look = call("read_file", path="shop/money.py")
    with ScriptedModel([look, ANSWER, look, ANSWER]) as model:
        quiet = cli("run", QUESTION, "-q", model=model)
        verbose = cli("run", QUESTION, "-v", model=model)
    assert "read_file" not in quiet.err
    assert "✓ answered" in quiet.err
    assert "def cents(text: str)" in verbose.err


def test_yes_goes_ahead_where_a_person_would_be_asked(cli: Cli, shop: Path) -> None:
    with ScriptedModel([PLAN, PUSH, EDIT, DONE, keep()]) as model:
        assert cli("run", TASK, model=model).exit_code == 5
        ended = cli("resume", "--yes", model=model)
        pushed = model.requests[2]["messages"][-1]["content"]
    assert "origin" in pushed  # git's own words: there is no such remote
    assert (ended.exit_code, ended.out) == (0, "The receipt says grand total.\n")
    assert "grand total" in (shop / "shop/receipt.py").read_text()


def test_lessons_wait_in_the_inbox_unless_they_are_to_be_kept(cli: Cli) -> None:
    lesson = {"text": "Receipts are printed on 40 columns; lines are never longer.", "label": "constraint"}
    with ScriptedModel([*CHANGE[:-1], keep(lesson)]) as model:
        ended = cli("run", TASK, "--output", "json", model=model)
    assert ended.exit_code == 0
    waiting = cli("memory", "inbox", "--json").json()
    assert [memory["text"] for memory in waiting] == [lesson["text"]]
    assert cli("memory", "approve", waiting[0]["id"]).exit_code == 0
    found = cli("memory", "search", "How wide is a receipt?", "--json").json()
    assert lesson["text"] in [memory["text"] for memory in found]


def test_where_nothing_confines_commands_it_is_said_even_with_yes(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.place.detect", lambda *_: NONE)
    with ScriptedModel([ANSWER, ANSWER]) as model:
        assert "No sandbox works on this machine" in cli("run", QUESTION, model=model).err
        with_yes = cli("run", QUESTION, "--yes", "--output", "stream-json", model=model).out
    assert "so each command needs a yes. --yes gives it." in with_yes
