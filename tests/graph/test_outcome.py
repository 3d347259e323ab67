from typing import Any, get_args, get_type_hints

import pytest

from graph.outcome import EXIT_CODES, outcome_of, unseen
from graph.project_tests import THE_RUN
from graph.state import Ending, RunState

CHANGE = {"kind": "change", "text": ""}
SEEN = {"outcome": "passed", "passed": 3, "failed": 0, "exit_code": 0, "seconds": 1.0, "known_failing": []}


@pytest.mark.parametrize(
    ("state", "outcome", "reason"),
    [
        ({"plan": CHANGE, "report": SEEN}, "passed", "3 tests passed"),
        ({"plan": CHANGE, "report": {**SEEN, "outcome": "failed", "failed": 2}}, "failed", "2 tests fail"),
        (
            {"plan": CHANGE, "report": {**SEEN, "outcome": "error", "exit_code": 4}},
            "failed",
            "the test command ended with exit code 4",
        ),
        (
            {"plan": CHANGE, "report": {**SEEN, "outcome": "timeout", "exit_code": None, "seconds": 60.2}},
            "failed",
            "the tests did not end within 60 s",
        ),
        ({"plan": CHANGE, "report": {**SEEN, "outcome": "none"}}, "untested", "no test was found to run"),
        ({"plan": CHANGE, "report": None}, "untested", "no test could be run"),
        ({"plan": CHANGE}, "error", "the run ended before the tests"),
        ({"plan": {"kind": "answer", "text": "so"}}, "answered", ""),
        ({"plan": {"kind": "question", "text": "which?"}}, "question", "which?"),
        ({"ending": {"outcome": "budget", "reason": "3 calls"}, "report": SEEN}, "budget", "3 calls"),
        ({}, "error", "the run ended before the tests"),
    ],
)
def test_the_outcome_is_the_harnesss_word(state: Any, outcome: str, reason: str) -> None:
    assert outcome_of(state) == (outcome, reason)


def test_a_project_whose_tests_showed_nothing_is_named_though_those_of_another_passed() -> None:
    web = {"project": "web", "outcome": "passed", "unstarted": ""}
    e2e = {"project": "e2e", "outcome": "none", "unstarted": ""}
    report = {**SEEN, "known_failing": [THE_RUN], "projects": [web, e2e]}
    state: Any = {"plan": CHANGE, "report": report}
    assert outcome_of(state) == ("passed", "3 tests passed")
    assert unseen(state) == "No test of e2e/ was seen passing."
    report["projects"] = [web, {**e2e, "unstarted": "jest is not installed"}]
    report["unstarted"] = "e2e/: jest is not installed"
    assert unseen(state) == "Not tested: e2e/: jest is not installed."


def test_only_tests_seen_passing_and_words_end_with_exit_code_0() -> None:
    assert {name for name, code in EXIT_CODES.items() if code == 0} == {"passed", "answered", "planned"}


def test_every_ending_has_an_exit_code() -> None:
    assert set(get_args(get_type_hints(Ending)["outcome"])) <= EXIT_CODES.keys()
    assert "ending" in get_type_hints(RunState)
