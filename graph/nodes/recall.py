"""Step 1: what is remembered."""

from langgraph.runtime import Runtime

from graph.context import RunContext
from graph.events import MemoryRecalled, NodeStarted, Noticed
from graph.memory_events import recalled_json, sync_events
from graph.state import RunState, RunUpdate
from memory.errors import MemoryStoreError


def recall(state: RunState, runtime: Runtime[RunContext]) -> RunUpdate:
    """Bring memory up to the code as it is now, and fetch what bears on the task."""
    context = runtime.context
    context.emit(NodeStarted("recall"))
    if context.memory is None:
        return {"recalled": [], "memories": ""}
    try:
        for event in sync_events(context.memory.sync()):
            context.emit(event)
        recollection = context.memory.recall(state["task"])
        for notice in context.memory.notices():
            context.emit(Noticed(notice))
        context.memory.note_fed(recollection, turn=context.turn)
    except MemoryStoreError as error:
        context.emit(Noticed(f"{error} This run goes on without memory."))
        return {"recalled": [], "memories": ""}
    fed = [recalled_json(found, context.clock()) for found in recollection.fed]
    dropped = [
        {"id": held.record.id, "text": held.record.text, "reason": held.reason}
        for held in recollection.dropped
    ]
    context.emit(MemoryRecalled(fed, dropped, recollection.tokens))
    return {"recalled": fed, "memories": recollection.text}
