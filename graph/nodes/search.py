"""Step 2: what the code says."""

import time
from contextlib import suppress

from langgraph.runtime import Runtime

from graph.context import RunContext
from graph.events import CodeFound, CodeRead, NodeStarted
from graph.loops import mind_circles
from graph.performing import open_calls, perform_all
from graph.recollection import FOUND_TOKENS, recalled_about
from graph.state import RunState, RunUpdate
from graph.toolset import Use
from memory.packet import joined
from tools.errors import PathError
from tools.locate import Found, Hints

MOST_FILES = 5  # of those found, the likeliest to be what the task is about
STEEPNESS = 4  # a file with 0.9 of the best one's score is 0.66 times as likely, one with 0.8 0.41 times
_FIRST_S, _NEXT_S = 1.0, 0.25  # until the first report, and between two


class _Progress:
    """Tells how far the index is, not too often."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._next = time.monotonic() + _FIRST_S

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _NEXT_S
            self._context.emit(CodeRead(done, total))


def search(state: RunState, runtime: Runtime[RunContext]) -> RunUpdate:
    """Find the code that the task is about; later, look up what the plan still asks for."""
    context = runtime.context
    context.emit(NodeStarted("search", attempt=state.get("plan_rounds", 0) + 1))
    if "found" in state:
        perform_all(context, "search", open_calls(context), allowed={Use.LOOK})
        mind_circles(context, "search", ends=False)  # the rounds of planning have a limit of their own
        return {}
    # What was merely touched by earlier work says little; what was learned about code says where to look.
    anchors = [memory["anchors"] for memory in state["recalled"] if memory["kind"] != "task"]
    hints = Hints(
        paths=tuple(path for anchor in anchors for path in anchor["paths"]),
        symbols=tuple(symbol for anchor in anchors for symbol in anchor["symbols"]),
    )
    found = context.locator.find(state["task"], hints, progress=_Progress(context))
    files = [{"path": file.path, "score": round(file.score, 3), "why": file.why} for file in found.files]
    context.emit(CodeFound(files, len(found.snippets), found.files_there, found.files_unread))
    for path in {snippet.path for snippet in found.snippets}:
        with suppress(
            PathError
        ):  # a part of a key tells nothing; what the whole file says is known from here on
            context.vault.hide_file(context.workspace.read(path).text, path)
    near = _likely(found)
    known = [memory["id"] for memory in state["recalled"]]
    fed, text = recalled_about(context, state["task"], near, known, "search", FOUND_TOKENS)
    return {
        "found": found.text(),
        "recalled": [*state["recalled"], *fed],
        "memories": joined(state["memories"], text),
    }


def _likely(found: Found) -> dict[str, float]:
    """The files found first, and the symbols found in them, each with how likely the task is about it.

    Its share of the scores, made steep, tells that rightly: over eight real histories 29 % of the files
    with a share of 0.2 were changed, 37 % with 0.4, 54 % with 0.6, 69 % with 0.8 and 75 % with 1.
    """
    best = max((file.score for file in found.files), default=0.0)
    odds = {file.path: (file.score / best) ** STEEPNESS for file in found.files[:MOST_FILES] if best > 0}
    files = {path: odd / sum(odds.values()) for path, odd in odds.items()}
    inside = [ranked.symbol for ranked in found.symbols if ranked.symbol.path in files]
    return files | {symbol.id(): files[symbol.path] for symbol in inside}
