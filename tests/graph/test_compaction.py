"""How a conversation is sent under a window: pure, over conversations of every shape."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.compaction import Cut, as_sent, size_of, tighter
from graph.digest import digest
from graph.instructions import HEADING
from graph.shortening import middle_left_out, result_in_short

FIRST = {
    "role": "user",
    "content": "# What is remembered\nM1: cents.\n\n# What the code says\n" + "code\n" * 900 + "\n\n# Tests\n"
    "`pytest`\n\n# Task\nCount the discount.\n",
}
PLAN = {"summary": "Count it last", "steps": [{"what": "Count", "files": ["a.py"]}], "memories": ["M1"]}
FAILED = "The harness ran `pytest`: failed.\n\nFAILED test_a.py::test_it\nassert 1 == 2"
FAILURE = {"role": "user", "content": FAILED}
Messages = list[dict[str, Any]]


def exchange(n: int, name: str, arguments: dict[str, Any], result: str, said: str = "") -> Messages:
    """An answer with one call, and the call's result."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    call = {"id": f"c{n}", "type": "function", "function": function}
    return [
        {"role": "assistant", "content": said, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": f"c{n}", "content": result},
    ]


def conversation(looks: int, chars: int = 4_000) -> Messages:
    """A task, a plan, and then one look after another."""
    messages = [FIRST, *exchange(0, "submit_plan", PLAN, "Plan accepted. Carry it out now.")]
    for n in range(1, looks + 1):
        head = f"f{n}.py (lines 1 to 90 of 90)\n"
        messages += exchange(n, "read_file", {"path": f"f{n}.py"}, head + "x = 1\n" * (chars // 6))
    return messages


def test_nothing_is_cut_of_a_conversation_that_fits() -> None:
    messages = conversation(3)
    assert as_sent(messages, Cut()) == messages


def test_the_oldest_results_are_shortened_first_and_say_how_to_see_them_again() -> None:
    messages = conversation(20)
    room = 70_000
    cut = tighter(messages, Cut(), room, list)
    sent = as_sent(messages, cut)
    assert cut.digested == 0
    assert size_of(sent) <= room / 2
    assert sent[0] == FIRST
    assert sent[1:3] == messages[1:3]  # the plan stands as it was
    assert sent[4]["content"].startswith("f1.py (lines 1 to 90 of 90)\n")
    assert "call read_file again to see them" in sent[4]["content"]
    assert sent[-6:] == messages[-6:]  # the newest are whole
    assert size_of(as_sent(messages, Cut(shortened=cut.shortened - 1))) > room / 2  # no more than was needed


def test_where_that_is_not_enough_a_digest_stands_for_what_is_old() -> None:
    messages = conversation(200)
    messages += [FAILURE, {"role": "user", "content": f"{HEADING} shop/:\nAmounts are cents."}]
    messages += exchange(900, "replace", {"path": "a.py", "old": "b", "new": "c"}, "Edited a.py", "It was b.")
    messages += exchange(901, "shell", {"command": "make lint"}, "Exit code 2 after 1.0 s.\nlint\n")
    messages += conversation(20)[3:]
    cut = tighter(messages, Cut(), 60_000, lambda: ["- a.py: modified (+1 −1)"])
    sent = as_sent(messages, cut)
    assert size_of(sent) <= 60_000
    opening = sent[0]["content"]
    assert opening.startswith(FIRST["content"].rstrip())
    decided = (
        "Count it last",
        "shop/:\nAmounts are cents.",
        '"M1"',
        "FAILED test_a.py::test_it",
        "assert 1 == 2",
        "It was b.",
    )
    done = ("- a.py: modified (+1 −1)", "replace a.py", "shell make lint: Exit code 2", "read_file f200.py")
    for kept in (*decided, *done):
        assert kept in opening
    assert sent[1]["role"] == "assistant"
    assert sent[-4:] == messages[-4:]


def test_results_that_do_not_fit_even_alone_lose_their_middle() -> None:
    messages = [*conversation(1)[:3], *exchange(7, "read_file", {"path": "big"}, "a" * 90_000 + "END")]
    cut = tighter(messages, Cut(), 30_000, list)
    sent = as_sent(messages, cut)
    assert size_of(sent) <= 30_000
    assert sent[-1]["content"].endswith("END")
    more = [*messages, *exchange(8, "read_file", {"path": "next"}, "b" * 9_000)]
    assert as_sent(more, cut)[-1] == more[-1]  # what comes later is whole


def test_where_nothing_else_helps_the_code_that_was_found_goes_and_the_task_stays() -> None:
    messages = conversation(1, chars=600)
    sent = as_sent(messages, tighter(messages, Cut(), 3_500, list))
    assert size_of(sent) < 3_500
    assert "M1: cents." in sent[0]["content"]
    assert "Count the discount." in sent[0]["content"]
    assert "(left out; search for it)" in sent[0]["content"]


def test_an_earlier_plan_is_told_as_one_that_did_not_work() -> None:
    other = {"summary": "Count it first", "steps": [], "memories": []}
    messages = [
        *exchange(1, "submit_plan", other, "Plan accepted."),
        *exchange(2, "submit_plan", {"summary": "Nonsense"}, "Error: this plan cannot be carried out."),
        *exchange(3, "submit_plan", PLAN, "Plan accepted."),
    ]
    text = digest(messages, [], 8_000)
    assert "An earlier plan that did not work: Count it first" in text
    assert "Nonsense" not in text
    assert text.index("Count it first") < text.index("Count it last")


@pytest.mark.parametrize("name", ["read_file", "shell", ""])
def test_a_short_result_stays_as_it_is(name: str) -> None:
    assert result_in_short(name, "Exit code 0.\nfine") == "Exit code 0.\nfine"


def test_of_a_command_the_end_is_kept_too() -> None:
    short = result_in_short("shell", "Exit code 1 after 2.0 s.\n" + "line\n" * 500 + "3 errors")
    assert short.startswith("Exit code 1 after 2.0 s.\n")
    assert short.endswith("3 errors")


results = st.text(alphabet="ab\n", max_size=60).flatmap(
    lambda text: st.integers(1, 400).map(lambda times: text * times)
)
names = st.sampled_from(["read_file", "search", "shell", "replace", "submit_plan", "write_file"])
steps = st.lists(st.tuples(names, results, st.booleans()), min_size=1, max_size=40)


def built(steps: list[tuple[str, str, bool]]) -> Messages:
    messages: Messages = [FIRST]
    for n, (name, result, told) in enumerate(steps):
        messages += exchange(n, name, {"path": f"f{n}", "text": result}, result)
        messages += [FAILURE] if told else []
    return messages


@settings(max_examples=60, deadline=None)
@given(steps, st.integers(6_000, 200_000))
def test_whatever_is_cut_the_conversation_is_whole_and_only_grows_shorter(
    steps: list[tuple[str, str, bool]], room: int
) -> None:
    messages = built(steps)
    cut = Cut()
    for end in range(1, len(messages) + 1):
        if messages[end - 1]["role"] == "assistant":
            continue
        before = as_sent(messages[:end], cut)
        if size_of(before) <= room:
            continue
        cut = Cut(**json.loads(json.dumps(tighter(messages[:end], cut, room, list).to_json())))
        sent = as_sent(messages[:end], cut)
        assert size_of(sent) <= size_of(before)
        assert sent[0]["content"].startswith("# What is remembered\nM1: cents.")
        assert "Count the discount." in sent[0]["content"]
        check_calls(sent)


def check_calls(sent: Messages) -> None:
    """Each result follows the answer that called for it, and arguments are JSON."""
    waiting: list[str] = []
    for message in sent:
        if message["role"] == "tool":
            assert waiting.pop(0) == message["tool_call_id"]
            continue
        assert waiting == []
        for call in message.get("tool_calls", []):
            json.loads(call["function"]["arguments"])
            waiting.append(call["id"])
    assert waiting == []


@given(st.text(max_size=300), st.integers(10, 200))
def test_a_text_without_its_middle_keeps_both_ends(text: str, most: int) -> None:
    short = middle_left_out(text, most)
    assert short == text or (short.startswith(text[: most // 2]) and short.endswith(text[-(most // 3) :]))
