"""How a run ended, read off its state: the harness's word, never the model's."""

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
        return "untested", "no test could be run"
    return _by_report(report)


def unseen(state: RunState) -> str:
    """What a success does not say, in a sentence: all tests were not run. Empty where they were."""
    report = state.get("report")
    if not report or report["outcome"] != "passed" or not report.get("unseen"):
        return ""
    return (
        f"Only the {report['passed']} tests nearest to the change were run, not the whole suite: "
        f"{report['unseen']}."
    )


def _by_report(report: Json) -> tuple[str, str]:
    """What the last test run says."""
    match report["outcome"]:
        case "passed":
            return "passed", _passed(report)
        case "timeout":
            return "failed", f"the tests did not end within {report['seconds']:.0f} s"
        case "none":
            before = report.get("known_failing", ())
            same = f"no test passed; failing as before: {', '.join(before[:4])}"
            return "untested", same if before else "no test was found to run"
    if report["failed"]:
        return "failed", f"{report['failed']} tests fail"
    return "failed", f"the test command ended with exit code {report['exit_code']}"


def _passed(report: Json) -> str:
    before, flaky = len(report.get("known_failing", ())), len(report.get("flaky", ()))
    if not report["passed"] and not flaky:
        told = "the test command ended with exit code 0; it names no single tests"
    else:
        near = " nearest to the change" if report.get("unseen") else ""
        told = f"{report['passed']} tests{near} passed"
    told += f"; failing as before: {before}" if before else ""
    told += f"; failing by chance: {flaky}" if flaky else ""
    return f"{told}; the whole suite was not run: {report['unseen']}" if report.get("unseen") else told
