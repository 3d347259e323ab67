"""The replayer gives what was recorded, in order, or says why not; over real HTTP."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals import wire
from evals.errors import RecordingError
from evals.recorder import Recorder
from evals.recording import Exchange, Key, outline_of, read_recording
from evals.replayer import Replayer, Script
from tests.evals.conversation import ANSWERS, CONVERSATION, SYSTEM, TASK, USER, ask, called, record, returned
from tests.scripted_model import ScriptedModel


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return record(tmp_path / "run.jsonl")


def test_what_was_recorded_is_what_is_replayed(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    with ScriptedModel(ANSWERS) as model, Recorder(model.base_url, out) as recorder:
        live = [ask(recorder.base_url, step, messages) for step, messages in CONVERSATION]
    with Replayer(out) as replayer:
        replayed = [ask(replayer.base_url, step, messages) for step, messages in CONVERSATION]
        assert replayer.unused == []
    for was, now in zip(live, replayed, strict=True):
        assert now.content == was.content
        assert now.tool_calls == was.tool_calls
        assert now.usage_metadata == was.usage_metadata
        assert now.response_metadata["finish_reason"] == was.response_metadata["finish_reason"]
    assert replayed[1].tool_calls[1]["args"] == {"pattern": "é"}


def test_a_request_without_a_step_is_neither_recorded_nor_replayed(tmp_path: Path, recording: Path) -> None:
    with ScriptedModel(ANSWERS) as model, Recorder(model.base_url, tmp_path / "other.jsonl") as recorder:
        answer = httpx.post(f"{recorder.base_url}/chat/completions", json={"messages": []})
        assert answer.status_code == 400
        assert model.requests == []
    with Replayer(recording) as replayer:
        answer = httpx.post(f"{replayer.base_url}/chat/completions", json={"messages": []})
        assert answer.status_code == 409
        assert "names no step" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("step", "messages", "task", "sentence"),
    [
        ("edit/1", [SYSTEM, USER], TASK, "has plan/1 next for this task, but edit/1 was asked"),
        ("plan/2", [SYSTEM, USER], TASK, "has plan/1 next for this task, but plan/2 was asked"),
        ("plan/1", [SYSTEM, USER], "ffffffffffff", "Nothing was recorded for task ffffffffffff"),
        ("plan/1", [SYSTEM], TASK, 'message 2 was "user" and is "nothing" now'),
        ("plan/1", [SYSTEM, USER, USER], TASK, 'message 3 was "nothing" and is "user" now'),
    ],
)
def test_what_was_not_recorded_is_refused_with_a_sentence(
    recording: Path, step: str, messages: list[dict[str, Any]], task: str, sentence: str
) -> None:
    with Replayer(recording) as replayer:
        with pytest.raises(openai.ConflictError, match=sentence):
            ask(replayer.base_url, step, messages, task)
        assert sentence in replayer.mismatches[0]
        assert ask(replayer.base_url, *CONVERSATION[0]).content == "The plan: read, then write."


@pytest.mark.parametrize(
    ("call", "result", "sentence"),
    [
        ("read_file", "Error: no such file", 'message 4 was "tool" and is "tool error" now'),
        ("search", "text", 'message 3 was "assistant read_file" and is "assistant search" now'),
    ],
)
def test_an_answer_is_not_given_in_another_course_of_events(
    recording: Path, call: str, result: str, sentence: str
) -> None:
    with Replayer(recording) as replayer:
        for step, messages in CONVERSATION[:2]:
            ask(replayer.base_url, step, messages)
        with pytest.raises(openai.ConflictError, match=sentence):
            ask(replayer.base_url, "edit/2", [SYSTEM, USER, called(call), returned(result)])


def test_the_last_answer_may_be_asked_for_again_and_no_earlier_one(recording: Path) -> None:
    with Replayer(recording) as replayer:
        ask(replayer.base_url, *CONVERSATION[0])
        assert ask(replayer.base_url, *CONVERSATION[0]).content == "The plan: read, then write."
        ask(replayer.base_url, *CONVERSATION[1])
        with pytest.raises(openai.ConflictError, match="has edit/2 next"):
            ask(replayer.base_url, *CONVERSATION[0])
        assert replayer.unused == ["edit/2", "remember/1"]


def test_nothing_is_made_up_after_the_end(recording: Path) -> None:
    with Replayer(recording) as replayer:
        for step, messages in CONVERSATION:
            ask(replayer.base_url, step, messages)
        with pytest.raises(openai.ConflictError, match="ends before remember/2"):
            ask(replayer.base_url, "remember/2", [SYSTEM, USER])


def test_an_answer_is_given_whole_where_no_stream_is_asked_for(recording: Path) -> None:
    headers = {"X-Oldhand-Step": "plan/1", "X-Oldhand-Task": TASK}
    with Replayer(recording) as replayer:
        body = {"model": "any", "messages": [SYSTEM, USER]}
        answer = httpx.post(f"{replayer.base_url}/chat/completions", json=body, headers=headers).json()
        assert httpx.get(f"{replayer.base_url}/models").json()["data"][0]["id"] == "test-model"
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["content"] == "The plan: read, then write."
    assert answer["usage"]["total_tokens"] == 59


def test_usage_is_streamed_only_when_asked_for(recording: Path) -> None:
    headers = {"X-Oldhand-Step": "plan/1", "X-Oldhand-Task": TASK}
    body = {"model": "any", "messages": [SYSTEM, USER], "stream": True}
    with Replayer(recording) as replayer:
        url = f"{replayer.base_url}/chat/completions"
        without = httpx.post(url, json=body, headers=headers).text
        wanted = body | {"stream_options": {"include_usage": True}}
        with_usage = httpx.post(url, json=wanted, headers=headers).text
    assert "usage" not in without
    assert '"prompt_tokens": 50' in with_usage
    assert without.endswith("data: [DONE]\n\n")


def test_answers_can_come_as_slowly_as_a_model_writes(recording: Path) -> None:
    with Replayer(recording, chars_per_s=100) as replayer:
        pieces = ask(replayer.base_url, *CONVERSATION[0])
    assert pieces.content == "The plan: read, then write."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("not json\n", "Line 1 of the recording"),
        ('{"v": 99}\n', "version 99"),
        ('{"v": 1}\n', "cannot be read"),
    ],
)
def test_a_broken_recording_is_refused_with_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(text)
    with pytest.raises(RecordingError, match=sentence):
        read_recording(broken)


def test_a_recording_with_one_step_in_two_places_is_refused(recording: Path) -> None:
    lines = recording.read_text().splitlines()
    recording.write_text("\n".join([*lines, lines[0]]))
    with pytest.raises(RecordingError, match="plan/1 of task 0123456789ab twice"):
        read_recording(recording)


def test_a_step_asked_again_while_recording_counts_once(recording: Path) -> None:
    lines = recording.read_text().splitlines()
    recording.write_text("\n".join([lines[0], *lines]))
    assert [exchange.key.step for exchange in read_recording(recording)] == [s for s, _ in CONVERSATION]


@pytest.fixture
def command(recording: Path) -> Iterator[subprocess.Popen[str]]:
    arguments = [sys.executable, "-m", "evals.replayer", str(recording)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_the_replayer_is_a_command(command: subprocess.Popen[str]) -> None:
    assert command.stdout is not None
    base_url = command.stdout.readline().strip()
    assert ask(base_url, *CONVERSATION[0]).content == "The plan: read, then write."


def test_the_commands_say_what_is_wrong_and_exit_with_2(tmp_path: Path) -> None:
    missing = [sys.executable, "-m", "evals.replayer", str(tmp_path / "missing.jsonl")]
    done = subprocess.run(missing, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "missing.jsonl cannot be read" in done.stderr
    upstream = [sys.executable, "-m", "evals.recorder", "--upstream", "nowhere", "--out", "x.jsonl"]
    done = subprocess.run(upstream, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nowhere is no endpoint" in done.stderr


steps = st.sampled_from([(node, number) for node in ("plan", "edit") for number in (1, 2, 3)])


@given(recorded=st.lists(steps, unique=True, max_size=6), asked=st.lists(steps, max_size=12))
def test_answers_never_come_out_of_order(
    recorded: list[tuple[str, int]], asked: list[tuple[str, int]]
) -> None:
    """Whatever is asked: what was given is a prefix of the recording, each at most asked again at once."""
    exchanges = [
        Exchange(Key(TASK, node, number), ("user",), "m", wire.Completion(f"{node}/{number}"))
        for node, number in recorded
    ]
    script = Script(exchanges)
    given_answers = [
        answer.answer.content
        for node, number in asked
        if isinstance(answer := script.match(Key(TASK, node, number), ("user",)), Exchange)
    ]
    once = [text for at, text in enumerate(given_answers) if at == 0 or given_answers[at - 1] != text]
    assert once == [f"{node}/{number}" for node, number in recorded][: len(once)]
    assert script.unused() == [exchange.key.step for exchange in exchanges[len(once) :]]


@given(content=st.text(max_size=99), arguments=st.lists(st.text(max_size=60), max_size=3))
def test_a_streamed_answer_reads_back_as_it_was(content: str, arguments: list[str]) -> None:
    calls = tuple(wire.ToolCall(f"c{at}", f"tool{at}", text) for at, text in enumerate(arguments))
    answer = wire.Completion(content, calls, "stop", wire.Usage(3, 4, 1))
    events = b"".join(wire.streamed(answer, "m", include_usage=True))
    assert wire.read_streamed(events.decode().split("\n")) == answer
    assert wire.read_whole(wire.whole(answer, "m")) == answer
    assert Exchange.from_line(
        Exchange(Key("t", "n", 1), outline_of([USER]), "m", answer).to_line()
    ) == Exchange(Key("t", "n", 1), ("user",), "m", answer)
