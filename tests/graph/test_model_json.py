import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model_json import growing_text, mended, read_json

TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from('"\\/\n😀é'))


@given(TEXTS, st.booleans(), st.lists(st.integers(0, 400)))
def test_text_grows_by_whole_pieces_until_it_is_all_there(text: str, escaped: bool, cuts: list[int]) -> None:
    raw = json.dumps({"memories": ["M1"], "text": text, "more": 1}, ensure_ascii=escaped)
    seen = ""
    for end in [*sorted(cut for cut in cuts if cut < len(raw)), len(raw)]:
        grown = growing_text(raw[:end], "text")
        assert grown.startswith(seen)
        seen = grown
    assert seen == text


@pytest.mark.parametrize(
    "raw", ["", "{", '{"te', '{"text', '{"text":', '{"text": 7}', '{"other": "text"}', "[]"]
)
def test_where_no_text_is_yet_none_is_told(raw: str) -> None:
    assert growing_text(raw, "text") == ""


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS,
        lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    )
)
def test_what_is_json_is_read_as_it_is(value: object) -> None:
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value, ensure_ascii=False)) == value


@pytest.mark.parametrize(
    "raw",
    ['{"a": "half', '{"a": 1', "{'a': 1}", '{"a": NaN}', '{"a": Infinity}', "[" * 100_000, "1" * 10_000, ""],
    ids=["string", "object", "quotes", "NaN", "Infinity", "depth", "digits", "nothing"],
)
def test_what_is_no_whole_json_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(raw)


def test_halves_of_characters_are_joined_or_replaced() -> None:
    assert read_json('{"a": "\\ud83d\\ude00 \\ud83d \\ude00"}') == {"a": "😀 � �"}
    assert mended("\ud83d\ude00") == "😀"


def test_line_breaks_inside_strings_are_read() -> None:
    assert read_json('{"a": "one\n\ttwo"}') == {"a": "one\n\ttwo"}
