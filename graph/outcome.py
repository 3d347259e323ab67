"""How a run ended, read off its state: the harness's word, never the model's."""

from graph.project_tests import THE_RUN
from graph.state import Json, RunState

EXIT_CODES = {
    "passed": 0,
    "answered": 0,
    "planned": 0,
    "failed": 1,
    "unchanged": 1,
    "no_plan": 1,
    "circles": 1,
    "error": 1,
    "refused": 1,
    "budget": 3,
    "model": 4,
    "question": 5,
    "consent": 5,
    "untested": 6,
    "interrupted": 130,
}


def outcome_of(state: RunState) -> tuple[str, str]:
    """The outcome (a key of `EXIT_CODES`) and the sentence that explains it."""
    ending = state.get("ending")
    if ending:
        return ending["outcome"], ending["reason"]
    plan = state.get("plan") or {}
    if plan.get("kind") == "answer":
        return "answered", ""
    if plan.get("kind") == "question":
        return "question", plan["text"]
    if "report" not in state:
        return "error", "the run ended before the tests"
    report = state["report"]
    if report is None:
        return "untested", " ".join(state.get("untested", ())) or "no test could be run"
    return _by_report(report)


def unseen(state: RunState) -> str:
    """What a run that changed something does not say, in sentences: what was not tested, and why."""
    outcome, reason = outcome_of(state)
    if outcome == "untested":
        return reason[:1].upper() + reason[1:].rstrip(".") + "."
    report = state.get("report")
    if outcome != "passed" or not report:
        return ""
    told = list(state.get("untested", ()))
    if report.get("unstarted"):
        told.append(f"Not tested: {report['unstarted']}.")
    if unproved := [f"{part['project'] or '.'}/" for part in report.get("projects", ()) if _is_silent(part)]:
        told.append(f"No test of {', '.join(unproved)} was seen passing.")
    if report.get("unseen"):
        told.append(
            f"Only the {report['passed']} tests nearest to the change were run, not the whole suite: "
            f"{report['unseen']}."
        )
    return " ".join(told)


def _is_silent(part: Json) -> bool:
    """Whether the tests of one of several projects showed nothing, and nothing else tells why."""
    return part["outcome"] == "none" and not part["unstarted"]


def _by_report(report: Json) -> tuple[str, str]:
    """What the last test run says."""
    match report["outcome"]:
        case "passed":
            return "passed", _passed(report)
        case "timeout":
            return "failed", f"the tests did not end within {report['seconds']:.0f} s"
        case "none":
            return "untested", _no_test(report)
    if report["failed"]:
        return "failed", _failing(report)
    if report.get("unstarted"):
        return "failed", f"no test can be run any more: {report['unstarted']}"
    return "failed", f"the test command ended with exit code {report['exit_code']}"


def _no_test(report: Json) -> str:
    """Why nothing was proved."""
    if report.get("unstarted"):
        return f"no test could be run: {report['unstarted']}"
    before = report.get("known_failing", ())
    uncollected = [f"{file['id']} ({file['message']})" for file in report.get("uncollected", ())]
    same = f"failing as before: {', '.join(before[:4])}" if before else ""
    files = f"not collected, as before: {', '.join(uncollected[:4])}" if uncollected else ""
    told = "; ".join(part for part in (same, files) if part)
    return f"no test passed; {told}" if told else "no test was found to run"


def _failing(report: Json) -> str:
    lost = [case["id"] for case in report.get("failing", ()) if not case.get("collected", True)]
    tests = report["failed"] - len(lost)
    told = [f"{tests} test{'s fail' if tests > 1 else ' fails'}"] if tests else []
    told += [f"cannot be collected: {', '.join(lost[:4])}"] if lost else []
    return "; ".join(told)


def _passed(report: Json) -> str:
    before = sum(test != THE_RUN for test in report.get("known_failing", ()))
    flaky = len(report.get("flaky", ()))
    if not report["passed"] and not flaky:
        told = "the test command ended with exit code 0; it names no single tests"
    else:
        near = " nearest to the change" if report.get("unseen") else ""
        told = f"{report['passed']} test{'' if report['passed'] == 1 else 's'}{near} passed"
    told += f"; failing as before: {before}" if before else ""
    told += f"; failing by chance: {flaky}" if flaky else ""
    told += f"; not collected, as before: {len(report['uncollected'])}" if report.get("uncollected") else ""
    told += f"; not tested: {report['unstarted']}" if report.get("unstarted") else ""
    return f"{told}; the whole suite was not run: {report['unseen']}" if report.get("unseen") else told
