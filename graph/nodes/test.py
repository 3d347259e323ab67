"""Step 5: what the tests say."""

from langgraph.runtime import Runtime

from graph.changes import changed_files
from graph.context import RunContext
from graph.dialogue import say
from graph.events import NodeStarted, Noticed, TestFinished
from graph.performing import open_calls, reply_to
from graph.prompts import render
from graph.reports import failure_text, mended, report_json
from graph.state import Attempt, RunState, RunUpdate

__test__ = False  # a step called test, not a test
SETTLED = ("passed", "none")  # no test that ran speaks against the work


def test(state: RunState, runtime: Runtime[RunContext]) -> RunUpdate:
    """Run the project's own tests on what was changed, and tell the model what failed."""
    context = runtime.context
    failures = state.get("failures", [])
    context.emit(NodeStarted("test", attempt=len(failures) + 1))
    for call in open_calls(context):
        reply_to(context, "test", call, "The harness runs the tests now.")
    now = context.snapshots.take(f"{context.turn}/tested")
    changes = changed_files(context, now)
    for change in changes:
        context.emit(change)
    if not changes:
        return {"ending": {"outcome": "unchanged", "reason": state.get("summary") or "nothing was changed"}}
    if failures and not context.snapshots.changes(state["tested"], now):
        # The model sees nothing to mend: the same tests would say the same.
        return {"ending": {"outcome": "failed", "reason": f"left as it is: {state.get('summary', '')}"}}
    plan = state["plan"] or {}
    report = context.bench.run(context.vault.reveal_all(plan.get("tests", []), strict=False))
    if report is None:
        context.emit(Noticed(context.bench.why_not()))
        return {"report": None}
    facts = report_json(report, context.bench.shown(), state.get("known_failing"))
    context.emit(TestFinished(**facts))
    if facts["outcome"] in SETTLED:
        return {"report": facts, "tested": now, "mended": mended(report, failures)}
    attempt: Attempt = {
        "plan": plan.get("summary", ""),
        "failing": facts["failing"],
        "excerpt": failure_text(facts, report.output_tail),
    }
    update: RunUpdate = {"report": facts, "tested": now, "failures": [*failures, attempt]}
    if len(failures) + 1 < context.budget.limits.attempts:
        say(context, "test", _told(context, facts, attempt, len(failures) + 1))
        if _replan_next(len(failures) + 1):
            return {**update, "plan": None, "plan_rounds": 0}
    return update


def _replan_next(failed: int) -> bool:
    """Every second failure asks for another plan, not for another patch on the first."""
    return failed % 2 == 0


def _told(context: RunContext, facts: dict, attempt: Attempt, failed: int) -> str:  # type: ignore[type-arg]
    values = {
        "command": facts["command"],
        "outcome": facts["outcome"],
        "failures": attempt["excerpt"],
        "known": _known(facts["known_failing"]),
    }
    if _replan_next(failed):
        return render("replan", attempt=str(failed), summary=attempt["plan"], **values)
    return render("failed", **values)


def _known(ids: list[str]) -> str:
    if not ids:
        return ""
    shown = ", ".join(ids[:10]) + (" …" if len(ids) > 10 else "")
    return f"These failed before your change and do not count: {shown}\n"
