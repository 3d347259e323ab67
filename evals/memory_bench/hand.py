"""Everything of a run but the model: its steps at the commits of a real history, with its own functions.

A model would plan and draw lessons. In its place, the plan is the commit, what it relies on is what was
fed about the files that the commit changes, and the lessons are what the commit's author wrote down; they go
in as the answer that a run was stopped after, so that no line of the step is skipped.
"""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from langgraph.runtime import Runtime

from evals.memory_bench.history import Task
from evals.memory_bench.replica import Replica, git
from graph.budget import Budget, Limits
from graph.code_view import RepositoryCode
from graph.context import Models, RunContext
from graph.events import CodeFound, Event
from graph.instructions import Instructions
from graph.nodes.recall import recall
from graph.nodes.remember import remember
from graph.nodes.search import MOST_FILES, search
from graph.recollection import ALL_TOKENS, recalled_about
from graph.reply import NO_USAGE, Call, Reply
from graph.state import RunState
from graph.test_bench import TestBench
from graph.toolset import Toolset
from graph.transcript import Transcript
from graph.vault import Vault
from memory.filters import BELIEVED, Where
from memory.levels import WritingLevel
from memory.lifecycle import SyncReport
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.packet import Recollection, count_tokens
from memory.ranking import Near
from memory.scopes import Viewpoint
from tools.git import Git
from tools.index import SymbolIndex
from tools.locate import Locator
from tools.paths import role_of
from tools.snapshots import Snapshots
from tools.testing.commands import TestOptions
from tools.testing.runner import TestRunner
from tools.workspace import Workspace

UPKEEP_S = 60.0
"""Enough on a busy machine too: how far upkeep gets must not change the figures."""
SIBLINGS = 2
CITED = 3


class Watched(Memory):
    """A memory that keeps what it was asked, and the CPU seconds that this took."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.found: list[Recollection] = []
        self.recall_s: list[float] = []
        self.sync_s: list[float] = []

    def recall(
        self,
        task: str,
        near: Near = (),
        budget_tokens: int = 1500,
        where: Where = BELIEVED,
        *,
        clearly: bool = False,
    ) -> Recollection:
        """See :class:`memory.memory.Memory`."""
        began = time.process_time()
        found = super().recall(task, near, budget_tokens, where, clearly=clearly)
        self.recall_s.append(time.process_time() - began)
        self.found.append(found)
        return found

    def sync(self) -> SyncReport:
        """See :class:`memory.memory.Memory`."""
        began = time.process_time()
        report = super().sync()
        self.sync_s.append(time.process_time() - began)
        return report


@dataclass(frozen=True)
class Asked:
    """One time that a run asks memory: for the words of the task, or also with files.

    Attributes:
        files: What it named beside the words.
    """

    files: tuple[str, ...]
    found: Recollection


class Hand:
    """Does the tasks of a history one after the other.

    Args:
        replica: The repository.
        folder: For its memory, index, snapshots and conversations.
        level: Embeds.
    """

    def __init__(self, replica: Replica, folder: Path, level: WritingLevel) -> None:
        self.replica = replica
        self._folder = folder
        self._at: datetime | None = None
        self._workspace = Workspace.open(replica.root)
        self._git = Git(replica.root)
        self._index = SymbolIndex(self._workspace, folder / "index.db")
        self._locator = Locator(self._workspace, self._index)
        self._snapshots = Snapshots(self._git, folder / "snapshots")
        self._bench = TestBench(self._workspace, TestOptions(None, None, 60.0), TestRunner(self._workspace))
        self._files: tuple[str, ...] = ()
        code = RepositoryCode(self._workspace, self._git, self._index)
        store = open_store(folder / "memory", level)
        self.memory = Watched(store, code, Viewpoint("bench", "bench"), self._now)

    def begin(self, task: Task, number: int) -> tuple[RunContext, RunState, list[Asked]]:
        """Ask memory three times for a task, at the commit before it.

        The third time a plan names its files: here a file that the commit does change, and two beside it.
        """
        self._at = task.at
        self.replica.check_out(task.before)
        context = self._context(f"s{number}")
        state: RunState = {"task": task.words, "recalled": [], "memories": ""}
        asked = []
        for node in (recall, search):
            self._files, before = (), len(self.memory.found)
            state.update(node(state, Runtime(context=context)))
            asked += [Asked(self._files, found) for found in self.memory.found[before:]]
        plan, before = self._plan(task), len(self.memory.found)
        known = [memory["id"] for memory in state["recalled"]]
        near, room = dict.fromkeys(plan, 1.0), ALL_TOKENS - count_tokens(state["memories"])
        fed, _ = recalled_about(context, task.words, near, known, "edit 1", room)
        state["recalled"] = [*state["recalled"], *fed]
        return context, state, [*asked, *(Asked(plan, found) for found in self.memory.found[before:])]

    def end(self, task: Task, context: RunContext, state: RunState) -> None:
        """Make the change in the work tree, write what the run proved, commit, and sync."""
        git(self.replica.root, "read-tree", "--reset", "-u", task.commit)
        self._index.refresh()
        lessons = [{"text": each.text, "label": each.label, "files": [*each.files]} for each in task.lessons]
        raw = json.dumps({"lessons": lessons})
        answer = Reply("", [Call("keep", "keep", json.loads(raw), raw)], NO_USAGE, False)
        context.notebook.append("remember", answer.message())
        about = [
            memory["id"]
            for memory in state["recalled"]
            if not task.changed.isdisjoint(memory["anchors"]["paths"])
        ]
        state["plan"] = {"kind": "change", "summary": "", "memories": about[:CITED]}
        state["report"] = {"outcome": "passed", "passed": 0, "failed": 0, "command": "", "exit_code": 0}
        state["summary"] = task.words.partition("\n")[0]
        remember(state, Runtime(context=context))
        self.memory.pruner().keep_up(UPKEEP_S)
        git(self.replica.root, "update-ref", "refs/heads/main", task.commit)
        self.memory.sync()

    def _plan(self, task: Task) -> tuple[str, ...]:
        right = min(path for path in task.changed if role_of(path) == "code")
        folder = right.rpartition("/")[0]
        beside = [
            path
            for path in self._index.files()
            if path.rpartition("/")[0] == folder and path != right and role_of(path) == "code"
        ]
        after = [path for path in beside if path > right]
        return (right, *[*after, *beside][:SIBLINGS])

    def _context(self, turn: str) -> RunContext:
        talks = self._folder / "talks"
        return RunContext(
            turn=turn,
            session=turn,
            user="bench",
            workspace=self._workspace,
            code=RepositoryCode(self._workspace, self._git, self._index),
            snapshots=self._snapshots,
            before=self._snapshots.take(f"{turn}/before"),
            index=self._index,
            locator=self._locator,
            toolset=Toolset({}),
            bench=self._bench,
            memory=self.memory,
            models=Models({}),
            clock=self._now,
            transcript=Transcript(talks / f"{turn}.jsonl"),
            notebook=Transcript(talks / f"{turn}.lessons.jsonl"),
            budget=Budget(Limits()),
            vault=Vault(),
            emit=self._hear,
            instructions=Instructions(self._workspace, self._git),
        )

    def _hear(self, event: Event) -> None:
        if isinstance(event, CodeFound):
            self._files = tuple(file["path"] for file in event.files[:MOST_FILES])

    def _now(self) -> datetime:
        assert self._at is not None  # nothing is remembered before the first task
        return self._at
