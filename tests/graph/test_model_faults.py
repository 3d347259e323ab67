"""What a model and its endpoint can do wrong, over real HTTP, and what becomes of the run."""

import json
import time
from pathlib import Path

import pytest

from evals import wire
from graph.events import Noticed, TextStreamed, ToolReturned, UsageCounted
from graph.transcript import Transcript
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

ANSWER = call("answer", text="In cents: shop/money.py:4 reads them.")
TASK = "In what unit are prices kept?"


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs whose tests are not the point here."""
    return Player(shop, test_cmd="true")


def transcript(play: Player, turn: str) -> list[dict[str, object]]:
    """The conversation of a turn, as it is kept on disk."""
    file = play.place().paths.sessions / "transcripts" / f"{turn}.jsonl"
    return Transcript(file).messages()


def test_a_call_of_an_unknown_tool_is_answered_with_the_tools_there_are(play: Player) -> None:
    played = play([call("open_browser", url="x"), ANSWER], TASK)
    assert played.finished.outcome == "answered"
    assert "there is no tool 'open_browser'" in played.told(1)
    assert "read_file" in played.told(1)


def test_arguments_that_are_no_json_are_told_to_the_model_and_not_sent_back(play: Player) -> None:
    played = play([Answer(tool_calls=[("read_file", '{"path": shop')]), ANSWER], TASK)
    assert played.finished.outcome == "answered"
    assert "not valid JSON" in played.told(1)
    sent = played.requests[1]["messages"][-2]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(sent) == {}


def test_a_call_that_was_cut_in_the_middle_is_not_carried_out(play: Player, shop: Path) -> None:
    cut = json.dumps({"path": "shop/tax.py", "text": "RATE = 19\nREDUCED = 7\n"})[:-12]
    played = play(
        [
            plan("Add the rates", creates=["shop/tax.py"]),
            Answer(tool_calls=[("write_file", cut)], finish_reason="length"),
            call("write_file", path="shop/tax.py", text="RATE = 19\nREDUCED = 7\n"),
            Answer("Done."),
            keep(),
        ],
        "Add tax rates",
    )
    assert "not valid JSON: they break off after" in played.told(2)
    assert "in several smaller calls" in played.told(2)
    assert [event.ok for event in played.of(ToolReturned)] == [True, False, True]
    assert (shop / "shop/tax.py").read_text() == "RATE = 19\nREDUCED = 7\n"


def test_prose_that_was_cut_off_is_not_taken_for_the_end_of_the_work(play: Player) -> None:
    cut = Answer("First I write the file, then", finish_reason="length")
    written = call("write_file", path="notes.md", text="one\n")
    played = play([plan("Note", creates=["notes.md"]), written, cut, Answer("Done."), keep()], "Write notes")
    assert "cut off" in played.told(3)
    assert (played.finished.outcome, played.finished.summary) == ("passed", "Done.")


def test_line_breaks_inside_json_strings_are_borne(play: Player, shop: Path) -> None:
    raw = '{"path": "notes.md", "text": "one\ntwo\n"}'
    play(
        [
            plan("Note", creates=["notes.md"]),
            Answer(tool_calls=[("write_file", raw)]),
            Answer("Done."),
            keep(),
        ],
        "Write notes",
    )
    assert (shop / "notes.md").read_text() == "one\ntwo\n"


def test_prose_instead_of_a_call_is_reminded_then_asked_for_as_json_and_then_ends_the_run(
    play: Player,
) -> None:
    played = play([Answer("I would look at money.py."), Answer("As I said."), Answer("Well.")], TASK)
    assert "The harness acts on tool calls only" in played.told(1)
    assert "Answer with the JSON object" in played.told(2)
    assert ["tools" in request for request in played.requests] == [True, True, False]
    assert (played.finished.outcome, played.finished.exit_code) == ("no_plan", 1)
    assert "a model that can call tools" in played.finished.summary


def test_a_model_that_has_called_tools_before_is_not_asked_for_json(play: Player) -> None:
    played = play([call("list_files"), Answer("I see."), Answer("As I said.")], TASK)
    assert played.finished.outcome == "no_plan"
    assert len(played.requests) == 3


def test_in_a_chat_prose_is_an_answer(play: Player) -> None:
    played = play([Answer("In cents.")], TASK, chat=True)
    assert (played.finished.outcome, played.finished.summary) == ("answered", "In cents.")


def test_a_model_that_says_nothing_ends_the_run_and_can_be_asked_again(play: Player) -> None:
    played = play([Answer(), Answer(), Answer()], TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("model", 4)
    assert "answered 3 times with nothing" in played.finished.summary
    assert "Your last answer was empty" in played.told(1)
    assert play.resume([ANSWER]).finished.outcome == "answered"


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "answer", "arguments": {"text": "In cents."}}',
        'I know this:\n```json\n{"name": "answer", "parameters": {"text": "In cents."}}\n```',
        '<tool_call>\n{"name": "answer", "arguments": "{\\"text\\": \\"In cents.\\"}"}\n</tool_call>',
    ],
)
def test_a_call_written_as_json_into_the_text_counts(play: Player, text: str) -> None:
    played = play([Answer(text)], TASK)
    assert (played.finished.outcome, played.finished.summary) == ("answered", "In cents.")


def test_a_refused_key_ends_the_run_at_once(play: Player) -> None:
    played = play([Answer("Incorrect API key provided", status=401)], TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("model", 4)
    assert "401" in played.finished.summary
    assert "Check OPENAI_API_KEY" in played.finished.summary
    assert len(played.requests) == 1


def test_an_endpoint_that_asks_for_a_pause_gets_it(play: Player) -> None:
    started = time.monotonic()
    played = play([Answer("slow down", status=429, headers={"Retry-After": "0.4"}), ANSWER], TASK)
    assert played.finished.outcome == "answered"
    assert time.monotonic() - started > 0.4
    assert any("asks for a pause" in event.text for event in played.of(Noticed))


def test_an_endpoint_that_asks_for_a_very_long_pause_ends_the_run(play: Player) -> None:
    played = play([Answer("quota", status=429, headers={"Retry-After": "3600"})], TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("model", 4)
    assert "asks to wait 3600 s" in played.finished.summary
    assert len(played.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Answer("overloaded", status=500),
        Answer(drop_after=0),
        Answer(body=b"<html>busy</html>"),
        Answer(body=b'data: {"id": "x", "choi\n\n'),
        Answer(body=b'data: {"error": {"message": "overloaded"}}\n\n'),
        Answer(body=b"data: [1, 2]\n\n"),
    ],
    ids=["500", "no answer", "a page of HTML", "half a JSON document", "an error in the stream", "nonsense"],
)
def test_a_fault_that_may_pass_is_asked_again(play: Player, fault: Answer) -> None:
    played = play([fault, ANSWER], TASK)
    assert played.finished.outcome == "answered"
    assert len(played.requests) == 2
    assert played.requests[0]["messages"] == played.requests[1]["messages"]


def test_a_stream_that_breaks_is_asked_again_and_stands_once_in_the_transcript(play: Player) -> None:
    text = "Prices are kept in cents, as shop/money.py:4 says. " * 8
    whole = call("answer", text=text)
    broken = Answer(tool_calls=whole.tool_calls, drop_after=4000)
    played = play([broken, whole], TASK)
    assert played.finished.summary == text
    assert [message["role"] for message in transcript(play, played.finished.turn)] == [
        "user",
        "assistant",
        "tool",
    ]
    assert any("broke." in event.text for event in played.of(Noticed))
    assert played.finished.model_calls == 1


def test_a_fault_that_stays_ends_the_run_with_its_cause(play: Player) -> None:
    played = play([Answer("out of memory", status=503)] * 3, TASK, retries=2)
    assert (played.finished.outcome, played.finished.exit_code) == ("model", 4)
    assert "503" in played.finished.summary
    assert "out of memory" in played.finished.summary
    assert len(played.requests) == 3


def test_an_endpoint_that_does_not_answer_in_time_is_asked_again(play: Player) -> None:
    played = play([Answer("late", delay_s=5), ANSWER], TASK, model_timeout=0.3)
    assert played.finished.outcome == "answered"
    assert any("did not answer in time" in event.text for event in played.of(Noticed))


@pytest.mark.parametrize("status", [400, 422])
def test_an_endpoint_that_rejects_stream_options_is_asked_without_them(play: Player, status: int) -> None:
    refusal = Answer("Unrecognized request argument supplied: stream_options", status=status)
    played = play([refusal, call("list_files"), ANSWER], TASK)
    assert played.finished.outcome == "answered"
    assert ["stream_options" in request for request in played.requests] == [True, False, False]
    assert [event.estimated for event in played.of(UsageCounted)] == [True, True]


def test_usage_is_the_endpoints_where_it_tells_and_estimated_where_not(play: Player) -> None:
    said = Answer(tool_calls=[("list_files", {})], usage=(1234, 56))
    played = play([said, Answer(tool_calls=ANSWER.tool_calls, usage=None)], TASK)
    first, second = played.of(UsageCounted)
    assert (first.tokens_in, first.tokens_out, first.estimated) == (1234, 56, False)
    assert second.estimated
    sent = len(json.dumps([played.requests[1]["messages"], played.requests[1]["tools"]]))
    assert second.tokens_in == pytest.approx(sent / 4, rel=0.2)
    assert 0 < second.tokens_out < 100
    assert played.finished.tokens_in == first.tokens_in + second.tokens_in


def test_usage_is_added_up_by_step_and_what_was_cached_is_told(play: Player) -> None:
    made = plan("Note", creates=["notes.md"])
    written = call("write_file", path="notes.md", text="one\n")
    answers = [
        Answer(tool_calls=made.tool_calls, usage=(3000, 50, 0)),
        Answer(tool_calls=written.tool_calls, usage=(3200, 40, 2900)),
        Answer("Done.", usage=(3300, 10, 3100)),
        Answer(tool_calls=keep().tool_calls, usage=(500, 5)),
    ]
    finished = play(answers, "Write notes").finished
    assert (finished.tokens_in, finished.cached) == (10_000, 6000)
    assert list(finished.usage) == ["plan", "edit", "remember"]
    edit = finished.usage["edit"]
    assert (edit["calls"], edit["tokens_in"], edit["tokens_out"], edit["cached"]) == (2, 6500, 50, 6000)
    assert sum(of["seconds"] for of in finished.usage.values()) == pytest.approx(finished.model_seconds)


def test_half_a_character_from_the_model_does_no_harm(play: Player, shop: Path) -> None:
    raw = '{"path": "notes.md", "text": "half \\ud83d a smile"}'
    played = play(
        [
            plan("Note it \ud83d", creates=["notes.md"]),
            Answer(tool_calls=[("write_file", raw)]),
            Answer("Done."),
            keep(),
        ],
        "Write notes",
    )
    assert played.finished.outcome == "passed"
    assert (shop / "notes.md").read_text(encoding="utf-8").startswith("half ")


def test_streamed_text_is_told_once_whatever_the_escapes(play: Player) -> None:
    text = 'Ünïcode, "quotes", a \\ and a smile 😀; ' * 6
    raw = json.dumps({"text": text})  # escapes that are cut anywhere by the pieces of the stream
    played = play([Answer(tool_calls=[("answer", raw)])], TASK)
    assert played.finished.summary == text
    assert "".join(event.text for event in played.of(TextStreamed)) == text


def test_calls_that_share_an_id_are_both_answered(play: Player) -> None:
    def piece(index: int, arguments: str) -> dict[str, object]:
        function = {"name": "list_files", "arguments": arguments}
        return {"index": index, "id": "x", "type": "function", "function": function}

    def chunk(delta: dict[str, object], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return wire.event({"id": "c", "object": "chat.completion.chunk", "created": 0, "choices": [choice]})

    calls = [piece(0, "{}"), piece(1, '{"folder": "shop"}')]
    body = chunk({"role": "assistant", "tool_calls": calls}) + chunk({}, "tool_calls") + b"data: [DONE]\n\n"
    played = play([Answer(body=body), ANSWER], TASK)
    results = [message for message in played.requests[1]["messages"] if message["role"] == "tool"]
    assert len({message["tool_call_id"] for message in results}) == 2
    assert len({message["content"] for message in results}) == 2
