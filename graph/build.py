"""The loop as a graph: six steps and the ways between them."""

from functools import wraps
from typing import Literal, Protocol, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from graph.context import RunContext
from graph.nodes.edit import edit
from graph.nodes.plan import plan
from graph.nodes.recall import recall
from graph.nodes.remember import remember
from graph.nodes.search import search
from graph.nodes.test import SETTLED, test
from graph.state import RunState, RunUpdate

Loop = CompiledStateGraph[RunState, RunContext, RunState, RunState]


class Step(Protocol):
    """One of the six steps."""

    __name__: str

    def __call__(self, state: RunState, runtime: Runtime[RunContext]) -> RunUpdate:
        """Do the step's work and return what it changes."""
        ...


def build(checkpointer: BaseCheckpointSaver[str], attempts: int) -> Loop:
    """Build the graph of the six steps.

    Args:
        checkpointer: Keeps the state after each step.
        attempts: How often tests may fail before a run gives up.
    """

    def after_test(state: RunState) -> Literal["edit", "search", "remember"]:
        """Remember on success or when nothing is left to try; otherwise fix it, or plan again."""
        report = state.get("report")
        tried = len(state.get("failures", []))
        if state.get("ending") or report is None or report["outcome"] in SETTLED or tried >= attempts:
            return "remember"
        return "edit" if state.get("plan") else "search"

    graph = StateGraph(RunState, context_schema=RunContext)
    steps: tuple[Step, ...] = (recall, search, plan, edit, test, remember)
    for step in steps:
        graph.add_node(step.__name__, timed(step))
    graph.add_edge(START, "recall")
    graph.add_edge("recall", "search")
    graph.add_edge("search", "plan")
    graph.add_conditional_edges("plan", after_plan)
    graph.add_conditional_edges("edit", after_edit)
    graph.add_conditional_edges("test", after_test)
    graph.add_edge("remember", END)
    return graph.compile(checkpointer=checkpointer)


def timed(step: Step) -> Step:
    """Save what the step found, without secrets, and how long the turn took: a resumed one counts on."""

    @wraps(step)
    def node(state: RunState, runtime: Runtime[RunContext]) -> RunUpdate:
        update = step(state, runtime)
        return {**runtime.context.vault.hide_all(update), "seconds": runtime.context.budget.seconds()}

    return cast(Step, node)


def after_plan(state: RunState) -> Literal["search", "plan", "edit", "remember"]:
    """Look at more code, ask the person, edit, or finish with an answer or without a plan."""
    if state.get("ending"):
        return "remember"
    if state.get("waits"):
        return "plan"
    made = state.get("plan")
    if made is None:
        return "search"
    return "edit" if made["kind"] == "change" else "remember"


def after_edit(state: RunState) -> Literal["test", "remember"]:
    """The tests decide, unless a budget is spent."""
    return "remember" if state.get("ending") else "test"
