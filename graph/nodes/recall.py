"""Step 1: what is remembered."""

from langgraph.runtime import Runtime

from graph.context import RunContext
from graph.events import NodeStarted, Noticed
from graph.memory_events import sync_events
from graph.recollection import recalled_for
from graph.state import RunState, RunUpdate
from memory.errors import MemoryStoreError


def recall(state: RunState, runtime: Runtime[RunContext]) -> RunUpdate:
    """Bring memory up to date with the code, and fetch what is relevant to the task."""
    context = runtime.context
    context.emit(NodeStarted("recall"))
    if context.memory is None:
        return {"recalled": [], "memories": ""}
    try:
        for event in sync_events(context.memory.sync()):
            context.emit(event)
        fed, text = recalled_for(context, context.memory, state["task"])
    except MemoryStoreError as error:
        context.emit(Noticed(f"{error} This run continues without memory."))
        return {"recalled": [], "memories": ""}
    return {"recalled": fed, "memories": text}
