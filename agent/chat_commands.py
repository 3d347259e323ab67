"""The slash commands of a chat."""

import re

from rich.console import Console

from agent.diff_view import diff_view
from agent.history import describe, describe_again, state_of, turn_to_undo
from agent.memory_view import memory_table
from agent.place import Place
from graph.errors import NothingToRedo, NothingToUndo
from graph.ledger import Ledger
from graph.structure import refresh_structure
from graph.undo import redo as make_again
from graph.undo import undo as take_back
from memory.errors import MemoryFault
from memory.memory import Memory
from memory.records import Anchors, Draft, Origin, Provenance
from tools.clues import clues_in
from tools.errors import PathError, WorkspaceError

COMMANDS = {
    "/memory": "what is remembered; /memory WORDS: about these words; /memory forget ID: delete for good",
    "/remember": "/remember TEXT: keep it for later work, anchored to the files it names",
    "/diff": "what has changed since this session started",
    "/undo": "undo the last change of this session: files and memories",
    "/redo": "redo what was undone last, as long as nothing new was started",
    "/continue": "continue a message that was interrupted",
    "/new": "start a new session, without what was said so far",
    "/sessions": "what has been done in this repository",
    "/help": "this list",
    "/quit": "leave; `oldhand resume` continues",
}
MENTION = "@ completes a path: files that a message names are looked at first."
KEYS = "Esc Enter, or a backslash at the end of a line, starts a new line. Ctrl-C stops the current turn."


class ChatCommands:
    """Carries out the lines that begin with a slash.

    Args:
        place: The repository.
        ledger: Its turns.
        memory: Its memories, or None without.
        session: The chat's session.
        console: Where to answer.
    """

    def __init__(
        self, place: Place, ledger: Ledger, memory: Memory | None, session: str, console: Console
    ) -> None:
        self._place = place
        self._ledger = ledger
        self._memory = memory
        self._session = session
        self._console = console
        self._snapshots = place.snapshots

    def run(self, name: str, rest: str) -> None:
        """Carry out one command; an error is shown, and the chat continues."""
        action = {
            "help": self._help,
            "memory": self._memories,
            "remember": self._remember,
            "diff": self._diff,
            "undo": self._undo,
            "redo": self._redo,
            "sessions": self._sessions,
        }.get(name)
        if action is None:
            self._say(f"There is no command /{name}. /help lists them.")
            return
        try:
            action(rest)
        except (NothingToUndo, NothingToRedo, MemoryFault, WorkspaceError) as error:
            self._say(str(error))

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False)

    def _help(self, _rest: str) -> None:
        for name, text in COMMANDS.items():
            self._say(f"{name:<11}{text}")
        self._say(MENTION)
        self._say(KEYS)

    def _memories(self, words: str) -> None:
        command, _, memory_id = words.partition(" ")
        if self._memory is None:
            self._say("This chat runs without memory.")
        elif command == "forget" and memory_id:
            self._memory.forget(memory_id.strip())
            self._say(f"Forgot {memory_id.strip()}.")
        elif words:
            found = self._memory.search(words)
            self._console.print(
                memory_table([item.record for item in found]) if found else "Nothing relevant is remembered."
            )
        else:
            self._console.print(memory_table(self._memory.list()))

    def _remember(self, text: str) -> None:
        if self._memory is None:
            self._say("This chat runs without memory.")
            return
        if not text:
            self._say("Say what to remember: /remember TEXT.")
            return
        said = re.sub(r"(?<!\S)@(?=\S)", "", text)  # a mention
        paths = tuple(path for path in clues_in(said).paths if self._is_here(path))
        by = Provenance(origin=Origin.USER, session=self._session, author=self._place.user)
        written = self._memory.add(Draft(said, anchors=Anchors(paths=paths), provenance=by))
        if written.record is None:
            self._say(f"Not kept: {written.reason}.")
        else:
            self._say(f"{written.record.id} {written.event}: {written.record.text}")

    def _is_here(self, path: str) -> bool:
        try:
            return self._place.workspace.locate(path).exists()
        except PathError:
            return False

    def _diff(self, _rest: str) -> None:
        turns = self._ledger.of_session(self._session)
        if not turns:
            self._say("Nothing has been done in this session yet.")
            return
        now = self._snapshots.take(f"{self._session}/diff")
        diff = self._snapshots.diff(turns[0].before, now)
        self._console.print(diff_view(diff) if diff else "Nothing has changed.")

    def _undo(self, _rest: str) -> None:
        if not self._ledger.of_session(self._session):
            self._say("Nothing has been done in this session yet.")
            return
        root = self._place.workspace.root
        turn = turn_to_undo(self._ledger, self._snapshots, root, self._session)
        for line in describe(take_back(turn, self._ledger, self._snapshots, self._memory)):
            self._say(line)
        self._follow_files()

    def _redo(self, _rest: str) -> None:
        turn = self._ledger.to_redo(self._place.workspace.root, self._session)
        for line in describe_again(make_again(turn, self._ledger, self._snapshots, self._memory)):
            self._say(line)
        self._follow_files()

    def _follow_files(self) -> None:
        if self._memory:
            refresh_structure(self._memory, self._place.workspace)

    def _sessions(self, _rest: str) -> None:
        for turn in self._ledger.turns(self._place.workspace.root, limit=15):
            started = turn.started[:16].replace("T", " ")
            self._say(f"{turn.turn}  {started}  {state_of(turn)}  {' '.join(turn.task.split())[:80]}")
