import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.transcript import Transcript

USER = {"role": "user", "content": "Do it — é 😀\nplease."}
CALLS = [
    {"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": "{}"}},
    {"id": "c2", "type": "function", "function": {"name": "search", "arguments": "{}"}},
]
REPLY = {"role": "assistant", "content": "", "tool_calls": CALLS}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "text"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "transcripts" / "t.jsonl"


def test_what_was_said_is_there_in_the_next_process(path: Path) -> None:
    transcript = Transcript(path)
    assert transcript.last() is None
    assert not path.exists()
    for node, message in [("plan", USER), ("plan", REPLY), ("search", RESULT)]:
        transcript.append(node, message)
    assert Transcript(path).messages() == transcript.messages() == [USER, REPLY, RESULT]
    assert Transcript(path).last() == RESULT


def test_a_line_torn_by_a_kill_is_cut_off_and_the_next_one_stands_whole(path: Path) -> None:
    transcript = Transcript(path)
    transcript.append("plan", USER)
    transcript.append("plan", REPLY)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in (first + 1, first + 40, len(whole) - 1):
        path.write_bytes(whole[:end])
        again = Transcript(path)
        assert again.messages() == [USER]
        again.append("plan", REPLY)
        assert path.read_bytes() == whole


def test_only_calls_without_a_result_are_open(path: Path) -> None:
    transcript = Transcript(path)
    assert transcript.open_calls() == []
    transcript.append("plan", USER)
    assert transcript.open_calls() == []
    transcript.append("plan", REPLY)
    assert transcript.open_calls() == CALLS
    transcript.append("search", RESULT)
    assert transcript.open_calls() == CALLS[1:]
    transcript.append("search", {**RESULT, "tool_call_id": "c2"})
    assert transcript.open_calls() == []


def test_answers_are_counted_by_step(path: Path) -> None:
    transcript = Transcript(path)
    for node, message in [
        ("plan", USER),
        ("plan", REPLY),
        ("edit", REPLY),
        ("edit", RESULT),
        ("edit", REPLY),
    ]:
        transcript.append(node, message)
    assert (transcript.replies("plan"), transcript.replies("edit"), transcript.replies("test")) == (1, 2, 0)


def test_a_file_name_that_is_no_text_can_be_spoken_of(path: Path) -> None:
    transcript = Transcript(path)
    transcript.append("search", {**RESULT, "content": b"caf\xe9.py".decode("utf-8", "surrogateescape")})
    assert Transcript(path).messages() == transcript.messages()
    json.dumps(transcript.messages(), ensure_ascii=False).encode()


@settings(max_examples=25)
@given(st.lists(st.text(), min_size=1, max_size=5), st.integers(0, 10_000))
def test_a_transcript_cut_anywhere_is_a_beginning_of_what_was_said(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], cut: int
) -> None:
    path = tmp_path_factory.mktemp("transcript") / "t.jsonl"
    transcript = Transcript(path)
    for text in texts:
        transcript.append("plan", {"role": "user", "content": text})
    said = transcript.messages()
    whole = path.read_bytes()
    path.write_bytes(whole[: cut % (len(whole) + 1)])
    kept = Transcript(path).messages()
    assert kept == said[: len(kept)]
    assert len(kept) == whole[: cut % (len(whole) + 1)].count(b"\n")
