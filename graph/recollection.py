"""What is remembered: for the words of a task, then for the code that it turned out to be about."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph.context import RunContext
from graph.events import MemoryRecalled, Noticed
from graph.memory_events import recalled_json
from memory.errors import MemoryStoreError
from memory.filters import Where
from memory.memory import Memory
from memory.packet import Recollection
from memory.records import Kind, Origin

ALL_TOKENS = 1950
"""For all that is told before the first edit: what words and code found leave, a plan's files may take."""
TASK_TOKENS, FOUND_TOKENS, PLAN_TOKENS = 600, 900, 450
"""For the words of the task, for the code found, and for the files that only a later plan names."""
LEAST_LIKELY = 0.25
"""Beside the likeliest file: what runs concluded about others is told once a plan names them. What a person
said of them is told all the same."""
TAUGHT = (Kind.SEMANTIC, Kind.PREFERENCE, Kind.TASK)
"""What people and runs taught; what the files say themselves is read with them."""

Told = tuple[list[dict[str, Any]], str]
"""The memories that were fed, as JSON, and their text for the prompt."""


def recalled_for(context: RunContext, memory: Memory, task: str) -> Told:
    """The memories that the words of a task bring up.

    What is about code waits until the search has found that code, unless the words clearly speak of it.

    Raises:
        MemoryStoreError: The store cannot be read.
    """
    return _told(context, memory, memory.recall(task, budget_tokens=TASK_TOKENS, clearly=True), "recall")


def recalled_about(
    context: RunContext,
    task: str,
    near: Mapping[str, float],
    known: Sequence[str],
    step: str,
    tokens: int = PLAN_TOKENS,
) -> Told:
    """What is remembered of code that was found, or that a plan names, and was not fed before.

    Who asks for a new function says nothing of the three places where every new one must be entered; the
    file that it belongs into does. Earlier work on it counts where it is like this task.

    Args:
        context: The run's.
        task: Decides among many.
        near: Paths and symbols, each with how likely it is what the task is about.
        known: Ids of the memories that were fed already.
        step: Which step of the turn asks: what it cost is entered once for each.
        tokens: Upper bound for the length of what is told.
    """
    memory = context.memory
    if memory is None or not near:
        return [], ""
    least = LEAST_LIKELY * max(near.values())
    likely = Where(path=_files(place for place, chance in near.items() if chance >= least))
    stated = Where(path=_files(near), origin=(Origin.USER,))
    fed_already = (Where(ids=tuple(known)),) if known else ()
    wanted = Where(kind=TAUGHT, any_of=(likely, stated), none_of=fed_already)
    try:
        found = memory.recall(task, near, tokens, wanted)
        return _told(context, memory, found, step) if found.fed else ([], "")
    except MemoryStoreError as error:
        context.emit(Noticed(f"{error} What is remembered about the code found is left out."))
        return [], ""


def _files(places: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(place.partition("::")[0] for place in places))


def _told(context: RunContext, memory: Memory, found: Recollection, step: str) -> Told:
    for notice in memory.notices():
        context.emit(Noticed(notice))
    memory.note_fed(found, turn=context.turn, step=step)
    fed = [recalled_json(item, context.clock()) for item in found.fed]
    dropped = [
        {"id": held.record.id, "text": held.record.text, "reason": held.reason} for held in found.dropped
    ]
    context.emit(MemoryRecalled(fed, dropped, found.tokens))
    return fed, found.text
