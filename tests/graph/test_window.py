"""What endpoints say of a conversation that is too long, and what is made of it."""

from pathlib import Path

import pytest

from graph.endpoints import Profile
from graph.window import DEFAULT, TooLong, Window, stated_window, too_long


@pytest.mark.parametrize(
    ("said", "limit", "sent"),
    [
        (
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 10021 "
            "tokens. Please reduce the length of the messages.",
            8192,
            10021,
        ),
        ("Your input exceeds the context window of this model. Please adjust your input.", None, None),
        ("request (9021 tokens) exceeds the available context size (4096 tokens)", 4096, 9021),
        ("prompt is too long: 215000 tokens > 200000 maximum", 200000, 215000),
        (
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
            200000,
            None,
        ),
        (
            "The input token count (1,200,000) exceeds the maximum number of tokens allowed (1,048,575).",
            1048575,
            1200000,
        ),
        (
            "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context "
            "length",
            32768,
            40000,
        ),
        (
            "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
            131072,
            537812,
        ),
        ("Your request exceeded model token limit: 131072 (requested: 140000)", 131072, 140000),
        ("prompt token count of 128000 exceeds the limit of 64000", 64000, 128000),
        ("Input is too long for requested model.", None, None),
        (
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 tokens",
            8193,
            9000,
        ),
        ("The decoder prompt (length 9000) is longer than the maximum model length of 8192.", 8192, 9000),
    ],
)
def test_the_limit_is_read_from_what_is_said(said: str, limit: int | None, sent: int | None) -> None:
    assert too_long(400, said, None) == TooLong(limit, sent)


def test_the_limit_is_read_from_the_fields_of_an_error() -> None:
    body = {"code": 400, "message": "too long", "type": "exceed_context_size_error", "n_ctx": 4096}
    assert too_long(400, "the request exceeds the available context size", body) == TooLong(4096, None)
    assert too_long(400, "no", {"code": "context_length_exceeded"}) == TooLong(None, None)


@pytest.mark.parametrize(
    "said",
    [
        "Incorrect API key provided",
        "Unrecognized request argument supplied: stream_options",
        "messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
        "The model `x` does not exist",
        "max_tokens must be at least 1",
    ],
)
def test_other_refusals_are_about_something_else(said: str) -> None:
    assert too_long(400, said, None) is None


@pytest.mark.parametrize(
    ("entry", "window"),
    [
        ({"id": "m", "max_model_len": 32768}, 32768),
        ({"id": "m", "context_length": 200000, "top_provider": {"context_length": 100000}}, 200000),
        ({"id": "m", "context_window": 131072}, 131072),
        ({"id": "m", "meta": {"n_ctx": 4096, "n_ctx_train": 32768}}, 4096),
        ({"id": "m", "max_model_len": "auto"}, None),
        ({"id": "m", "context_length": 0}, None),
        ({"id": "m", "object": "model"}, None),
    ],
)
def test_the_window_is_read_from_the_list_of_models(entry: dict[str, object], window: int | None) -> None:
    assert stated_window(entry) == window


def test_what_the_person_sets_holds_until_the_endpoint_says_less(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "endpoints.json", "http://here/v1", "m")
    window = Window(64_000, profile, lambda: 1_000_000)
    assert window.tokens() == 64_000
    window.refused(TooLong(32_000, 40_000), chars=100_000)
    assert window.tokens() == 32_000
    assert window.density == pytest.approx(0.4)
    again = Window(64_000, Profile(tmp_path / "endpoints.json", "http://here/v1", "m"), lambda: None)
    assert again.tokens() == 32_000
    other = Window(64_000, Profile(tmp_path / "endpoints.json", "http://there/v1", "m"), lambda: None)
    assert other.tokens() == 64_000


def test_the_endpoint_is_asked_once_and_only_when_it_matters() -> None:
    asked = []

    def look_up() -> int | None:
        asked.append(1)
        return None

    window = Window(None, Profile(None, "", "m"), look_up)
    assert window.room(8_000) >= 8_000
    assert asked == []
    assert window.room(100_000) == (DEFAULT - 16_000) * 4
    assert window.room(200_000) == (DEFAULT - 16_000) * 4
    assert asked == [1]


def test_a_file_of_facts_that_is_broken_or_old_is_as_good_as_none(tmp_path: Path) -> None:
    file = tmp_path / "endpoints.json"
    for text in ("{", "[1]", '{"x m": {"window": 5000}}', '{"x m": {"window": 5000, "at": 1.0}}'):
        file.write_text(text)
        profile = Profile(file, "x", "m")
        assert profile.get("window") is None
    profile.learn(window=6000)
    assert Profile(file, "x", "m").get("window") == 6000
