"""Step 5: what the tests say."""

from collections.abc import Sequence

from langgraph.runtime import Runtime

from graph.changes import changed_files
from graph.context import RunContext
from graph.dialogue import say
from graph.errors import BudgetSpent
from graph.events import FileChanged, NodeStarted, Noticed, TestFinished
from graph.performing import open_calls, reply_to
from graph.prompts import render
from graph.reports import failure_text, mended, report_json, same_failure
from graph.state import Attempt, Json, RunState, RunUpdate
from graph.test_bench import THE_RUN
from graph.test_memories import flaky_in
from graph.trial import Trial, Trials, is_promised

__test__ = False  # a step called test, not a test
SAID_CHARS = 300
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
    try:
        context.budget.check_time()
        seen = _tried(context, state, changes)
        if seen is not None and seen[1]["outcome"] == "timeout":
            context.budget.check_time()  # it may be the run's time that was over, not the tests'
    except BudgetSpent as spent:
        return {"ending": {"outcome": "budget", "reason": str(spent)}}
    if seen is None:
        context.emit(Noticed(context.bench.why_not()))
        return {"report": None}
    trial, facts = seen
    if facts["outcome"] == "none" and facts["known_failing"] == [THE_RUN]:
        said = trial.report.output_tail.strip()[-SAID_CHARS:]
        context.emit(Noticed(f"It did not come to the tests, before the change or after it: {said}"))
    if facts["outcome"] in SETTLED:
        return {"report": facts, "tested": now, "mended": mended(trial.report, failures)}
    return {"report": facts, "tested": now, **_failed(context, state, trial, facts)}


def _tried(context: RunContext, state: RunState, changes: Sequence[FileChanged]) -> tuple[Trial, Json] | None:
    """Run the nearest tests and then all; the last trial says it: a failing one, or that of all tests."""
    planned = context.vault.reveal_all((state["plan"] or {}).get("tests", []), strict=False)
    failed_before = state.get("known_failing") or []
    before = [test for test in failed_before if not is_promised(test, state["task"], planned)]
    seen: tuple[Trial, Json] | None = None
    for trial in Trials(context, planned, changes, before, lambda: flaky_in(context.memory)).run():
        facts = report_json(trial, context.bench.shown(), before)
        context.emit(TestFinished(**facts))
        seen = trial, facts
        if facts["outcome"] not in SETTLED:
            break
    return seen


def _failed(context: RunContext, state: RunState, trial: Trial, facts: Json) -> RunUpdate:
    """What follows from a failure: the model mends it, or thinks again, or the attempts are spent."""
    attempt: Attempt = {
        "plan": (state["plan"] or {}).get("summary", ""),
        "failing": facts["failing"],
        "excerpt": failure_text(facts, trial.report.output_tail),
    }
    failures = [*state.get("failures", []), attempt]
    if len(failures) >= context.budget.limits.attempts:
        return {"failures": failures}
    again = _replan_next(failures)
    say(context, "test", _told(facts, failures, again))
    return {"failures": failures, "plan": None, "plan_rounds": 0} if again else {"failures": failures}


def _replan_next(failures: Sequence[Attempt]) -> bool:
    """Every second failure, and the same one twice, asks for another plan, not for another patch."""
    return len(failures) % 2 == 0 or (len(failures) > 1 and same_failure(failures[-2], failures[-1]))


def _told(facts: Json, failures: Sequence[Attempt], again: bool) -> str:
    values = {
        "command": facts["command"],
        "outcome": facts["outcome"],
        "failures": failures[-1]["excerpt"],
        "known": _known(facts["known_failing"]),
    }
    if not again:
        return render("failed", **values)
    same = len(failures) > 1 and same_failure(failures[-2], failures[-1])
    ideas = "\n".join(f"{n}. {attempt['plan']}" for n, attempt in enumerate(failures, 1))
    seen = "It is the very same failure as before." if same else "It fails in another way now."
    return render("replan", attempt=str(len(failures)), seen=seen, ideas=ideas, **values)


def _known(ids: list[str]) -> str:
    if not ids:
        return ""
    if ids == [THE_RUN]:
        return "The command failed before your change too, in some way: it names no single tests.\n"
    shown = ", ".join(ids[:10]) + (" …" if len(ids) > 10 else "")
    return f"These failed before your change and do not count: {shown}\n"
