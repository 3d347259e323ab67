"""The scripted endpoint is driven by the client that the program uses, over real HTTP."""

import httpx
import openai
import pytest
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from tests.scripted_model import Answer, ScriptedModel


def client(model: ScriptedModel) -> ChatOpenAI:
    return ChatOpenAI(
        base_url=model.base_url,
        api_key=SecretStr("none"),
        model=model.model,
        timeout=10,
        max_retries=0,
        stream_usage=True,
        use_responses_api=False,
    )


def test_answers_come_in_order_whole_and_streamed() -> None:
    text = "A sentence that is longer than one piece of a stream is."
    with ScriptedModel([Answer("first", usage=(7, 3)), Answer(text, usage=(9, 4))]) as model:
        first = client(model).invoke("one")
        pieces = list(client(model).stream("two"))
    assert first.content == "first"
    assert first.usage_metadata is not None
    assert first.usage_metadata["total_tokens"] == 10
    assert "".join(str(piece.content) for piece in pieces) == text
    assert len([piece for piece in pieces if piece.content]) > 2
    assert [piece.usage_metadata["input_tokens"] for piece in pieces if piece.usage_metadata] == [9]
    assert [request["messages"][0]["content"] for request in model.requests] == ["one", "two"]


def test_tool_calls_arrive_with_their_arguments() -> None:
    call = ("read_file", {"path": "payments/api.py", "start": 3})
    with ScriptedModel([Answer(tool_calls=[call, call]), Answer(tool_calls=[call, call])]) as model:
        whole = client(model).invoke("go")
        parts = list(client(model).stream("go"))
    streamed = parts[0]
    for part in parts[1:]:
        streamed = streamed + part
    for message in (whole, streamed):
        assert [(made["name"], made["args"]) for made in message.tool_calls] == [call, call]
        assert len({made["id"] for made in message.tool_calls}) == 2
        assert message.response_metadata["finish_reason"] == "tool_calls"


def test_broken_arguments_are_sent_as_they_are() -> None:
    with ScriptedModel([Answer(tool_calls=[("edit", '{"path": "a')])]) as model:
        answer = client(model).invoke("go")
    assert answer.tool_calls == []
    assert answer.invalid_tool_calls[0]["args"] == '{"path": "a'


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, openai.AuthenticationError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (400, openai.BadRequestError),
    ],
)
def test_an_error_status_reaches_the_client_with_its_headers(status: int, error: type[Exception]) -> None:
    answer = Answer("told why", status=status, headers={"Retry-After": "3"})
    with ScriptedModel([answer]) as model, pytest.raises(error, match="told why") as caught:
        client(model).invoke("go")
    assert isinstance(caught.value, openai.APIStatusError)
    assert caught.value.response.headers["retry-after"] == "3"


def test_a_connection_that_drops_in_the_middle_of_a_stream_is_seen_as_broken() -> None:
    with ScriptedModel([Answer("long " * 100, drop_after=900)]) as model:
        pieces: list[object] = []
        stream = client(model).stream("go")
        with pytest.raises(openai.APIConnectionError):
            pieces.extend(piece.content for piece in stream)
    assert "long" in "".join(map(str, pieces))


def test_a_connection_that_ends_without_a_word_is_a_connection_error() -> None:
    with ScriptedModel([Answer(drop_after=0)]) as model, pytest.raises(openai.APIConnectionError):
        client(model).invoke("go")


def test_an_answer_may_say_nothing_at_all() -> None:
    with ScriptedModel([Answer(usage=None)]) as model:
        answer = client(model).invoke("go")
    assert answer.content == ""
    assert answer.usage_metadata is None


def test_a_body_of_nonsense_is_sent_as_it_is() -> None:
    with ScriptedModel([Answer(body=b"<html>busy</html>")]) as model:
        answer = httpx.post(f"{model.base_url}/chat/completions", json={"messages": []})
    assert answer.text == "<html>busy</html>"


def test_a_script_that_is_spent_says_so() -> None:
    with ScriptedModel([]) as model, pytest.raises(openai.BadRequestError, match="no answer left"):
        client(model).invoke("go")
    assert model.spent


def test_a_script_may_be_a_function_of_the_request() -> None:
    def echo(body: dict[str, object], headers: object) -> Answer:
        messages = body["messages"]
        assert isinstance(messages, list)
        return Answer(messages[-1]["content"].upper())

    with ScriptedModel(echo) as model:
        assert client(model).invoke("louder").content == "LOUDER"


def test_a_slow_answer_does_not_hold_up_the_end_of_a_test() -> None:
    with ScriptedModel([Answer("late", delay_s=60)]) as model, pytest.raises(openai.APITimeoutError):
        client(model).bind(timeout=0.2).invoke("go")
