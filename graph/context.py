"""The live objects of a run; never saved, given anew to every invoke and resume."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from graph.budget import Budget
from graph.code_view import RepositoryCode
from graph.events import Emit
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


@dataclass(frozen=True)
class Models:
    """A model for each role; they may be one and the same."""

    plan: Model
    edit: Model
    memory: Model


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
    learn: Learn = "auto"
    approve_plans: bool = False
    answers_in_prose: bool = False
    instructions: str = ""  # AGENTS.md and the like
    earlier: str = ""  # what was said before in this session
    headers: dict[str, str] = field(default_factory=dict)
