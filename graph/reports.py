"""Test reports as facts: for events, for the model, for memory."""

from collections.abc import Sequence
from typing import Any

from graph.state import Attempt
from tools.testing.results import TestReport

SHOWN_FAILURES = 6
EXCERPT_CHARS = 1_200
TAIL_CHARS = 2_500
SOME_FAILED = 1  # the exit code of a runner that ran everything, and saw failures or broken fixtures


def report_json(report: TestReport, command: str, known_failing: list[str] | None) -> dict[str, Any]:
    """A report as plain data; tests that failed before the change are told apart and do not count.

    Args:
        report: What the harness saw.
        command: The project's test command, without what the harness adds to read its results.
        known_failing: Ids that failed before anything was edited; None where that is not known.
    """
    known = set(known_failing or ())
    failing = [case for case in report.failing() if case.id not in known]
    broken_before = [case.id for case in report.failing() if case.id in known]
    outcome = report.outcome()
    ran_to_its_end = outcome == "failed" or (outcome == "error" and report.exit_code == SOME_FAILED)
    if ran_to_its_end and broken_before and not failing:
        outcome = "passed"
    return {
        "outcome": outcome,
        "command": command,
        "exit_code": report.exit_code,
        "passed": sum(case.outcome == "passed" for case in report.cases),
        "failed": len(failing),
        "failing": [
            {"id": case.id, "message": case.message, "excerpt": case.excerpt[:EXCERPT_CHARS]}
            for case in failing
        ],
        "known_failing": broken_before,
        "seconds": round(report.seconds, 2),
    }


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
