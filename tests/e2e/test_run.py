"""`oldhand run`: what the streams carry, how each end is told, and that a stopped run goes on."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.playing import keep, plan
from tests.receipt_task import BREAK, CHANGE, DONE, EDIT, PLAN, PUSH, TASK
from tests.scripted_model import Answer, ScriptedModel


def one_sentence(err: str) -> bool:
    """Whether a person is told what happened, without a traceback."""
    return err.startswith("oldhand: ") and err.count("\n") == 1 and "Traceback" not in err


def test_stdout_carries_the_result_only_and_progress_goes_to_stderr(oldhand: Program) -> None:
    with ScriptedModel(CHANGE) as model:
        ended = oldhand("run", TASK, model=model)
    assert (ended.exit_code, ended.out) == (0, "The receipt says grand total.\n"), ended.err
    for step in ("recall", "search", "plan", "edit", "test", "remember"):
        assert f"\n  {step} " in ended.err
    assert "grand total {shown(cart.total())}" in ended.err
    assert "✓ done, tests passing\n" in ended.err


def test_every_line_of_stream_json_is_an_event_and_the_last_tells_of_the_failure(oldhand: Program) -> None:
    with ScriptedModel([PLAN, BREAK, DONE, keep()]) as model:
        ended = oldhand("run", TASK, "--attempts", "1", "--output", "stream-json", model=model)
    events = ended.events()
    assert {event["v"] for event in events} == {1}
    types = [event["type"] for event in events]
    assert (types[0], types[-1], types.count("run.finished")) == ("run.started", "run.finished", 1)
    told = "node.started memory.recalled plan.made tool.called tool.returned file.changed test.finished usage"
    assert {*told.split(), "code.found", "memory.written"} <= set(types)
    last = events[-1]
    assert (ended.exit_code, last["outcome"], last["exit_code"]) == (1, "failed", 1)
    assert [case["id"] for case in last["tests"]["failing"]] == [
        "tests/test_receipt.py::test_a_receipt_ends_with_the_total"
    ]
    assert [file["path"] for file in last["files"]] == ["shop/receipt.py"]
    assert ended.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [""],
        [],
        ["x", "--output", "yaml"],
        ["x", "--attempts", "0"],
        ["x", "-C", "no/such/folder"],
        ["x", "--learn", "sometimes"],
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_to_do(oldhand: Program, arguments: list[str]) -> None:
    ended = oldhand("run", *arguments)
    assert (ended.exit_code, ended.out) == (2, "")
    assert "Usage: oldhand run" in ended.err
    assert "\nError: " in ended.err


@pytest.mark.parametrize("command", [["run", "x"], ["memory", "list"], ["undo"], []])
def test_outside_of_a_repository_one_sentence_says_what_to_do(tmp_path: Path, command: list[str]) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    ended = Program(outside)(*command, OPENAI_API_KEY="k")
    assert (ended.exit_code, ended.out) == (2, "")
    assert one_sentence(ended.err)
    assert "is not in a git repository" in ended.err
    assert "git init" in ended.err


def test_a_spent_budget_ends_with_3(oldhand: Program) -> None:
    with ScriptedModel([PLAN, EDIT, DONE]) as model:
        ended = oldhand("run", TASK, "--max-turns", "1", "--output", "json", "-q", model=model)
    assert ended.exit_code == 3
    assert ended.json()["outcome"] == "budget"
    assert "--max-turns" in ended.json()["summary"]


def everything_below(*folders: Path) -> dict[str, int]:
    return {str(file): file.stat().st_mtime_ns for folder in folders for file in folder.rglob("*")}


def test_without_an_endpoint_a_run_ends_with_4_and_touches_nothing(
    oldhand: Program, shop: Path, home: Path
) -> None:
    before = everything_below(shop, home)
    for arguments in (["run", TASK], ["run", TASK, "--output", "stream-json"], []):
        ended = oldhand(*arguments)
        assert (ended.exit_code, ended.out) == (4, "")
        assert one_sentence(ended.err)
        for remedy in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "oldhand demo"):
            assert remedy in ended.err
    assert everything_below(shop, home) == before


def test_what_needs_consent_ends_with_5_and_says_how_to_give_it(oldhand: Program) -> None:
    with ScriptedModel([PLAN, PUSH]) as model:
        stopped = oldhand("run", TASK, model=model)
    assert (stopped.exit_code, stopped.out) == (5, "")
    assert "git push origin main" in stopped.err
    assert "oldhand resume" in stopped.err


def test_a_change_that_no_test_could_check_ends_with_6(oldhand: Program, shop: Path) -> None:
    subprocess.run(["git", "rm", "-rq", "tests"], cwd=shop, check=True)
    with ScriptedModel([plan("Name the total", "shop/receipt.py"), EDIT, DONE, keep()]) as model:
        ended = oldhand("run", TASK, model=model)
    assert ended.exit_code == 6
    assert ended.out.startswith("The receipt says grand total.\n\nNo tests were found: ")
    assert "--test-cmd" in ended.err


def wait_for_request(model: ScriptedModel, number: int) -> None:
    """Wait until so many requests have come: the program now waits for the answer to the last."""
    deadline = time.monotonic() + 30
    while len(model.requests) < number:
        assert time.monotonic() < deadline, "no such request came"
        time.sleep(0.01)


def test_ctrl_c_ends_with_130_and_the_run_can_be_resumed(oldhand: Program) -> None:
    with (
        ScriptedModel([PLAN, EDIT, Answer(delay_s=30)]) as model,
        oldhand.going_on("run", TASK, "--output", "stream-json", model=model) as process,
    ):
        wait_for_request(model, 3)
        interrupted = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert time.monotonic() - interrupted < 10
    last = json.loads(out.splitlines()[-1])
    assert (process.returncode, last["type"], last["outcome"]) == (130, "run.finished", "interrupted")
    assert err == ""
    with ScriptedModel([DONE, keep()]) as model:
        gone_on = oldhand("resume", model=model)
    assert (gone_on.exit_code, gone_on.out) == (0, "The receipt says grand total.\n"), gone_on.err


def test_a_killed_run_is_found_and_goes_on_where_it_stood(oldhand: Program, shop: Path) -> None:
    receipt = shop / "shop/receipt.py"
    with (
        ScriptedModel([PLAN, EDIT, Answer(delay_s=30)]) as model,
        oldhand.going_on("run", TASK, model=model) as process,
    ):
        wait_for_request(model, 3)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
    assert "stopped: resume" in oldhand("sessions").out
    with ScriptedModel([DONE, keep()]) as model:
        gone_on = oldhand("resume", model=model)
        assert len(model.requests) == 2
    assert gone_on.exit_code == 0
    assert "grand total" in receipt.read_text()
