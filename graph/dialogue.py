"""Talking with the model: one question, one answer, and the calls in between."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from graph.context import RunContext
from graph.errors import ModelSilent
from graph.events import Noticed, TextStreamed, ToolCalled, ToolReturned, UsageCounted
from graph.model import Listener, Model
from graph.prompts import render
from graph.reply import Call, Reply
from graph.toolset import ToolResult, Use, failed
from graph.transcript import Message, Transcript
from graph.veil import Veil
from tools.errors import ConsentNeeded

SILENCES = 2  # empty answers in a row that are borne
SHOWN_CHARS = 2_000  # of a tool's result in an event


def ask(context: RunContext, node: str) -> Reply:
    """Put the conversation as it stands to the model, and write its answer down.

    Raises:
        BudgetSpent: The turn's limits allow no further call.
        ModelError: No usable answer came.
    """
    model = context.models.edit if node == "edit" else context.models.plan
    for _ in range(SILENCES + 1):
        reply = unheard(context.transcript)
        if reply is None:
            messages = [system_message(context), *context.transcript.messages()]
            reply = ask_model(context, node, model, context.transcript, messages, context.toolset.schemas)
        if reply.text.strip() or reply.calls:
            return reply
        say(
            context,
            node,
            "Your last answer was empty. Go on with the task: call a tool, or say what you did.",
        )
    raise ModelSilent(
        f"The model answered {SILENCES + 1} times with nothing. "
        "Try another model, or go on with `oldhand resume`."
    )


def ask_model(
    context: RunContext,
    node: str,
    model: Model,
    transcript: Transcript,
    messages: Sequence[Message],
    schemas: Sequence[dict[str, Any]],
) -> Reply:
    """One counted model call; the answer is appended to `transcript`."""
    context.budget.check()
    step = transcript.replies(node) + 1
    headers = {"X-Oldhand-Step": f"{node}/{step}", **context.headers}
    veil = Veil(context.vault, lambda text: context.emit(TextStreamed(node, text)))
    listener = Listener(text=veil.hear, notice=lambda text: context.emit(Noticed(text)))
    reply = model.ask(messages, schemas, headers, listener)
    veil.end()
    usage = reply.usage.to_json()
    transcript.append(node, reply.message(), usage)
    context.budget.count(usage)
    context.emit(UsageCounted(node, step, **usage))
    return reply


def unheard(transcript: Transcript) -> Reply | None:
    """The model's last answer, where the run was stopped before anything came of it."""
    last = transcript.last()
    return Reply.of(last) if last and last["role"] == "assistant" else None


def task_key(task: str) -> str:
    """A short name for a task, the same wherever it is asked."""
    return blake2b(task.encode(), digest_size=6).hexdigest()


def system_message(context: RunContext) -> Message:
    """The instructions: the same in every request of a session, so that prompt caches hit."""
    tools = context.toolset
    text = render("system", look=_listed(tools.names(Use.LOOK)), change=_listed(tools.names(Use.CHANGE)))
    return {"role": "system", "content": text}


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def say(context: RunContext, node: str, text: str) -> None:
    """Add a message from the harness, once: a step that is run again does not say it twice."""
    text = context.vault.hide(text)
    last = context.transcript.last()
    if last is None or last["role"] != "user" or last["content"] != text:
        context.transcript.append(node, {"role": "user", "content": text})


def open_calls(context: RunContext) -> list[Call]:
    """The calls that the model waits for: those of its last answer without a result."""
    return [Call.of(raw) for raw in context.transcript.open_calls()]


def perform(context: RunContext, node: str, call: Call, allowed: set[Use]) -> ToolResult:
    """Run a call where it is allowed now, tell the outside, and give the model the result."""
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
    """Run a call that changes something; one that a stop cut short is never run again by itself."""
    known_failing(context, node)
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


def known_failing(context: RunContext, node: str) -> list[str] | None:
    """The tests that failed before the first edit, waited for once and kept; None where that is not known."""
    if not context.transcript.noted("known_failing"):
        context.transcript.note(node, "known_failing", context.bench.settle())
    found: list[str] | None = context.transcript.noted("known_failing")[0]
    return found


def finish(context: RunContext, node: str, call: Call, result: ToolResult) -> None:
    """Tell the outside what a call gave, and the model unless the harness still owes it an answer."""
    if result.value is None:
        reply_to(context, node, call, result.text)
    shown = result.text[:SHOWN_CHARS]
    context.emit(ToolReturned(node, call.name, result.ok, shown, round(result.seconds, 3)))


def reply_to(context: RunContext, node: str, call: Call, text: str) -> None:
    """Give the model the result of a call."""
    context.transcript.append(node, {"role": "tool", "tool_call_id": call.id, "content": text})
