"""Runs the model's calls: which may run now, what is reported, what an interruption leaves open."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from threading import current_thread

from graph.context import RunContext
from graph.events import Noticed, TestsAwaited, ToolCalled, ToolReturned
from graph.project_tests import ProjectTests
from graph.reply import Call, touched
from graph.reports import told_of_before
from graph.state import Json
from graph.toolset import ToolResult, Use, failed
from tools.errors import ConsentNeeded

SHOWN_CHARS = 2_000  # of a tool's result in an event
MOST_AT_ONCE = 4
BESIDE = "beside-others"  # how the threads of such calls are named


class PersonWanted(Exception):
    """A call running in parallel needs a person's consent: it is run again in the thread that can ask."""


def runs_beside_others() -> bool:
    """Whether this is the thread of a call that runs at the same time as others."""
    return current_thread().name.startswith(BESIDE)


def open_calls(context: RunContext) -> list[Call]:
    """The calls of the model's last answer that have no result yet."""
    return [Call.of(raw) for raw in context.transcript.open_calls()]


def perform_all(context: RunContext, node: str, calls: Sequence[Call], allowed: set[Use]) -> list[ToolResult]:
    """Run calls in order; those that only look run in parallel."""
    results: list[ToolResult] = []
    for looks, group in groupby(calls, lambda call: context.toolset.use_of(call.name) is Use.LOOK):
        run = list(group)
        if looks and len(run) > 1:
            results += _look(context, node, run)
        else:
            results += [perform(context, node, call, allowed) for call in run]
    return results


def _look(context: RunContext, node: str, calls: Sequence[Call]) -> list[ToolResult]:
    """Run calls that only look in parallel; report and answer them in order."""
    for call in calls:
        context.emit(ToolCalled(node, call.name, call.arguments or {}))
    results: list[ToolResult] = []
    pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix=BESIDE)
    try:
        waiting = [pool.submit(context.toolset.call, call) for call in calls]
        for call, future in zip(calls, waiting, strict=True):
            try:
                result = future.result()
            except PersonWanted:  # asked here, in the thread that talks with them
                result = context.toolset.call(call)
            finish(context, node, call, result)
            results.append(result)
    finally:
        pool.shutdown(cancel_futures=True)
    return results


def perform(context: RunContext, node: str, call: Call, allowed: set[Use]) -> ToolResult:
    """Run a call if it is allowed now, report it, and give the model the result."""
    context.emit(ToolCalled(node, call.name, call.arguments or {}))
    use = context.toolset.use_of(call.name)
    if use in (Use.CHANGE, Use.END) and use not in allowed:
        result = failed("nothing may be changed before a plan is accepted: call submit_plan first")
    elif use is Use.PLAN and use not in allowed:
        result = failed("the plan is accepted already: carry it out, then call done")
    else:
        result = _change(context, node, call) if use is Use.CHANGE else context.toolset.call(call)
    finish(context, node, call, result)
    return result


def _change(context: RunContext, node: str, call: Call) -> ToolResult:
    """Run a call that changes something; an interrupted one is never rerun automatically."""
    see_before(context, node, touched(call))
    if context.transcript.begun(call.id):
        return failed(
            "the run was stopped while this was done; it may have taken effect, wholly, in part or not at "
            "all. Look before you do it again"
        )
    context.transcript.note(node, "begun", call.id)
    now = f"{context.turn}/now"
    context.snapshots.drop(now)  # is there again once the call has ended: see graph.undo.end_of
    try:
        result = context.toolset.call(call)
    except ConsentNeeded:
        context.transcript.note(node, "held", call.id)
        raise
    context.snapshots.take(now)
    return result


def see_before(context: RunContext, node: str, paths: Sequence[str] = ()) -> dict[str, Json]:
    """What the tests said before the first edit, by project: waited for once, told, and kept.

    Args:
        context: The run.
        node: The step that asks.
        paths: What is about to be changed; its projects count beside those that the plan touches.
    """
    known = {note["project"]: note for note in context.transcript.noted("before")}
    for project in context.bench.concerned(paths):
        if project.folder not in known:
            before = project.before(partial(_await, context, project))
            known[project.folder] = before.to_json()
            context.transcript.note(node, "before", before.to_json())
            if said := told_of_before(before):
                context.emit(Noticed(said))
    return known


def _await(context: RunContext, project: ProjectTests) -> None:
    """Tell what is waited for: it may be minutes."""
    command = project.command()
    context.emit(TestsAwaited(project.folder, command.shown() if command else "", "before"))


def finish(context: RunContext, node: str, call: Call, result: ToolResult) -> None:
    """Report a call's result, and give it to the model unless the harness answers later."""
    if result.value is None:
        reply_to(context, node, call, result.text)
    shown = result.text[:SHOWN_CHARS]
    context.emit(ToolReturned(node, call.name, result.ok, shown, round(result.seconds, 3)))


def reply_to(context: RunContext, node: str, call: Call, text: str) -> None:
    """Give the model the result of a call."""
    context.transcript.append(node, {"role": "tool", "tool_call_id": call.id, "content": text})
