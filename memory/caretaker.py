"""The base of the classes that maintain memories on their own."""

from collections.abc import Callable
from datetime import datetime

from memory.code_view import CodeView
from memory.ledger import Ledger
from memory.scopes import Viewpoint
from memory.store import RecordStore


class Caretaker:
    """Changes memories as code and time move on, and logs each change.

    Args:
        store: Where the memories are.
        code: The repository as it lies in the work tree.
        view: Who is looking: nothing outside this viewpoint is touched.
        clock: The present moment, aware.
    """

    def __init__(
        self, store: RecordStore, code: CodeView, view: Viewpoint, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._ledger = Ledger(store)
        self._code = code
        self._view = view
        self._clock = clock
