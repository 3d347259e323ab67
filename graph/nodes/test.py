"""Step 5: what the tests say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from langgraph.runtime import Runtime

from graph.changes import changed_files
from graph.context import RunContext
from graph.dialogue import say
from graph.errors import BudgetSpent
from graph.events import FileChanged, NodeStarted, Noticed, TestFinished
from graph.performing import open_calls, reply_to
from graph.project_tests import THE_RUN, Before
from graph.prompts import render
from graph.reports import (
    failure_text,
    listed_uncollected,
    mended,
    report_json,
    same_failure,
    together,
)
from graph.state import Attempt, Json, RunState, RunUpdate
from graph.test_memories import flaky_in
from graph.trial import Trial, Trials, is_promised

__test__ = False  # a step called test, not a test
SAID_CHARS = 300
OUTCOMES = {"error": "not all tests could be run", "timeout": "it did not end in time"}
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
        seen, untested = _tried(context, state, changes)
        facts = together([tried.facts for tried in seen]) if seen else None
        if facts is not None and facts["outcome"] == "timeout":
            context.budget.check_time()  # it may be the run's time that was over, not the tests'
    except BudgetSpent as spent:
        return {"ending": {"outcome": "budget", "reason": str(spent)}}
    if facts is None:
        return {"report": None, "untested": untested}
    told: RunUpdate = {"report": facts, "tested": now, "untested": untested}
    if facts["outcome"] in SETTLED:
        return {**told, "mended": mended([tried.trial.report for tried in seen], failures)}
    return {**told, **_failed(context, state, seen, facts)}


@dataclass(frozen=True)
class _Tried:
    """The last trial of a project: a failing one, or that of all its tests."""

    trial: Trial
    facts: Json


def _tried(
    context: RunContext, state: RunState, changes: Sequence[FileChanged]
) -> tuple[list[_Tried], list[str]]:
    """Run the tests of each project that is touched, the nearest first and then all.

    Returns:
        The last trial of each, and why there was none, where there was none.
    """
    planned = context.vault.reveal_all((state["plan"] or {}).get("tests", []), strict=False)
    paths = [path for change in changes for path in (change.path, change.old_path) if path]
    touched = context.bench.of([*paths, *planned])
    found: list[_Tried] = []
    untested: list[str] = []
    if not touched:
        where = context.bench.where()
        untested.append(f"Nothing that was changed belongs to a project with tests (there are {where}).")
    for project in touched:
        command = project.command()
        if command is None:
            untested.append(project.why_not())
            continue
        noted = Before.of((state.get("before") or {}).get(project.folder), project.folder)
        before = _without_promised(noted, state["task"], planned)
        last: _Tried | None = None
        for trial in Trials(
            context, project, planned, changes, before, lambda: flaky_in(context.memory)
        ).run():
            last = _Tried(trial, report_json(trial, command, before))
            context.emit(TestFinished(**last.facts))
            if last.facts["outcome"] not in SETTLED:
                break
        if last is not None:
            _explain(context, last)
            found.append(last)
    for why in untested:
        context.emit(Noticed(why))
    return found, untested


def _without_promised(before: Before, task: str, planned: Sequence[str]) -> Before:
    """What was wrong before, but for what the run is about: that counts."""

    def excused(test: str) -> bool:
        return not is_promised(test, task, planned)

    return replace(
        before,
        failing=None if before.failing is None else [test for test in before.failing if excused(test)],
        uncollected={test: why for test, why in before.uncollected.items() if excused(test)},
    )


def _explain(context: RunContext, tried: _Tried) -> None:
    """Say why a run came to no test, before the change or after it."""
    if tried.facts["outcome"] != "none" or tried.facts["unstarted"]:
        return
    if tried.facts["known_failing"] == [THE_RUN]:
        said = tried.trial.report.output_tail.strip()[-SAID_CHARS:]
        context.emit(Noticed(f"It did not come to the tests, before the change or after it: {said}"))


def _failed(context: RunContext, state: RunState, seen: Sequence[_Tried], facts: Json) -> RunUpdate:
    """What follows from a failure: the model fixes it, plans again, or has no attempts left."""
    attempt: Attempt = {
        "plan": (state["plan"] or {}).get("summary", ""),
        "failing": facts["failing"],
        "excerpt": "\n".join(
            failure_text(tried.facts, tried.trial.report.output_tail)
            for tried in seen
            if tried.facts["outcome"] not in SETTLED
        ),
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
        "outcome": OUTCOMES.get(facts["outcome"], facts["outcome"]),
        "failures": failures[-1]["excerpt"],
        "known": _known(facts),
    }
    if not again:
        return render("failed", **values)
    same = len(failures) > 1 and same_failure(failures[-2], failures[-1])
    ideas = "\n".join(f"{n}. {attempt['plan']}" for n, attempt in enumerate(failures, 1))
    seen = "It is the very same failure as before." if same else "It fails in another way now."
    return render("replan", attempt=str(len(failures)), seen=seen, ideas=ideas, **values)


def _known(facts: Json) -> str:
    """What does not count, for the model."""
    ids, uncollected = facts["known_failing"], facts["uncollected"]
    lines = []
    if ids == [THE_RUN]:
        lines.append("The command failed before your change too, in some way: it names no single tests.")
    elif ids:
        shown = ", ".join(ids[:10]) + (" …" if len(ids) > 10 else "")
        lines.append(f"These failed before your change and do not count: {shown}")
    if uncollected:
        told = listed_uncollected({file["id"]: file["message"] for file in uncollected})
        lines.append(f"Not collected before your change either, and of no account: {told}")
    return "".join(f"{line}\n" for line in lines)
