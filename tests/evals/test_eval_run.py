"""The real program under the real runner: recorded through the proxy, replayed, judged, measured."""

import os
from pathlib import Path

import pytest

from evals.bench import run_figures
from evals.cases import Dataset, load_dataset
from evals.checks import Arm
from evals.recorder import Recorder
from evals.recording import read_recording
from evals.runner import run_case
from tests.scripted_model import Answer, ScriptedModel

TEXT = "In `payments/bookkeeping.py:18`: it debits cash and credits customer_funds."
QUESTION = load_dataset("payments").only(("where-is-it-booked",)).live()


def answering(body: dict[str, object], headers: object) -> Answer:
    """Answer the question as soon as the tool for it is offered."""
    return (
        Answer(tool_calls=[("answer", {"text": TEXT})])
        if "'answer'" in str(body.get("tools"))
        else Answer("{}")
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The question, asked for real of an endpoint that knows the answer."""
    out = tmp_path_factory.mktemp("recording") / "question.jsonl"
    with ScriptedModel(answering) as model, Recorder(model.base_url, out) as recorder:
        environment = {**os.environ, "OPENAI_BASE_URL": recorder.base_url, "OPENAI_API_KEY": "none"}
        environment["OLDHAND_MODEL"] = "scripted"
        result = run_case(QUESTION.cases[0], Arm.MEMORY, QUESTION, environment)
    assert result.complaints() == []
    return out


def replayed(recording: Path, task: str) -> Dataset:
    case = QUESTION.cases[0].model_copy(update={"recordings": {Arm.MEMORY: recording.name}, "task": task})
    return QUESTION.model_copy(update={"folder": recording.parent, "cases": (case,)})


def test_a_question_is_replayed_from_its_recording(recording: Path) -> None:
    dataset = replayed(recording, QUESTION.cases[0].task)
    result = run_case(dataset.cases[0], Arm.MEMORY, dataset, os.environ)
    assert result.complaints() == []
    assert result.passed
    assert result.outcome == "answered"
    assert result.model_calls == len(read_recording(recording))
    assert result.tokens_in > 0


def test_another_task_is_not_answered_from_that_recording(recording: Path) -> None:
    dataset = replayed(recording, "Where is money rounded?")
    result = run_case(dataset.cases[0], Arm.MEMORY, dataset, os.environ)
    assert not result.passed
    assert result.exit_code == 4
    assert "the task's text must be the recorded one" in "".join(result.complaints())


def test_the_bench_takes_the_models_time_out_of_a_replayed_run(recording: Path) -> None:
    own, model, request = run_figures(recording, QUESTION.cases[0].task.strip(), os.environ, runs=1)
    assert own.unit == model.unit == "s"
    assert own.value > 0
    assert request.value > 500


@pytest.mark.parametrize("arm", [Arm.MEMORY, Arm.NO_MEMORY])
def test_a_remembered_rule_makes_the_difference_in_the_recorded_suite(arm: Arm) -> None:
    dataset = load_dataset("payments").only(("remembered-error-form",))
    result = run_case(dataset.cases[0], arm, dataset, os.environ)
    assert result.outcome == "passed"
    assert result.passed is (arm is Arm.MEMORY), result.complaints()
