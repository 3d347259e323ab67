"""The recorder passes everything on and writes down whole answers only; over real HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from evals import wire
from evals.errors import RecordingError
from evals.loopback import LoopbackServer, Reply, Request
from evals.recorder import Recorder
from evals.recording import read_recording
from tests.evals.conversation import ANSWERS, CONVERSATION, TASK, ask, record
from tests.scripted_model import Answer, ScriptedModel


def test_the_recorder_passes_the_request_on_unchanged(tmp_path: Path) -> None:
    with ScriptedModel(ANSWERS) as model, Recorder(model.base_url, tmp_path / "run.jsonl") as recorder:
        ask(recorder.base_url, *CONVERSATION[0])
        assert httpx.get(f"{recorder.base_url}/models").json()["data"][0]["id"] == "scripted"
    assert model.requests[0]["messages"] == CONVERSATION[0][1]
    assert model.headers[0]["authorization"] == "Bearer sk-very-secret"


def test_a_recording_holds_no_key_no_header_and_no_prompt(tmp_path: Path) -> None:
    text = record(tmp_path / "run.jsonl").read_text()
    for secret in ("sk-very-secret", "uthorization", "You are careful", "Do it."):
        assert secret not in text
    first = json.loads(text.splitlines()[0])
    assert first["key"] == {"task": TASK, "node": "plan", "number": 1}
    assert first["outline"] == ["system", "user"]
    assert first["answer"]["content"] == "The plan: read, then write."


def test_an_error_of_the_endpoint_is_passed_back_and_not_recorded(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    answers = [Answer("slow down", status=429, headers={"Retry-After": "7"}), *ANSWERS]
    with ScriptedModel(answers) as model, Recorder(model.base_url, out) as recorder:
        with pytest.raises(openai.RateLimitError, match="slow down") as caught:
            ask(recorder.base_url, *CONVERSATION[0])
        assert isinstance(caught.value, openai.APIStatusError)
        assert caught.value.response.headers["retry-after"] == "7"
        ask(recorder.base_url, *CONVERSATION[0])
    assert len(read_recording(out)) == 1


@pytest.mark.parametrize("drop_after", [0, 300])
def test_an_answer_that_breaks_off_is_not_recorded(tmp_path: Path, drop_after: int) -> None:
    out = tmp_path / "run.jsonl"
    answers = [Answer("long " * 99, drop_after=drop_after), *ANSWERS]
    with ScriptedModel(answers) as model, Recorder(model.base_url, out) as recorder:
        with pytest.raises(openai.APIError):
            ask(recorder.base_url, *CONVERSATION[0])
        assert not out.exists()
        ask(recorder.base_url, *CONVERSATION[0])
    assert [exchange.key.step for exchange in read_recording(out)] == ["plan/1"]


def test_an_answer_that_is_nonsense_is_passed_back_and_not_recorded(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    headers = {"X-Oldhand-Step": "plan/1", "X-Oldhand-Task": TASK}
    with ScriptedModel([Answer(body=b"<html>")]) as model, Recorder(model.base_url, out) as recorder:
        url = f"{recorder.base_url}/chat/completions"
        assert httpx.post(url, json={"messages": []}, headers=headers).text == "<html>"
        assert "plan/1 was not recorded" in recorder.skipped[0]
    assert not out.exists()


def test_a_recorder_without_an_endpoint_or_a_folder_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="is no endpoint"):
        Recorder("nowhere", tmp_path / "run.jsonl")
    with pytest.raises(RecordingError, match="no folder"):
        Recorder("http://127.0.0.1:9/v1", tmp_path / "missing" / "run.jsonl")


def test_an_endpoint_that_is_not_there_is_a_bad_gateway(tmp_path: Path) -> None:
    with Recorder("http://127.0.0.1:9/v1", tmp_path / "run.jsonl") as recorder:
        answer = httpx.get(f"{recorder.base_url}/models")
    assert answer.status_code == 502
    assert "cannot be reached" in answer.json()["error"]["message"]


class Lingering(LoopbackServer):
    """An endpoint that sends the last event of an answer and keeps the response open for a while."""

    def respond(self, request: Request, reply: Reply) -> None:
        def events() -> Iterator[bytes]:
            yield from wire.streamed(wire.Completion("The plan."), "m", include_usage=False)
            self.stopping.wait(0.3)

        reply.events(events())


def test_an_answer_is_written_down_before_the_client_takes_it_for_complete(tmp_path: Path) -> None:
    """Clients stop reading at [DONE]; one that goes on at once must not overtake its own recording."""
    out = tmp_path / "run.jsonl"
    with Lingering() as endpoint, Recorder(endpoint.base_url, out) as recorder:
        assert ask(recorder.base_url, *CONVERSATION[0]).content == "The plan."
        assert [exchange.key.step for exchange in read_recording(out)] == ["plan/1"]
