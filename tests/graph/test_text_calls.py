import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.text_calls import calls_in_text

NAMES = {"read_file", "answer"}
CALL = '{"name": "read_file", "arguments": {"path": "a.py"}}'
READ = ("read_file", {"path": "a.py"})


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (CALL, ""),
        (f"```json\n{CALL}\n```", ""),
        (f"```\n{CALL}\n```", ""),
        (f"Let me look.\n```tool_call\n{CALL}\n```", "Let me look."),
        (f"<tool_call>{CALL}</tool_call>", ""),
        (f"First this:\n<tool_call>\n{CALL}\n</tool_call>\nthen more.", "First this:\n\nthen more."),
        ('{"name": "read_file", "parameters": {"path": "a.py"}}', ""),
        ('{"name": "read_file", "arguments": "{\\"path\\": \\"a.py\\"}"}', ""),
        ('{"type": "function", "function": {"name": "read_file", "arguments": {"path": "a.py"}}}', ""),
        (f"[{CALL}]", ""),
    ],
)
def test_a_call_is_found_however_it_is_dressed(text: str, rest: str) -> None:
    assert calls_in_text(text, NAMES) == (rest, [READ])


def test_several_calls_come_in_order() -> None:
    second = '{"name": "answer", "arguments": {"text": "so"}}'
    expected = ("", [READ, ("answer", {"text": "so"})])
    assert calls_in_text(f"[{CALL}, {second}]", NAMES) == expected
    assert calls_in_text(f"<tool_call>{CALL}</tool_call>\n<tool_call>{second}</tool_call>", NAMES) == expected
    assert calls_in_text(f"```json\n{CALL}\n```\n```json\n{second}\n```", NAMES) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I would call read_file on a.py.",
        '{"name": "delete_everything", "arguments": {}}',
        '{"name": "read_file", "arguments": [1]}',
        '{"name": "read_file", "arguments": "not json"}',
        '{"name": "read_file", "arguments": {"path": "a.py"}',
        'An example: {"name": "read_file", "arguments": {}} is how one calls it.',
        '```json\n{"version": 1}\n```',
        "[1, 2, 3]",
        '{"name": ["read_file"]}',
        "",
    ],
)
def test_text_that_is_no_call_stays_text(text: str) -> None:
    assert calls_in_text(text, NAMES) == (text, [])


@given(st.text(max_size=200), st.dictionaries(st.text(max_size=20), st.text(max_size=200), max_size=3))
def test_a_call_survives_whatever_its_arguments_hold(said: str, arguments: dict[str, str]) -> None:
    raw = json.dumps({"name": "answer", "arguments": arguments})
    _, calls = calls_in_text(f"<tool_call>\n{raw}\n</tool_call>", NAMES)
    assert calls == [("answer", arguments)]
    calls_in_text(said, NAMES)  # whatever is said, it is never an error
