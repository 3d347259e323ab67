"""A run that stops is gone on with: nothing is asked for twice, and nothing done twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.checkpoints import open_checkpoints
from graph.errors import NothingToResume
from graph.events import Event, NodeStarted, RunFinished, RunStarted, TextStreamed, ToolReturned
from tests.playing import Player, call, keep, plan
from tests.scripted_model import SPENT, Answer, ScriptedModel

CHECKOUT = Path(__file__).parent.parent.parent
TASK = "Count the discount in Cart.total"
STEPS = ["plan/1", "plan/2", "edit/1", "edit/2", "edit/3", "remember/1"]
APPEND = "echo one more >> log.txt"  # done twice, it shows
RULE = {"text": "A discount is taken off the total, never off an item.", "label": "business_rule"}
WRONG = call("replace", path="shop/cart.py", old="price * count for", new="price for")
RIGHT = call("replace", path="shop/cart.py", old="price for", new="count * price for")


def script(memory: str) -> list[Answer]:
    """All there is: a look, a plan that cites, a shell command, a failure, its mending, a lesson."""
    return [
        call("read_file", path="shop/cart.py"),
        plan("Count", "shop/cart.py", memories=[memory]),
        Answer(tool_calls=[*WRONG.tool_calls, ("shell", {"command": APPEND})]),
        Answer("Done."),
        Answer(tool_calls=[*RIGHT.tool_calls, ("done", {"summary": "Mended."})]),
        keep(RULE),
    ]


class Stopped(BaseException):
    """The process is gone, as far as the loop can tell."""


class Stopper:
    """Stops a run at each kind of event in each step, once."""

    def __init__(self) -> None:
        self.stops: list[tuple[str, str, str]] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted | RunFinished | TextStreamed):
            return
        mark = (event.type, getattr(event, "node", ""), getattr(event, "name", getattr(event, "event", "")))
        if mark not in self.stops:
            self.stops.append(mark)
            raise Stopped


def test_a_run_stopped_at_every_kind_of_event_ends_as_if_it_had_not_been(play: Player, shop: Path) -> None:
    taught = play.teach("Totals are integers of cents.", "shop/cart.py")
    answers = iter(script(taught.id))
    asked: list[str] = []

    def respond(_body: Any, headers: Any) -> Answer:
        asked.append(headers["x-oldhand-step"])
        return next(answers, SPENT)

    stopper = Stopper()
    finished = play.through_stops(respond, TASK, stopper, Stopped)
    assert len(stopper.stops) > 20
    assert asked == STEPS
    assert (finished.outcome, finished.model_calls, finished.tokens_in) == ("passed", 6, 600)
    assert (shop / "log.txt").read_text() == "one more\n"
    assert "count * price for" in (shop / "shop/cart.py").read_text()
    cited = play.memory().get(taught.id)
    assert (cited.stats.cited, cited.stats.helped, cited.stats.hurt) == (1, 1, 0)
    written = [memory for memory in play.memories() if memory.id != taught.id]
    assert sorted(memory.label for memory in written) == ["business_rule", "fix", "task_log"]
    assert [memory.stats.restated for memory in written] == [0, 0, 0]


def kill_when(play: Player, answers: list[Answer], ready: Callable[[ScriptedModel], bool]) -> list[str]:
    """Start the real program, kill it without warning when it is time, and say what it had asked for."""
    with ScriptedModel(answers) as model:
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "OPENAI_BASE_URL": model.base_url}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "oldhand", "run", TASK, "--model", "scripted", "--learn", "auto"],
            cwd=play.root,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while not ready(model):
            assert process.poll() is None, "the program ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return [headers["x-oldhand-step"] for headers in model.headers]


def late(answer: Answer) -> Answer:
    """The same answer, but not before the program is killed."""
    return replace(answer, delay_s=60)


@pytest.mark.parametrize("number", [1, 4], ids=["plan", "edit"])
def test_a_process_killed_while_the_model_thinks_goes_on(play: Player, shop: Path, number: int) -> None:
    taught = play.teach("Totals are integers of cents.", "shop/cart.py")
    answers = script(taught.id)
    cut = [*answers[:number], late(answers[number])]
    asked = kill_when(play, cut, lambda model: len(model.requests) == number + 1)
    played = play.resume(answers[number:])
    assert played.of(RunStarted)[0].resumed
    # Only the answer that never came is asked for once more.
    assert asked + played.asked()[1:] == STEPS
    assert played.asked()[0] == asked[-1]
    assert played.finished.outcome == "passed"
    assert played.finished.model_calls == 6
    assert (shop / "log.txt").read_text() == "one more\n"


def test_undo_of_a_killed_run_leaves_what_the_person_did_after_it(play: Player, shop: Path) -> None:
    before = (shop / "shop/cart.py").read_text()
    edit = call("replace", path="shop/cart.py", old="The sum in cents.", new="The sum, in cents.")
    answers = [plan("Say it", "shop/cart.py"), edit, late(Answer("Done."))]
    kill_when(play, answers, lambda model: len(model.requests) == 3)
    (shop / "README.md").write_text("mine\n")
    undone = play.undo()
    assert undone.files.restored == ["shop/cart.py"]
    assert (shop / "shop/cart.py").read_text() == before
    assert (shop / "README.md").read_text() == "mine\n"


def test_a_run_that_was_killed_before_it_changed_anything_has_nothing_to_undo(
    play: Player, shop: Path
) -> None:
    kill_when(play, [late(plan("Say it", "shop/cart.py"))], lambda model: len(model.requests) == 1)
    (shop / "README.md").write_text("mine\n")
    assert play.undo().files.restored == []
    assert (shop / "README.md").read_text() == "mine\n"


def test_a_command_cut_short_by_a_kill_is_not_run_again_by_itself(play: Player, shop: Path) -> None:
    slow = call("shell", command="echo one more >> log.txt; sleep 60")
    begun = shop / "log.txt"
    kill_when(play, [plan("Log", "shop/cart.py"), slow], lambda _: begun.exists() and begun.read_text() != "")
    done = Answer("It was done.")
    played = play.resume([call("read_file", path="log.txt"), done, done, keep()])
    assert "it may have taken effect" in played.told(0)
    assert played.finished.outcome == "passed"
    assert begun.read_text() == "one more\n"


def test_a_run_that_is_still_going_on_is_not_resumed(play: Player) -> None:
    refusals: list[str] = []

    def try_it(event: Event) -> None:
        if isinstance(event, NodeStarted) and event.node == "plan":
            with pytest.raises(NothingToResume) as refused:
                play.ledger().to_resume(play.root, None)
            refusals.append(str(refused.value))

    play([call("answer", text="So.")], TASK, hear=try_it)
    assert "No interrupted run is here" in refusals[0]


def test_a_run_that_has_ended_is_not_resumed(play: Player) -> None:
    played = play([call("answer", text="So.")], TASK)
    with pytest.raises(NothingToResume, match="it has ended"):
        play.resume([], name=played.finished.turn)
    with pytest.raises(NothingToResume, match="no such run"):
        play.resume([], name="0101-ffff")


def test_after_an_endpoint_went_away_what_was_answered_is_not_asked_again(
    play: Player,
) -> None:
    answers = [call("read_file", path="shop/cart.py"), plan("Count", "shop/cart.py"), WRONG]
    gone = play([*answers, *[Answer(drop_after=0)] * 3], TASK, retries=2)
    assert (gone.finished.outcome, gone.finished.exit_code) == ("model", 4)
    assert "oldhand resume" in gone.finished.summary
    played = play.resume([RIGHT, Answer("Done."), keep()])
    assert played.asked() == ["edit/2", "edit/3", "remember/1"]
    assert played.requests[0]["messages"] == gone.requests[-1]["messages"]
    assert played.finished.outcome == "passed"
    assert played.finished.model_calls == 6
    assert played.finished.files[0]["path"] == "shop/cart.py"


def test_the_port_of_an_endpoint_that_is_closed_ends_the_run(play: Player) -> None:
    with ScriptedModel([]) as model:
        nowhere = model.base_url
    played = play([], TASK, base_url=nowhere, retries=1)
    assert (played.finished.outcome, played.finished.exit_code) == ("model", 4)
    assert play.resume([call("answer", text="So.")]).finished.outcome == "answered"


def test_a_run_that_the_person_stops_says_so_and_goes_on_later(play: Player) -> None:
    def press(event: Event) -> None:
        if isinstance(event, ToolReturned):
            raise KeyboardInterrupt

    stopped = play([call("list_files")], TASK, hear=press)
    assert (stopped.finished.outcome, stopped.finished.exit_code) == ("interrupted", 130)
    assert play.resume([call("answer", text="So.")]).finished.outcome == "answered"


def test_the_time_of_a_resumed_run_counts_all_of_it_as_its_tokens_do(play: Player) -> None:
    def press(event: Event) -> None:
        if isinstance(event, ToolReturned):
            raise KeyboardInterrupt

    stopped = play([replace(call("list_files"), delay_s=1.5)], TASK, hear=press)  # in the middle of a step
    assert stopped.finished.seconds > 1.5
    ended = play.resume([call("answer", text="So.")]).finished
    assert ended.model_calls == 2
    assert ended.seconds > stopped.finished.seconds
    assert ended.seconds >= ended.model_seconds


def test_a_bug_of_ours_ends_with_the_last_event_too_and_can_be_gone_on_with(play: Player) -> None:
    told: list[Event] = []

    def break_down(event: Event) -> None:
        told.append(event)
        if isinstance(event, ToolReturned):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        play([call("list_files")], TASK, hear=break_down)
    last = told[-1]
    assert isinstance(last, RunFinished)
    assert (last.outcome, last.exit_code) == ("error", 1)
    assert play.resume([call("answer", text="So.")]).finished.outcome == "answered"


def test_the_failures_of_before_the_first_edit_are_still_known_after_a_stop(play: Player, shop: Path) -> None:
    (shop / "tests/test_old.py").write_text("def test_it():\n    assert 1 == 2\n")
    comma = call("replace", path="shop/cart.py", old="The sum in cents.", new="The sum, in cents.")
    gone = play([plan("Say it", "shop/cart.py"), comma, Answer(status=401)], TASK)
    assert gone.finished.exit_code == 4
    played = play.resume([Answer("Done."), keep()])
    assert played.finished.outcome == "passed"
    assert played.finished.tests is not None
    assert played.finished.tests["known_failing"] == ["tests/test_old.py::test_it"]


def test_the_state_after_each_step_is_plain_data_and_small(play: Player) -> None:
    taught = play.teach("Totals are integers of cents.", "shop/cart.py")
    played = play(script(taught.id), TASK)
    saver = open_checkpoints(play.place().paths.sessions / "checkpoints.db")
    kept = list(saver.list({"configurable": {"thread_id": played.finished.turn}}))
    states = [checkpoint.checkpoint["channel_values"] for checkpoint in reversed(kept)]
    assert len(states) > 8  # one a step, and the beginning
    for state in states:
        assert json.loads(json.dumps(state)) == state
        assert len(json.dumps(state)) < 30_000
    last = states[-1]
    assert last["task"] == TASK
    assert last["plan"]["summary"] == "Count"
    assert len(last["failures"]) == 1
    assert last["report"]["outcome"] == "passed"
    saver.conn.close()
