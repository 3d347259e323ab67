"""A session: the only place that starts and resumes the loop."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph import START
from langgraph.types import Command

from graph.budget import Budget, Limits, Prices
from graph.build import build
from graph.changes import changed_files, snapshot, turn_diff
from graph.checkpoints import open_checkpoints
from graph.code_view import RepositoryCode
from graph.context import Learn, Models, RunContext
from graph.dialogue import task_key
from graph.errors import ModelError
from graph.events import Emit, Event, MemoryWritten, RunFinished, RunStarted, TextStreamed
from graph.instructions import Instructions
from graph.kept_flags import to_keep
from graph.ledger import Ledger, Turn, said_before
from graph.outcome import EXIT_CODES, outcome_of, unseen
from graph.state import Decision, RunState
from graph.test_bench import TestBench
from graph.toolset import Toolset
from graph.transcript import Transcript
from graph.upkeep import expire_old_turns
from graph.vault import Vault
from memory.memory import Memory
from tools.errors import ConsentNeeded
from tools.git import Git
from tools.index import SymbolIndex
from tools.locate import Locator
from tools.snapshots import Snapshots
from tools.workspace import Workspace

STEPS = 400  # supersteps of LangGraph; the budgets end a run long before
TRANSCRIPTS = "transcripts"  # the folder of conversations


@dataclass(frozen=True)
class Parts:
    """What a session works with, built once from the settings."""

    workspace: Workspace
    git: Git
    snapshots: Snapshots
    index: SymbolIndex
    locator: Locator
    toolset: Callable[[TestBench], Toolset]
    bench: Callable[[], TestBench]
    memory: Memory | None
    models: Models
    clock: Callable[[], datetime]
    ledger: Ledger
    folder: Path  # of this person's sessions
    vault: Vault


@dataclass(frozen=True)
class Options:
    """How a person wants their runs; `flags` are what they gave on the command line."""

    user: str
    repository: str
    limits: Limits
    kind: Literal["run", "chat"] = "run"
    prices: Prices | None = None
    learn: Learn = "auto"
    approve_plans: bool = False
    answers_in_prose: bool = False
    flags: Mapping[str, Any] = field(default_factory=dict)


class Session:
    """One person at work in one repository, over one or more turns.

    Args:
        parts: The live objects.
        options: How the person wants their runs.
        session: The session's id.
        emit: Hears every event.
    """

    def __init__(self, parts: Parts, options: Options, session: str, emit: Emit) -> None:
        self._parts = parts
        self._options = options
        self._session = session
        self._listener = emit
        self._checkpoints = open_checkpoints(parts.folder / "checkpoints.db")
        self._loop = build(self._checkpoints, options.limits.attempts)
        self._written: list[MemoryWritten] = []

    def close(self) -> None:
        """End what goes on beside the turns: the index may still be read."""
        self._parts.index.close()

    def start(self, task: str, *, plan_only: bool = False) -> RunFinished:
        """Run a task from its beginning."""
        parts, options = self._parts, self._options
        task = parts.vault.hide(task)
        turn_id = f"{self._session}.{_next_number(parts.ledger.of_session(self._session))}"
        turn = Turn(
            turn=turn_id,
            session=self._session,
            kind=options.kind,
            repository=options.repository,
            root=str(parts.workspace.root),
            user=options.user,
            task=task,
            started=parts.clock().isoformat(timespec="milliseconds"),
            pid=os.getpid(),
            before=parts.snapshots.take(f"{turn_id}/before"),
            flags=to_keep(options.flags, parts.vault),
        )
        # First the state, then the ledger: what the ledger knows can be resumed.
        state: RunState = {"task": task, "plan_only": plan_only}
        self._loop.update_state(_config(turn_id), state, as_node=START)
        parts.snapshots.mark(f"{turn_id}/now", turn.before)
        parts.ledger.open(turn)
        self._end_redo()
        self._expire_old_turns()
        return self._go(turn, None, resumed=False)

    def resume(self, turn: Turn, decision: Decision | None = None) -> RunFinished:
        """Continue a turn that stopped: killed, out of budget, without a model, or for want of consent."""
        self._end_redo()
        self._parts.ledger.reopen(turn.turn, to_keep(self._options.flags, self._parts.vault))
        if turn.outcome == "budget":
            self._before_budget(turn)
        return self._go(turn, Command(resume=decision) if decision else None, resumed=True)

    def _before_budget(self, turn: Turn) -> None:
        """Go back to the step in which the budget was spent; what was remembered of its end is taken back."""
        saved = self._loop.get_state(_config(turn.turn)).values
        memory = self._parts.memory
        if memory is not None:
            memory.undo(turn.turn)
            memory.let_go(turn.turn)
            memory.note_recalled([record["id"] for record in saved["recalled"]], turn=turn.turn)
        again: RunState = {"ending": None}
        self._loop.update_state(_config(turn.turn), again, as_node="plan" if saved.get("plan") else "search")

    def waits_for_consent(self, turn: Turn) -> dict[str, Any] | None:
        """The plan that waits for a decision, if there is one."""
        for task in self._loop.get_state(_config(turn.turn)).tasks:
            for question in task.interrupts:
                return cast(dict[str, Any], question.value)
        return None

    def _end_redo(self) -> None:
        """What was taken back is made again no more: a turn builds on the files as they are."""
        for turn in self._parts.ledger.end_redo(self._parts.workspace.root):
            if self._parts.memory is not None:
                self._parts.memory.let_go(turn)

    def _expire_old_turns(self) -> None:
        parts = self._parts
        transcripts = parts.folder / TRANSCRIPTS
        expire_old_turns(
            parts.workspace.root, parts.clock(), parts.ledger, self._checkpoints, transcripts, parts.snapshots
        )

    def _go(self, turn: Turn, given: Command[Any] | None, *, resumed: bool) -> RunFinished:
        context = self._context(turn)
        saved = self._loop.get_state(_config(turn.turn)).values
        usages = [*context.transcript.usages(), *context.notebook.usages()]
        before = max([saved.get("seconds", 0.0), *context.transcript.noted("seconds")])
        context.budget.go_on(before, usages)
        started = RunStarted(
            turn.session,
            turn.turn,
            turn.task,
            str(self._parts.workspace.root),
            self._parts.git.branch(),
            context.models.of("plan").name,
            turn.user,
            resumed,
        )
        context.emit(started)
        outcome, reason = "error", "an error in oldhand itself"
        try:
            outcome, reason = self._invoke(turn, given, context)
        except ModelError as error:
            outcome, reason = "model", str(error)
        except ConsentNeeded as error:
            outcome, reason = "consent", str(error)
        except KeyboardInterrupt:
            outcome, reason = "interrupted", "stopped by you; `oldhand resume` continues"
        finally:
            context.bench.close()
            finished = self._finish(turn, context, outcome, reason)
        return finished

    def _invoke(self, turn: Turn, given: Command[Any] | None, context: RunContext) -> tuple[str, str]:
        config = _config(turn.turn)
        self._loop.invoke(given, config, context=context, durability="sync")
        snapshot = self._loop.get_state(config)
        if snapshot.next:
            return "planned", "the plan is waiting for your decision"
        return outcome_of(cast(RunState, snapshot.values))

    def _finish(self, turn: Turn, context: RunContext, outcome: str, reason: str) -> RunFinished:
        after = snapshot(context)
        state = self._loop.get_state(_config(turn.turn)).values
        plan = state.get("plan") or {}
        said = plan.get("text", "") if outcome in ("answered", "question") else state.get("summary", "")
        summary = said if outcome in ("passed", "answered", "untested", "question") and said else reason
        if outcome in ("passed", "untested") and said and (limit := unseen(cast(RunState, state))):
            summary = f"{said}\n\n{limit}"
        summary = self._parts.vault.hide(summary)
        changes = changed_files(context, after)
        self._parts.ledger.close(turn.turn, outcome, summary, after if changes else turn.before)
        spent, seconds = context.budget.spent, context.budget.seconds()
        context.transcript.note("end", "seconds", seconds)  # a step that was cut short has saved nothing
        finished = RunFinished(
            session=turn.session,
            turn=turn.turn,
            outcome=outcome,
            exit_code=EXIT_CODES[outcome],
            summary=summary,
            files=[change.to_json() for change in changes],
            diff=turn_diff(context, after),
            memories={
                "used": [memory["id"] for memory in state.get("recalled", [])],
                "cited": plan.get("memories", []),
                "written": [event.to_json() for event in self._written],
            },
            tests=state.get("report"),
            model_calls=spent.calls,
            tokens_in=spent.tokens_in,
            tokens_out=spent.tokens_out,
            first_request_tokens=context.budget.first_request_tokens,
            cost=context.budget.cost(),
            seconds=round(seconds, 3),
            model_seconds=round(spent.seconds, 3),
            plan=plan or None,
            cached=spent.cached,
            usage={node: of.to_json() for node, of in context.budget.by_node.items()},
        )
        finished = replace(finished, **self._parts.vault.hide_all(vars(finished)))
        context.emit(finished)
        return finished

    def _context(self, turn: Turn) -> RunContext:
        parts, options = self._parts, self._options
        folder = parts.folder / TRANSCRIPTS
        self._written = []
        bench = parts.bench()
        return RunContext(
            turn=turn.turn,
            session=turn.session,
            user=turn.user,
            workspace=parts.workspace,
            code=RepositoryCode(parts.workspace, parts.git, parts.index),
            snapshots=parts.snapshots,
            before=turn.before,
            index=parts.index,
            locator=parts.locator,
            toolset=parts.toolset(bench),
            bench=bench,
            memory=parts.memory,
            models=parts.models,
            clock=parts.clock,
            transcript=Transcript(folder / f"{turn.turn}.jsonl", parts.vault.hide_message),
            notebook=Transcript(folder / f"{turn.turn}.lessons.jsonl", parts.vault.hide_message),
            vault=parts.vault,
            budget=Budget(options.limits, options.prices, started=time.monotonic()),
            emit=self._hear,
            learn=options.learn,
            approve_plans=options.approve_plans,
            answers_in_prose=options.answers_in_prose,
            instructions=Instructions(parts.workspace, parts.git),
            earlier=said_before(parts.ledger.of_session(turn.session), turn),
            headers={"X-Oldhand-Task": task_key(turn.task)},
        )

    def _hear(self, event: Event) -> None:
        if not isinstance(event, TextStreamed | RunFinished):  # those are hidden where they are made
            event = replace(event, **self._parts.vault.hide_all(vars(event)))
        if isinstance(event, MemoryWritten):
            self._written.append(event)
        self._listener(event)


def _next_number(turns: list[Turn]) -> int:
    """The number of a session's next turn: old ones may be gone, so it is not their count."""
    return max((int(turn.turn.rpartition(".")[2]) for turn in turns), default=0) + 1


def _config(turn: str) -> RunnableConfig:
    return {"configurable": {"thread_id": turn}, "recursion_limit": STEPS}
