"""How a run ended, read off its state: the harness's word, never the model's."""

from graph.state import RunState

EXIT_CODES = {
    "passed": 0,
    "answered": 0,
    "planned": 0,
    "failed": 1,
    "unchanged": 1,
    "no_plan": 1,
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
    if report["outcome"] == "passed":
        broken = len(report.get("known_failing", ()))
        before = f"; failing as before: {broken}" if broken else ""
        return "passed", f"{report['passed']} tests passed{before}"
    if report["outcome"] == "timeout":
        return "failed", f"the tests did not end within {report['seconds']:.0f} s"
    if report["outcome"] == "none":
        return "untested", "no test was found to run"
    if report["failed"]:
        return "failed", f"{report['failed']} tests fail"
    return "failed", f"the test command ended with exit code {report['exit_code']}"
