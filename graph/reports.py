"""Test reports as facts: for events, for the model, for memory."""

import re
from collections.abc import Iterable, Mapping, Sequence

from graph.events import is_test
from graph.project_tests import THE_RUN, Before
from graph.state import Attempt, Json
from graph.trial import Trial
from tools.testing.commands import TestCommand
from tools.testing.results import Outcome, TestCase, TestReport

_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+\.\d+|\bline \d+|:\d+")  # addresses, times, places
SHOWN_FAILURES = 6
EXCERPT_CHARS = 1_200
TAIL_CHARS = 2_500
_WORST_FIRST = ("timeout", "error", "failed", "passed", "none")
_OF_EACH = ("project", "command", "outcome", "exit_code", "passed", "failed", "seconds", "unstarted")
SOME_FAILED = 1  # the exit code of a runner that ran everything, and saw failures or broken fixtures


def report_json(trial: Trial, command: TestCommand, before: Before) -> Json:
    """A trial as plain data; what was wrong before the change, or fails by chance, is told apart.

    Args:
        trial: What the harness saw.
        command: The project's test command, without what the harness adds to read its results.
        before: What was wrong before anything was edited and does not count.
    """
    report = trial.report
    failed_before = before.failing or ()
    failing = [case for case in report.failing() if case.id not in {*failed_before, *trial.flaky}]
    failing += [case for case in report.uncollected() if case.id not in before.uncollected]
    broken_before = [case.id for case in report.failing() if case.id in failed_before]
    if THE_RUN in failed_before and not report.cases and not report.unstarted:
        broken_before = [THE_RUN] if report.outcome() in ("error", "failed") else []
    return {
        "outcome": _outcome(trial, before, any_failing=bool(failing)),
        "command": command.shown(),
        "exit_code": report.exit_code,
        "passed": sum(case.outcome == "passed" for case in report.cases),
        "failed": len(failing),
        "failing": [_case_json(case) for case in failing],
        "known_failing": broken_before,
        "seconds": round(report.seconds, 2),
        "scope": trial.scope,
        "unseen": trial.unseen,
        "flaky": list(trial.flaky),
        "uncollected": [
            {"id": case.id, "message": case.message}
            for case in report.uncollected()
            if case.id in before.uncollected
        ],
        "unstarted": report.unstarted,
        "project": command.folder,
    }


def _outcome(trial: Trial, before: Before, *, any_failing: bool) -> Outcome:
    """The outcome of a trial, weighed against what was so before."""
    report = trial.report
    outcome, is_wrong = report.outcome(), bool(report.failing() or report.uncollected())
    if is_wrong and not any_failing and _ran_to_its_end(report):  # what only failed before shows nothing
        passed = any(case.outcome == "passed" for case in report.cases)
        return "passed" if passed or trial.flaky else "none"
    if report.unstarted and (before.unstarted or before.failing is None):
        return "none"  # nothing here is for the change to mend
    if (
        before.failing == [THE_RUN]
        and not report.cases
        and outcome == "error"
        and report.framework != "other"
    ):
        return "none"  # it did not come to the tests before the change either
    return outcome


def _case_json(case: TestCase) -> Json:
    told = {"id": case.id, "message": case.message, "excerpt": case.excerpt[:EXCERPT_CHARS]}
    if case.outcome == "uncollected":
        return {**told, "message": f"cannot be collected: {case.message}", "collected": False}
    return told


def together(parts: Sequence[Json]) -> Json:
    """The reports of several projects as one; the worst of their outcomes is the outcome."""
    if len(parts) == 1:
        return parts[0]
    worst = min(parts, key=lambda part: _WORST_FIRST.index(part["outcome"]))
    lists = ("failing", "known_failing", "flaky", "uncollected")
    return {
        "outcome": worst["outcome"],
        "command": "; ".join(part["command"] for part in parts),
        "exit_code": worst["exit_code"],
        "passed": sum(part["passed"] for part in parts),
        "failed": sum(part["failed"] for part in parts),
        **{name: [item for part in parts for item in part[name]] for name in lists},
        "seconds": round(sum(part["seconds"] for part in parts), 2),
        "scope": "nearest" if any(part["scope"] == "nearest" for part in parts) else "all",
        "unseen": _joined(parts, "unseen") or None,
        "unstarted": _joined(parts, "unstarted"),
        "project": "",
        "projects": [{name: part[name] for name in _OF_EACH} for part in parts],
    }


def _joined(parts: Sequence[Json], name: str) -> str:
    return "; ".join(f"{part['project'] or '.'}/: {part[name]}" for part in parts if part[name])


def _ran_to_its_end(report: TestReport) -> bool:
    """Whether all that is wrong stands in its cases: then these alone decide."""
    outcome = report.outcome()
    by_python = report.framework in ("pytest", "unittest")
    return outcome == "failed" or (
        outcome == "error" and (report.exit_code == SOME_FAILED or not by_python) and report.exit_code != 127
    )


def told_of_before(before: Before) -> str:
    """What a person should know of the tests as they were before the change; "" where nothing is odd."""
    where = f" in {before.project}/" if before.project else ""
    if before.unstarted:
        return f"Before the change, no test could be run{where}: {before.unstarted}."
    if not before.uncollected:
        return ""
    return f"Before the change, not collected{where}: {listed_uncollected(before.uncollected)}."


def listed_uncollected(reasons: Mapping[str, str]) -> str:
    """Files that were not collected, each with the reason in a line."""
    shown = [f"{name} ({reason})" for name, reason in list(reasons.items())[:SHOWN_FAILURES]]
    rest = len(reasons) - len(shown)
    return "; ".join([*shown, *([f"and {rest} more"] if rest else [])])


def failure_text(facts: Json, tail: str) -> str:
    """The failures of a report for the model: ids, messages, the lines that matter."""
    inside = f"Run in {facts['project']}/: paths are as seen from there.\n" if facts["project"] else ""
    failing = facts["failing"]
    if not failing:
        end = tail[-TAIL_CHARS:].strip()
        why = f"{facts['unstarted']}. " if facts["unstarted"] else ""
        return f"{inside}{why}Exit code {facts['exit_code']}. The end of its output:\n```\n{end}\n```\n"
    parts = []
    for case in failing[:SHOWN_FAILURES]:
        excerpt = case["excerpt"].strip() or case["message"].strip()
        parts.append(f"{'FAILED' if is_test(case) else 'NOT COLLECTED'} {case['id']}\n```\n{excerpt}\n```")
    rest = [case["id"] for case in failing[SHOWN_FAILURES:]]
    if rest:
        parts.append(f"… and {len(rest)} more: {', '.join(rest[:20])}")
    return inside + "\n".join(parts) + "\n"


def mended(reports: Iterable[TestReport], failures: Sequence[Attempt]) -> list[str]:
    """The tests that failed in earlier attempts and were seen passing in these reports.

    One that is not in a report any more was taken away or renamed: that it does not fail proves nothing. A
    file that could not be collected is mended when one of its tests passes.
    """
    passed = {case.id for report in reports for case in report.cases if case.outcome == "passed"}
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
