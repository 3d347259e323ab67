"""One task, nobody to ask."""

from pathlib import Path
from typing import Any

import click

from agent.app import open_session
from agent.model import require_endpoint
from agent.output import print_line, print_result
from agent.place import open_ledger, open_memory, open_place
from agent.render import TerminalView
from agent.terminal import stderr_console
from graph.events import Emit, Event, Noticed, RunFinished
from graph.session import Session
from memory.errors import MemoryStoreError
from memory.memory import Memory
from tools.permissions import Action


def run(folder: Path, task: str, flags: dict[str, Any], wishes: dict[str, Any]) -> int:
    """Run a task from its beginning and return the exit code.

    Args:
        folder: A folder in the repository.
        task: What shall be done.
        flags: Settings from the command line.
        wishes: `yes`, `plan_only`, `memory`, `output`, `verbosity`.
    """
    session = _open(folder, flags, wishes)[0]
    return _report(session.start(task, plan_only=wishes["plan_only"]), wishes)


def resume(folder: Path, name: str | None, flags: dict[str, Any], wishes: dict[str, Any]) -> int:
    """Go on with a run that stopped.

    Raises:
        NothingToResume: There is none.
    """
    place = open_place(folder, flags)
    turn = open_ledger(place).to_resume(place.workspace.root, name)
    session = _open(folder, flags, wishes, turn.session)[0]
    waiting = session.waits_for_consent(turn)
    decision = None
    if waiting is not None:
        if not wishes["approve"] and not wishes["refuse"] and not wishes["amend"]:
            raise click.UsageError(
                f"{turn.turn} waits for your word on its plan: --approve, --refuse, or --amend TEXT."
            )
        decision = _decision(wishes)
    return _report(session.resume(turn, decision), wishes)


def _decision(wishes: dict[str, Any]) -> dict[str, Any]:
    if wishes["amend"]:
        return {"do": "amend", "text": wishes["amend"]}
    return {"do": "refuse" if wishes["refuse"] else "approve"}


def _open(
    folder: Path, flags: dict[str, Any], wishes: dict[str, Any], session: str | None = None
) -> tuple[Session, Emit]:
    place = open_place(folder, flags)
    require_endpoint(place.settings)
    emit = _listener(wishes)
    if place.held_back:
        emit(
            Noticed(
                f"This repository's .oldhand/config.toml sets {', '.join(place.held_back)}; that counts only "
                "once you trust the file: oldhand config trust."
            )
        )
    memory: Memory | None = None
    if wishes["memory"]:
        try:
            memory, _ = open_memory(place)
        except MemoryStoreError as error:
            emit(Noticed(f"{error} This run goes on without memory."))

    def consent(action: Action, reason: str) -> bool:
        """With --yes the person has said yes to everything beforehand."""
        return True

    opened = open_session(place, emit, consent if wishes["yes"] else None, memory=memory, session=session)
    return opened, emit


def _listener(wishes: dict[str, Any]) -> Emit:
    if wishes["output"] == "stream-json":
        return print_line
    view = TerminalView(stderr_console(), wishes["verbosity"], show_answer=False)

    def hear(event: Event) -> None:
        view(event)

    return hear


def _report(finished: RunFinished, wishes: dict[str, Any]) -> int:
    print_result(wishes["output"])(finished)
    return finished.exit_code
