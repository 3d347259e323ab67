"""What a plan is checked against, in this run: its code, and the memories that reject something."""

import re
from difflib import get_close_matches

from graph.context import RunContext
from graph.events import Noticed
from graph.plan import Plan, path_of
from graph.plan_check import Rejection
from memory.errors import MemoryStoreError
from memory.filters import Where
from memory.rejected import LABEL, brought_back
from tools.errors import PathError
from tools.languages import language_of

MOST_REJECTIONS = 40  # that are looked at: the ones nearest to the plan
MOST_NAMES = 3


class CodeFacts:
    """The code of a run, as `graph.plan_check` asks about it."""

    def __init__(self, context: RunContext) -> None:
        self._context = context

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return self._context.code.has_path(path)

    def has_symbol(self, symbol: str) -> bool | None:
        """Whether `path::Name` is defined; None where that cannot be told."""
        path, _, qualname = symbol.partition("::")
        if language_of(path) is None:
            return None
        if self._context.code.symbol(symbol) is not None:
            return True
        try:
            text = self._context.workspace.read(path).text
        except PathError:
            return None
        # A variable, an attribute, a name made at run time: no symbol of the index, but there.
        last = re.split(r"[.:]+", qualname)[-1]
        return re.search(rf"\b{re.escape(last)}\b", text) is not None

    def names_like(self, symbol: str) -> list[str]:
        """Symbols of the same file that may have been meant."""
        path, _, qualname = symbol.partition("::")
        self._context.index.refresh()
        names = [found.qualname for found in self._context.index.outline(path)]
        return get_close_matches(qualname, names, MOST_NAMES, 0.5)


def rejections(context: RunContext, plan: Plan) -> list[Rejection]:
    """The memories that reject what a plan would do: believed, visible here, and holding in the code."""
    if context.memory is None or plan.kind != "change":
        return []
    words = plan.words()
    try:
        found = context.memory.search(words, Where(label=(LABEL,)), MOST_REJECTIONS)
    except MemoryStoreError as error:
        context.emit(Noticed(f"{error} Whether the plan brings back something rejected is not known."))
        return []
    back = brought_back((item.record for item in found), words, [path_of(path) for path in plan.files()])
    return [Rejection(item.record.id, item.record.text, item.words) for item in back]
