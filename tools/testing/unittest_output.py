"""Reads the output of `python -m unittest -v`."""

import re

from tools.testing.results import CaseOutcome, TestCase, merged

_EXCERPT = 1_500
_NOT_IMPORTED = "unittest.loader._FailedTest"  # what stands for a module that cannot be
_RESULT = re.compile(
    r"^(\w+) \(([\w.]+)\)(?:.*\n)?.*\.\.\. "
    r"(ok|FAIL|ERROR|skipped|expected failure|unexpected success)",
    re.MULTILINE,
)
_FAILURE = re.compile(
    r"^={70}\n(FAIL|ERROR): (\S+)(?: \(([\w.]+)\))?.*?\n(.*?)(?=^={70}\n|^-{70}\nRan |\Z)",
    re.MULTILINE | re.DOTALL,
)
_OUTCOMES: dict[str, CaseOutcome] = {
    "ok": "passed",
    "FAIL": "failed",
    "ERROR": "error",
    "unexpected success": "failed",
}


def read_unittest(output: str) -> list[TestCase]:
    """The tests that unittest told of, with ids as it takes them: `tests.test_a.TestA.test_b`."""
    cases = [
        TestCase(_test_id(name, place), _OUTCOMES.get(result, "skipped"))
        for name, place, result in _RESULT.findall(output)
        if not place.startswith(_NOT_IMPORTED)
    ]
    for kind, name, place, details in _FAILURE.findall(output):
        lines = [line for line in details.strip("-\n ").splitlines() if line.strip()]
        outcome: CaseOutcome = "failed" if kind == "FAIL" else "error"
        if place.startswith(_NOT_IMPORTED):
            outcome = "uncollected"
        message = lines[-1][:300] if lines else ""
        cases.insert(0, TestCase(_test_id(name, place), outcome, message, "\n".join(lines[-12:])[:_EXCERPT]))
    return merged(cases)


def _test_id(name: str, place: str) -> str:
    """Python 3.11 and newer put the test's own name in the brackets, older ones do not."""
    if not place:
        return name
    if place.startswith(_NOT_IMPORTED):
        return name
    return place if place.endswith(f".{name}") else f"{place}.{name}"
