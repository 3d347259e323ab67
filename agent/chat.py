"""A conversation about a repository."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from agent.app import open_session
from agent.chat_commands import ChatCommands
from agent.model import require_endpoint
from agent.place import open_ledger, open_memory, open_place
from agent.render import TerminalView
from agent.terminal import is_interactive, stdout_console
from graph.events import RunFinished
from graph.ledger import new_session_id
from graph.session import Session
from memory.errors import MemoryStoreError
from memory.memory import Memory
from tools.permissions import Action

ReadLine = Callable[[str], str]


def chat(
    folder: Path, first: str, flags: dict[str, Any], wishes: dict[str, Any], resumed: str | None = None
) -> int:
    """Talk until the person leaves; returns the exit code.

    Args:
        folder: A folder in the repository.
        first: A first message, or nothing.
        flags: Settings from the command line.
        wishes: `memory`, `verbosity`.
        resumed: The session to go on with.
    """
    place = open_place(folder, flags)
    require_endpoint(place.settings)
    console = stdout_console()
    read = _reader()
    memory: Memory | None = None
    if wishes["memory"]:
        try:
            memory, _ = open_memory(place)
        except MemoryStoreError as error:
            console.print(f"! {error} This chat goes on without memory.", markup=False)
    name = resumed or new_session_id(place.clock()())
    view = TerminalView(console, wishes["verbosity"])
    session = open_session(
        place,
        view,
        lambda action, reason: _consent(console, read, action, reason),
        chat=True,
        memory=memory,
        session=name,
    )
    ledger = open_ledger(place)
    console.print(
        f"[bold]oldhand[/] in [bold]{place.workspace.root.name}[/] · {place.user} · session {name}\n"
        "[dim]Ask, or say what shall be done. /help lists the commands; /quit leaves.[/]"
    )
    for turn in ledger.of_session(name)[-3:]:
        console.print(f"› {turn.task}\n{turn.summary}", style="dim", markup=False)
    commands = ChatCommands(place, ledger, memory, name, console)
    message = first
    while True:
        if not message:
            try:
                message = read("\n› ").strip()
            except (EOFError, KeyboardInterrupt):
                break
        if message in ("/quit", "/exit"):
            break
        if message.startswith("/"):
            commands.run(message)
        elif message:
            _take_turn(session, message, console, read, ledger_turn=lambda: ledger.of_session(name)[-1])
        message = ""
    console.print(f"[dim]Go on later with: oldhand resume {name}[/]")
    return 0


def _take_turn(
    session: Session, message: str, console: Console, read: ReadLine, ledger_turn: Callable[[], Any]
) -> RunFinished:
    finished = session.start(message)
    while finished.outcome == "planned":
        finished = session.resume(ledger_turn(), _decide(console, read))
    return finished


def _decide(console: Console, read: ReadLine) -> dict[str, Any]:
    """Ask for the person's word on a plan."""
    console.print("\n[bold]Carry out this plan?[/] [dim]y = yes, n = no, or say what shall be otherwise[/]")
    try:
        answer = read("plan › ").strip()
    except (EOFError, KeyboardInterrupt):
        answer = "n"
    if answer.lower() in ("y", "yes", ""):
        return {"do": "approve"}
    if answer.lower() in ("n", "no"):
        return {"do": "refuse"}
    return {"do": "amend", "text": answer}


def _consent(console: Console, read: ReadLine, action: Action, reason: str) -> bool:
    """Ask before an action that a rule wants asked."""
    what = action.command or action.path or action.tool
    console.print(
        f"\n[bold yellow]{action.tool}[/] wants to do: [bold]{what}[/]\n[dim]{reason}[/]", soft_wrap=True
    )
    try:
        return read("allow? [y/N] › ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False


def _reader() -> ReadLine:
    """A line editor on a terminal; plain lines from a pipe."""
    if not is_interactive():

        def plain(prompt: str) -> str:
            line = sys.stdin.readline()
            if not line:
                raise EOFError
            return line

        return plain
    from prompt_toolkit import PromptSession

    prompt: PromptSession[str] = PromptSession()
    return prompt.prompt
