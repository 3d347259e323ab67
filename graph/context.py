"""The live objects of a run: never saved, passed to every invoke and resume."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from graph.budget import Budget
from graph.code_view import RepositoryCode
from graph.events import Emit
from graph.instructions import Instructions
from graph.model import Model
from graph.test_bench import TestBench
from graph.toolset import Toolset
from graph.transcript import Transcript
from graph.vault import Vault
from memory.memory import Memory
from tools.index import SymbolIndex
from tools.locate import Locator
from tools.snapshots import Snapshots
from tools.workspace import Workspace

Learn = Literal["auto", "inbox", "off"]
Role = Literal["plan", "edit", "memory"]


class Models:
    """A model for each role; several roles may share one.

    Args:
        by_role: Whom to ask.
        fallback: Whom to ask instead once one of them has failed, for the rest of the session.
    """

    def __init__(self, by_role: Mapping[Role, Model], fallback: Model | None = None) -> None:
        self._by_role = dict(by_role)
        self._fallback = fallback

    def of(self, role: Role) -> Model:
        """The model of a role."""
        return self._by_role[role]

    def give_up(self, role: Role) -> Model | None:
        """Put the fallback in the place of a model that failed, in every role; None where none is left."""
        failed = self._by_role[role]
        if self._fallback is None or failed is self._fallback:
            return None
        for name, model in self._by_role.items():
            if model is failed:
                self._by_role[name] = self._fallback
        return self._fallback


@dataclass(frozen=True)
class RunContext:
    """Everything that a node works with.

    Attributes:
        memory: None where the person switched it off or its store cannot be opened.
        approve_plans: Whether a person looks at each plan before anything is edited.
        answers_in_prose: Whether plain text from the model counts as an answer: a person in a chat sees
            what it is, an exit code cannot.
        before: The snapshot taken when the turn began.
        vault: The secrets that came up; nothing is kept, sent or told with one of them in it.
    """

    turn: str
    session: str
    user: str
    workspace: Workspace
    code: RepositoryCode
    snapshots: Snapshots
    before: str
    index: SymbolIndex
    locator: Locator
    toolset: Toolset
    bench: TestBench
    memory: Memory | None
    models: Models
    clock: Callable[[], datetime]
    transcript: Transcript
    notebook: Transcript  # the remember step's own short conversation
    budget: Budget
    vault: Vault
    emit: Emit
    instructions: Instructions
    learn: Learn = "auto"
    approve_plans: bool = False
    answers_in_prose: bool = False
    earlier: str = ""  # what was said before in this session
    headers: dict[str, str] = field(default_factory=dict)
