"""The conversation as it is put to a model: the instructions, then as much as fits into its window."""

from collections.abc import Sequence
from typing import Any

from graph.changes import changed_files
from graph.compaction import Cut, as_sent, size_of, tighter
from graph.context import RunContext
from graph.events import Compacted
from graph.model import Model
from graph.prompts import render
from graph.toolset import Use
from graph.transcript import Message, Transcript

HARDER = 0.7  # of the room, each time that the endpoint says it was still too much


def system_message(context: RunContext) -> Message:
    """The instructions: the same in every request of a session, so that prompt caches hit."""
    tools = context.toolset
    text = render("system", look=_listed(tools.names(Use.LOOK)), change=_listed(tools.names(Use.CHANGE)))
    return {"role": "system", "content": text}


def fitted(context: RunContext, node: str, model: Model, refusals: int = 0) -> list[Message]:
    """The turn's conversation under the window of a model; a new cut is written down before it is used.

    Args:
        context: The run.
        node: The step that asks.
        model: Whom it asks.
        refusals: How often the endpoint has said by now that this conversation is too long.
    """
    transcript = context.transcript
    fixed: list[Any] = [system_message(context), *context.toolset.schemas]
    messages, cut = transcript.messages(), cut_of(transcript)
    sent = as_sent(messages, cut)
    size = size_of(fixed) + size_of(sent)
    room = model.window.room(size)
    if refusals:
        room = int(min(room, size) * HARDER)
    if size > room:
        cut = tighter(messages, cut, max(0, room - size_of(fixed)), lambda: _changed(context))
        shorter = as_sent(messages, cut)
        if size_of(shorter) < size_of(sent):
            transcript.note(node, "cut", cut.to_json())
            context.toolset.forget_reads()  # no file is overwritten whole that the model does not see
            before, after = model.window.estimate(size), model.window.estimate(size_of([*fixed, *shorter]))
            context.emit(Compacted(node, before, after))
            sent = shorter
    return [fixed[0], *sent]


def cut_of(transcript: Transcript) -> Cut:
    """How the conversation is sent by now."""
    cuts = transcript.noted("cut")
    return Cut(**cuts[-1]) if cuts else Cut()


def _changed(context: RunContext) -> Sequence[str]:
    now = context.snapshots.take(f"{context.turn}/seen")  # /now is what the last call left: see graph.undo
    changes = changed_files(context, now)
    return [f"- {change.path}: {change.status} (+{change.added} −{change.removed})" for change in changes]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
