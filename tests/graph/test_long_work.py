"""Long work: two hundred steps in a small window, and an endpoint that says it was too much."""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from graph.events import Compacted, Event, ToolReturned
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

TASK = "Round each price to whole cents, everywhere"
IDEA = "Round in the parser, nowhere else"
RULE = "Amounts are integers of cents."


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs in a shop that has a lot to read."""
    for n in range(30):
        lines = [f"RATE_{n}_{line} = {line}  # what item {line} of list {n} costs" for line in range(150)]
        (shop / f"shop/rates_{n}.py").write_text("\n".join(lines) + "\n")
    return Player(shop, test_cmd="true", max_turns=400)


def tokens(request: Mapping[str, Any]) -> int:
    """The length of a request, in tokens of four characters."""
    return len(json.dumps([request["messages"], request["tools"]], ensure_ascii=False)) // 4


def working(memory: str, steps: int) -> Callable[[Any, Any], Answer]:
    """A model that plans, reads, searches, edits and runs commands for so many steps, and then is done."""
    asked = 0

    def answer(_body: Any, _headers: Any) -> Answer:
        nonlocal asked
        asked += 1
        if asked == 1:
            return plan(IDEA, "shop/rates_0.py", memories=[memory])
        if asked == steps + 2:
            return Answer("All prices are rounded.")
        if asked == steps + 3:
            return keep()
        n = asked - 2
        match n % 5:
            case 0:
                path, old = f"shop/rates_{n % 30}.py", f"RATE_{n % 30}_7 "
                return call("replace", path=path, old=old, new=f"RATE_{n}_X ")
            case 1:
                return call("shell", command=f"echo step {n}; seq 1 400")
            case 2:
                return call("search", pattern=f"RATE_{n % 30}_1")
        return call("read_file", path=f"shop/rates_{n % 30}.py", start=1 + n % 9)

    return answer


@pytest.mark.parametrize(
    ("steps", "window"),
    [(50, 20_000), pytest.param(200, 64_000, marks=pytest.mark.slow)],
    ids=["50 in 20k", "200 in 64k"],
)
def test_long_work_stays_in_its_window_and_nothing_that_matters_is_lost(
    play: Player, steps: int, window: int
) -> None:
    marks: list[int] = []
    returned = 0

    def count(event: Event) -> None:
        nonlocal returned
        returned += isinstance(event, ToolReturned)
        if isinstance(event, Compacted):
            marks.append(returned)

    memory = play.teach(RULE, "shop/money.py").id
    played = play(working(memory, steps), TASK, context_window=window, hear=count)
    assert played.finished.outcome == "passed"
    assert len(played.requests) == steps + 3
    conversation = played.requests[:-1]
    assert max(tokens(request) for request in conversation) < window
    for number, request in enumerate(conversation):
        told = json.dumps(request["messages"])
        assert all(kept in told for kept in (TASK, RULE, memory)), number
        assert number == 0 or IDEA in told, number
    told = json.dumps(conversation[-1]["messages"])
    assert all(file["path"] in told for file in played.finished.files)
    assert len(played.finished.files) > 5
    # In big steps: each one breaks the provider's cache.
    cuts = played.of(Compacted)
    assert 2 <= len(cuts) <= steps / 6
    assert all(cut.tokens_after < 0.75 * cut.tokens_before for cut in cuts)
    assert begun_anew(conversation) == marks


def begun_anew(requests: Sequence[Mapping[str, Any]]) -> list[int]:
    """The requests that do not begin with the whole of the one before."""
    assert len({json.dumps([request["tools"], request["messages"][0]]) for request in requests}) == 1
    return [
        number
        for number, (before, after) in enumerate(pairwise(requests), 1)
        if after["messages"][: len(before["messages"])] != before["messages"]
    ]


def test_a_second_run_begins_like_the_first(play: Player, shop: Path) -> None:
    (shop / "AGENTS.md").write_text("All amounts are cents.\n")
    requests = [play([call("answer", text="So.")], task).requests[0] for task in (TASK, "Another task")]
    first, second = (json.dumps([request["tools"], request["messages"]]) for request in requests)
    shared = next(n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    assert "All amounts are cents." in first[:shared]


class Stopped(BaseException):
    """The process is gone, as far as the loop can tell."""


@pytest.mark.parametrize(("kind", "every"), [("conversation.compacted", 2), ("usage", 6)])
def test_a_run_stopped_at_a_cut_goes_on_as_if_it_had_not_been(play: Player, kind: str, every: int) -> None:
    memory = play.teach(RULE, "shop/money.py").id
    straight = play(working(memory, 25), TASK, context_window=20_000)
    play.undo()
    stops = 0

    def stop(event: Event) -> None:
        nonlocal stops
        if event.type == kind:
            stops += 1
            if stops % every == 1:
                raise Stopped

    requests: list[dict[str, Any]] = []
    respond = working(memory, 25)

    def answer(body: Any, headers: Any) -> Answer:
        requests.append(body)
        return respond(body, headers)

    finished = play.through_stops(answer, TASK, stop, Stopped, context_window=20_000)
    assert stops > 1
    assert finished.outcome == "passed"
    assert len(requests) == len(straight.requests)  # no answer was asked for twice
    assert [len(request["messages"]) for request in requests] == [
        len(request["messages"]) for request in straight.requests
    ]


SAID = "This model's maximum context length is {limit} tokens. However, you requested {sent} tokens."


@pytest.mark.parametrize("says_how_much", [True, False])
def test_an_endpoint_that_says_it_is_too_long_gets_a_shorter_conversation(
    play: Player, says_how_much: bool
) -> None:
    memory = play.teach(RULE, "shop/money.py").id
    respond = working(memory, 30)
    refused = 0

    def answer(body: Any, headers: Any) -> Answer:
        nonlocal refused
        sent = tokens(body)
        if sent > 16_000:
            refused += 1
            said = SAID.format(limit=16_000, sent=sent) if says_how_much else "Input is too long."
            return Answer(said, status=400)
        return respond(body, headers)

    played = play(answer, TASK)
    assert played.finished.outcome == "passed"
    assert played.finished.model_calls == 33
    # What it said once holds: with the limit known, hardly anything is sent in vain.
    assert 1 <= refused <= (2 if says_how_much else 12)


def test_a_file_that_is_no_longer_seen_is_not_overwritten_whole(play: Player, shop: Path) -> None:
    reads = [call("read_file", path=f"shop/rates_{n}.py") for n in range(1, 12)]
    write = call("write_file", path="shop/cart.py", text="# by heart\n")
    first = call("read_file", path="shop/cart.py")
    answers = [plan(IDEA, "shop/cart.py"), first, *reads, write, first, write, Answer("Done."), keep()]
    played = play(answers, TASK, context_window=16_000)
    assert played.of(Compacted)
    said = [event for event in played.of(ToolReturned) if event.name == "write_file"]
    assert [event.ok for event in said] == [False, True]
    assert "as far as you still see it" in said[0].text
    assert (shop / "shop/cart.py").read_text() == "# by heart\n"


def test_a_question_for_lessons_that_is_too_long_is_put_shorter(play: Player) -> None:
    refusal = Answer(SAID.format(limit=900, sent=1800), status=400)
    written = call("write_file", path="notes.md", text="one line\n" * 400)
    lesson = {"text": "Rates are kept in files of their own.", "label": "design_decision"}
    answers = [plan("Note", creates=["notes.md"]), written, Answer("Done."), refusal, refusal, keep(lesson)]
    played = play(answers, "Write notes")
    assert [memory.text for memory in play.memories("design_decision")] == [lesson["text"]]
    lengths = [len(request["messages"][0]["content"]) for request in played.requests[3:]]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[2] < 0.6 * lengths[0]


def test_a_conversation_that_fits_nowhere_ends_the_run_and_can_be_gone_on_with(play: Player) -> None:
    refusal = Answer(SAID.format(limit=300, sent=5000), status=400)
    played = play([refusal] * 9, TASK)
    assert (played.finished.outcome, played.finished.exit_code) == ("model", 4)
    assert "does not fit into the model's window" in played.finished.summary
    assert "oldhand resume" in played.finished.summary
    assert len(played.requests) <= 5
    assert play.resume([call("answer", text="So.")], model="larger").finished.outcome == "answered"
