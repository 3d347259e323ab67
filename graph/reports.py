"""Test reports as facts: for events, for the model, for memory."""

import re
from collections.abc import Collection, Sequence
from typing import Any

from graph.state import Attempt
from graph.test_bench import THE_RUN
from graph.trial import Trial
from tools.testing.results import TestReport

_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+\.\d+|\bline \d+|:\d+")  # addresses, times, places
SHOWN_FAILURES = 6
EXCERPT_CHARS = 1_200
TAIL_CHARS = 2_500
SOME_FAILED = 1  # the exit code of a runner that ran everything, and saw failures or broken fixtures


def report_json(trial: Trial, command: str, before: Collection[str]) -> dict[str, Any]:
    """A trial as plain data; tests that failed before the change, or by chance, are told apart.

    Args:
        trial: What the harness saw.
        command: The project's test command, without what the harness adds to read its results.
        before: Ids that failed before anything was edited and do not count.
    """
    report = trial.report
    excused = {*before, *trial.flaky}
    failing = [case for case in report.failing() if case.id not in excused]
    broken_before = [case.id for case in report.failing() if case.id in before]
    passed = sum(case.outcome == "passed" for case in report.cases)
    outcome = report.outcome()
    if _ran_to_its_end(report) and report.failing() and not failing:
        outcome = "passed" if passed or trial.flaky else "none"  # what only failed before shows nothing
    if THE_RUN in before and not report.cases and outcome in ("error", "failed"):
        broken_before = [THE_RUN]
        if outcome == "error" and report.framework != "other":
            outcome = "none"  # it did not come to the tests before the change either
    return {
        "outcome": outcome,
        "command": command,
        "exit_code": report.exit_code,
        "passed": passed,
        "failed": len(failing),
        "failing": [
            {"id": case.id, "message": case.message, "excerpt": case.excerpt[:EXCERPT_CHARS]}
            for case in failing
        ],
        "known_failing": broken_before,
        "seconds": round(report.seconds, 2),
        "scope": trial.scope,
        "unseen": trial.unseen,
        "flaky": list(trial.flaky),
    }


def _ran_to_its_end(report: TestReport) -> bool:
    """Whether all that is wrong stands in its cases: then these alone decide."""
    outcome = report.outcome()
    by_python = report.framework in ("pytest", "unittest")
    return outcome == "failed" or (
        outcome == "error" and (report.exit_code == SOME_FAILED or not by_python) and report.exit_code != 127
    )


def failure_text(facts: dict[str, Any], tail: str) -> str:
    """The failures of a report for the model: ids, messages, the lines that matter."""
    failing = facts["failing"]
    if not failing:
        end = tail[-TAIL_CHARS:].strip()
        return f"Exit code {facts['exit_code']}. The end of its output:\n```\n{end}\n```\n"
    parts = []
    for case in failing[:SHOWN_FAILURES]:
        excerpt = case["excerpt"].strip() or case["message"].strip()
        parts.append(f"FAILED {case['id']}\n```\n{excerpt}\n```")
    rest = [case["id"] for case in failing[SHOWN_FAILURES:]]
    if rest:
        parts.append(f"… and {len(rest)} more: {', '.join(rest[:20])}")
    return "\n".join(parts) + "\n"


def mended(report: TestReport, failures: Sequence[Attempt]) -> list[str]:
    """The tests that failed in earlier attempts and were seen passing in this report.

    One that is not in the report any more was taken away or renamed: that it does not fail proves nothing. A
    file that could not be collected is mended when one of its tests passes.
    """
    passed = {case.id for case in report.cases if case.outcome == "passed"}
    passed |= {test.partition("::")[0] for test in passed}
    failed = dict.fromkeys(case["id"] for attempt in failures for case in attempt["failing"])
    return [test for test in failed if test in passed]


def same_failure(one: Attempt, other: Attempt) -> bool:
    """Whether two attempts failed alike: the same tests with the same messages, or the same last words."""
    if one["failing"] or other["failing"]:
        return _signature(one) == _signature(other)
    return _NUMBERS.sub("", one["excerpt"]) == _NUMBERS.sub("", other["excerpt"])


def _signature(attempt: Attempt) -> set[tuple[str, str]]:
    return {(case["id"], _NUMBERS.sub("", case["message"])) for case in attempt["failing"]}
