"""A conversation about a repository."""

import re
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from rich.console import Console

from agent.chat_commands import COMMANDS, ChatCommands
from agent.model import model_name, require_endpoint
from agent.person import Input, Lines, Person
from agent.place import (
    Place,
    held_back_notice,
    open_ledger,
    open_memory,
    open_place,
    open_place_again,
    sweep_memory,
)
from agent.render import TerminalView
from agent.terminal import is_interactive, stdout_console
from agent.upkeep import check_upkeep, keep_up
from graph.errors import NothingToResume
from graph.events import RunFinished
from graph.ledger import Ledger, Turn, new_session_id
from memory.errors import MemoryStoreError
from memory.memory import Memory
from tools.errors import WorkspaceError
from tools.listing import Listing
from tools.permissions import Action

if TYPE_CHECKING:
    from graph.session import Session

COMMAND = re.compile(r"/([a-z]+)(?:\s+(.*))?", re.DOTALL)


def chat(
    folder: Path, first: str, flags: dict[str, Any], verbosity: int = 0, resumed: str | None = None
) -> int:
    """Chat until the person leaves; returns the exit code.

    Args:
        folder: A folder in the repository.
        first: A first message, or an empty string.
        flags: Settings from the command line.
        verbosity: -1 to 2.
        resumed: The session to continue, with its flags where none are given.

    Raises:
        NothingToResume: There is no such session in this repository.
        NoModel: No usable endpoint is set.
    """
    place = open_place(folder, flags)
    if resumed:
        place = open_place_again(folder, _newest_turn(place, resumed), flags)
    require_endpoint(place.settings)
    check_upkeep(place.settings)  # a slip in it is told now, not after the work
    # The prompt comes first; what the first turn needs is loaded while the person types.
    loading = Thread(target=import_module, args=("agent.app",))
    loading.start()
    try:
        _talk(place, first, verbosity, resumed)
    finally:
        loading.join()
    return 0


def _newest_turn(place: Place, session: str) -> Turn:
    here = str(place.workspace.root)
    turns = [turn for turn in open_ledger(place).of_session(session) if turn.root == here]
    if not turns:
        raise NothingToResume(
            f"There is no session {session} here. `oldhand sessions` lists the runs and chats."
        )
    return turns[-1]


def _talk(place: Place, first: str, verbosity: int, resumed: str | None) -> None:
    place = replace(place, settings=replace(place.settings, model=model_name(place.settings)))
    console = stdout_console()
    Chat(place, console, _input(place, console), verbosity, resumed).talk(first)


def _input(place: Place, console: Console) -> Input:
    if not is_interactive():
        return Lines(console)
    from agent.line_editor import LineEditor

    listing = Listing(place.workspace.root)
    return LineEditor(place.paths.sessions / "typed", COMMANDS, lambda: _files(listing))


def _files(listing: Listing) -> list[str]:
    """The files that can be mentioned; none if git cannot list them: the chat continues without."""
    try:
        return listing.paths()
    except WorkspaceError:
        return []


class Chat:
    """One session of one person.

    Args:
        place: The repository, person and settings.
        console: Where everything is drawn.
        given: Where messages and answers come from.
        verbosity: -1 to 2.
        resumed: The session to continue, or None for a new one.
    """

    def __init__(
        self, place: Place, console: Console, given: Input, verbosity: int, resumed: str | None
    ) -> None:
        self._place = place
        self._console = console
        self._given = given
        self._verbosity = verbosity
        self._person = Person(console, given)
        self._ledger: Ledger = open_ledger(place)
        self._name = resumed or self._new_name()

    def talk(self, message: str) -> None:
        """Take messages until the person leaves, starting with this one unless it is empty."""
        self._greet()
        if message:
            self._console.print(f"\n› {message}", markup=False)
        try:
            self._converse(message)
        finally:
            self._close_session()
        if self._ledger.of_session(self._name):
            self._say(f"Continue later with: oldhand resume {self._name}")
            if self._memory and (told := keep_up(self._place)):
                self._say(told)

    def _converse(self, message: str) -> None:
        leaving = False  # one Ctrl-C may be a slip
        while True:
            try:
                message = message or self._listen()
                if message in ("/quit", "/exit"):
                    break
                leaving = False
                self._answer(message)
            except EOFError:
                break
            except KeyboardInterrupt:
                if leaving:
                    break
                leaving = True
                self._say("Ctrl-D or /quit leaves.")
            message = ""

    def _close_session(self) -> None:
        if "_session" in self.__dict__:  # none was opened where nothing was asked
            self._session.close()

    def _listen(self) -> str:
        self._console.print()
        return self._given.message().strip()

    def _answer(self, message: str) -> None:
        command = COMMAND.fullmatch(message)
        if command is None:
            if message:
                self._settle(self._session.start(message))
            return
        match command[1]:
            case "continue":
                self._go_on()
            case "new":
                self._begin_anew()
            case _:
                self._commands.run(command[1], (command[2] or "").strip())

    def _settle(self, finished: RunFinished) -> None:
        """Ask for decisions as long as a plan waits for one."""
        while finished.outcome == "planned":
            decision = self._person.decide()
            if decision is None:
                self._say("The plan is still waiting.")
                raise EOFError
            finished = self._session.resume(self._last, decision)
        if self._last.can_resume():
            self._say("/continue picks it up again.")

    def _allows(self, action: Action, reason: str) -> bool:
        self._view.rest()
        return self._person.allows(action, reason)

    def _go_on(self) -> None:
        """Take up the last turn where it stopped."""
        if not self._ledger.of_session(self._name) or not self._last.can_resume():
            self._say("There is nothing to continue here.")
            return
        waiting = self._session.waits_for_consent(self._last)
        decision = None
        if waiting is not None:
            self._view.show_plan(waiting["plan"])
            decision = self._person.decide()
            if decision is None:
                raise EOFError
        self._settle(self._session.resume(self._last, decision))

    def _begin_anew(self) -> None:
        """Start a new session: the model sees nothing of what was said so far."""
        self._close_session()
        self._name = self._new_name()
        for part in ("_session", "_commands"):
            with suppress(KeyError):
                del self.__dict__[part]
        self._say(f"session {self._name}")

    def _greet(self) -> None:
        place = self._place
        facts = (
            f"oldhand in {place.workspace.root.name}",
            place.user,
            place.settings.model,
            f"session {self._name}",
        )
        self._console.print(" · ".join(map(str, facts)), style="bold", markup=False)
        self._say("Ask a question or describe a task. /help lists the commands; /quit leaves.")
        if place.held_back:
            self._console.print(f"! {held_back_notice(place)}", style="yellow", markup=False)
        turns = self._ledger.of_session(self._name)
        for turn in turns[-3:]:
            self._say(f"\n› {turn.task}\n{turn.summary}")
        if turns and turns[-1].can_resume():
            self._say("It was interrupted: /continue picks it up again.")

    @property
    def _last(self) -> Turn:
        return self._ledger.of_session(self._name)[-1]

    def _say(self, text: str) -> None:
        self._console.print(text, style="dim", markup=False)

    def _new_name(self) -> str:
        return new_session_id(self._place.clock()())

    @cached_property
    def _view(self) -> TerminalView:
        return TerminalView(self._console, self._verbosity, chat=True)

    @cached_property
    def _memory(self) -> Memory | None:
        if not self._place.settings.memory:
            return None
        try:
            sweep_memory(self._place, "chat")
            return open_memory(self._place, "chat")[0]
        except MemoryStoreError as error:
            self._console.print(f"! {error} This chat continues without memory.", markup=False)
            return None

    @cached_property
    def _session(self) -> "Session":
        from agent.app import open_session

        return open_session(
            self._place, self._view, self._allows, chat=True, memory=self._memory, session=self._name
        )

    @cached_property
    def _commands(self) -> ChatCommands:
        return ChatCommands(self._place, self._ledger, self._memory, self._name, self._console)
