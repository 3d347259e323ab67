"""What endpoints can and cannot do: other ways of asking for calls, another model, and how long to wait."""

import json
import time
from collections.abc import Mapping
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evals import wire
from evals.loopback import LoopbackServer, Reply, Request
from graph.asking import Method, method_after, request
from graph.events import Noticed
from tests.playing import Player, keep, plan
from tests.playing import call as calling
from tests.scripted_model import Answer, ScriptedModel

ANSWER = calling("answer", text="In cents: shop/money.py:4 reads them.")
TASK = "In what unit are prices kept?"


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs whose tests are not the point here."""
    return Player(shop, test_cmd="true", retries=1)


def in_json(answer: Answer, say: str = "") -> Answer:
    """The same answer by a model that writes its calls as JSON."""
    calls = [{"name": name, "arguments": arguments} for name, arguments in answer.tool_calls]
    return Answer(json.dumps({"say": say, "calls": calls}))


class Limited:
    """A model whose endpoint refuses some parameters, and answers in JSON without them."""

    def __init__(self, refusals: Mapping[str, str], answers: list[Answer]) -> None:
        self._refusals = refusals
        self._answers = iter(answers)

    def __call__(self, body: dict[str, Any], _headers: Any) -> Answer:
        for parameter, said in self._refusals.items():
            if parameter in body:
                return Answer(said, status=400)
        return next(self._answers)


NO_TOOLS = "registry.example/qwen does not support tools"
NO_SCHEMA = "response_format of type json_schema is not supported"
WORK = [
    in_json(calling("read_file", path="shop/cart.py"), "I look."),
    in_json(plan("Note it", creates=["notes.md"])),
    in_json(calling("write_file", path="notes.md", text='a "note"\n')),
    in_json(calling("done", summary="Noted.")),
    in_json(keep()),
]


@pytest.mark.parametrize(
    "refusals",
    [{"tools": NO_TOOLS}, {"tools": NO_TOOLS, "response_format": NO_SCHEMA}],
    ids=["by a schema", "in its text"],
)
def test_a_model_that_cannot_be_given_tools_does_the_work_in_json(
    play: Player, shop: Path, refusals: dict[str, str]
) -> None:
    played = play(Limited(refusals, WORK), "Write notes")
    assert (played.finished.outcome, played.finished.summary) == ("passed", "Noted.")
    assert (shop / "notes.md").read_text() == 'a "note"\n'
    answered = [request for request in played.requests if not refusals.keys() & request.keys()]
    assert len(answered) == len(WORK)
    assert len(played.requests) - len(answered) == len(refusals)  # found out once, then known
    for sent in answered:
        assert {message["role"] for message in sent["messages"]} <= {"system", "user", "assistant"}
        roles = [message["role"] for message in sent["messages"]]
        assert all(one != other for one, other in pairwise(roles))
    assert '"name": "read_file"' in answered[0]["messages"][0]["content"]
    assert "Result of read_file:\nshop/cart.py" in answered[1]["messages"][-1]["content"]
    assert any("cannot be given tools" in event.text for event in played.of(Noticed))


def test_what_was_found_out_is_known_in_the_next_run(play: Player) -> None:
    with ScriptedModel(Limited({"tools": NO_TOOLS}, [in_json(ANSWER)] * 2)) as model:
        play([], TASK, base_url=model.base_url)
        assert len(model.requests) == 2
        assert play([], TASK, base_url=model.base_url).finished.outcome == "answered"
        assert len(model.requests) == 3
        assert play.place().paths.endpoints.is_file()


@pytest.mark.parametrize(
    ("method", "status", "said", "following"),
    [
        (Method.TOOLS, 400, NO_TOOLS, Method.SCHEMA),
        (Method.TOOLS, 404, "No endpoints found that support tool use", Method.SCHEMA),
        (Method.TOOLS, 500, "tools param requires --jinja flag", Method.SCHEMA),
        (Method.TOOLS, 400, '"auto" tool choice requires --enable-auto-tool-choice', Method.SCHEMA),
        (Method.TOOLS, 400, "Unrecognized request argument supplied: tools", Method.SCHEMA),
        (Method.TOOLS, 400, "messages with role 'tool' must be a response to 'tool_calls'", None),
        (Method.TOOLS, 404, "The model `x` does not exist", None),
        (Method.TOOLS, 401, NO_TOOLS, None),
        (Method.SCHEMA, 400, NO_SCHEMA, Method.TEXT),
        (Method.SCHEMA, 400, "failed to parse grammar", Method.TEXT),
        (Method.TEXT, 400, NO_SCHEMA, None),
    ],
)
def test_a_refusal_leads_to_the_next_way_only_where_it_is_about_this_one(
    method: Method, status: int, said: str, following: Method | None
) -> None:
    assert method_after(method, status, said) is following


def test_without_anything_to_call_the_conversation_is_sent_as_it_is() -> None:
    messages = [{"role": "user", "content": "Hello"}]
    assert [request(method, messages, []) for method in Method] == [(messages, {})] * 3


@pytest.mark.parametrize(
    "fault",
    [Answer("overloaded", status=503), Answer("no such key", status=401), Answer("spent", status=429)],
    ids=["overloaded", "denied", "quota"],
)
def test_where_a_model_fails_the_fallback_takes_over_and_says_so(play: Player, fault: Answer) -> None:
    with ScriptedModel([ANSWER], model="second") as second:
        played = play([fault] * 2, TASK, fallback_model="second", fallback_base_url=second.base_url)
        assert played.finished.outcome == "answered"
        assert len(second.requests) == 1
        assert second.requests[0]["messages"] == played.requests[0]["messages"]
    (told,) = [event.text for event in played.of(Noticed) if "fallback" in event.text]
    assert told.startswith("The model's endpoint ")
    assert told.endswith(". The fallback model second takes over.")
    assert "oldhand resume" not in told


def test_the_fallback_stays_for_the_rest_of_the_run_and_ends_it_where_it_fails_too(play: Player) -> None:
    with ScriptedModel([calling("list_files"), *[Answer(status=500)] * 2], model="second") as second:
        fallback = {"fallback_model": "second", "fallback_base_url": second.base_url}
        played = play([Answer(status=500)] * 2, TASK, **fallback)
        assert (played.finished.outcome, played.finished.exit_code) == ("model", 4)
        assert (len(played.requests), len(second.requests)) == (2, 3)


def test_the_key_of_one_endpoint_is_not_sent_to_another(play: Player) -> None:
    for more, key in [({}, "none"), ({"fallback_api_key": "other"}, "other")]:
        with ScriptedModel([ANSWER]) as second:
            fallback = {"fallback_base_url": second.base_url, "api_key": "mine", **more}
            played = play([Answer(status=401)], TASK, **fallback)
            assert played.headers[0]["authorization"] == "Bearer mine"
            assert second.headers[0]["authorization"] == f"Bearer {key}"


def test_a_request_that_makes_no_sense_is_no_reason_for_another_model(play: Player) -> None:
    with ScriptedModel([ANSWER]) as second:
        played = play([Answer("bad request", status=400)], TASK, fallback_base_url=second.base_url)
        assert played.finished.outcome == "model"
        assert second.requests == []


def test_each_role_may_have_a_model_of_its_own(play: Player) -> None:
    written = calling("write_file", path="n.md", text="n")
    work = [plan("Note", creates=["n.md"]), written, Answer("Done."), keep()]
    models = {"plan_model": "thinker", "edit_model": "typist", "memory_model": "clerk"}
    played = play(work, "Write notes", **models)
    assert [request["model"] for request in played.requests] == ["thinker", "typist", "typist", "clerk"]


def test_a_date_in_retry_after_is_waited_for(play: Player) -> None:
    at = time.time() + 1.5
    pause = Answer("slow down", status=429, headers={"Retry-After": formatdate(at, usegmt=True)})
    played = play([pause, ANSWER], TASK)
    assert played.finished.outcome == "answered"
    assert time.time() > int(at)


class Dripping(LoopbackServer):
    """An endpoint that sends signs of life and never an answer."""

    asked = 0

    def respond(self, request: Request, reply: Reply) -> None:
        """Comments, which count as nothing, until nobody listens."""
        if request.path == "/v1/models":
            reply.json(200, {"data": [{"id": "scripted"}]})
            return
        self.asked += 1
        reply.events(self._drops())

    def _drops(self) -> Any:
        while not self.stopping.wait(0.05):
            yield b": still alive\n\n"
        yield wire.event({})


def test_an_answer_that_never_ends_is_given_up(play: Player) -> None:
    with Dripping() as model:
        started = time.monotonic()
        played = play([], TASK, base_url=model.base_url, whole_timeout=0.4)
        assert time.monotonic() - started < 20
        assert (played.finished.outcome, played.finished.exit_code) == ("model", 4)
        assert "did not answer in time" in played.finished.summary
        assert model.asked == 2
