"""The slash commands of a chat."""

from rich.console import Console

from agent.history import describe
from agent.memory_view import memory_table
from agent.place import Place
from agent.render import diff_view
from graph.errors import NothingToUndo
from graph.ledger import Ledger, Turn
from graph.undo import undo as take_back
from memory.errors import MemoryFault
from memory.memory import Memory
from tools.errors import WorkspaceError
from tools.snapshots import Snapshots

HELP = """\
/memory            what is remembered here
/memory WORDS      what a prompt about these words would get
/memory forget ID  delete a memory without a trace
/diff              what this session has changed
/undo              take the last turn back: files and memories
/sessions          what has been done here
/help              this list
/quit              leave; `oldhand resume` goes on\
"""


class ChatCommands:
    """What a line that begins with a slash does.

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
        self._snapshots = Snapshots(place.git)

    def run(self, line: str) -> None:
        """Carry out one command; what goes wrong is said, and the chat goes on."""
        name, _, rest = line[1:].strip().partition(" ")
        action = {
            "help": self._help,
            "memory": self._memories,
            "diff": self._diff,
            "undo": self._undo,
            "sessions": self._sessions,
        }.get(name)
        if action is None:
            self._say(f"There is no command /{name}. /help lists them.")
            return
        try:
            action(rest.strip())
        except (NothingToUndo, MemoryFault, WorkspaceError) as error:
            self._say(str(error))

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False)

    def _help(self, _rest: str) -> None:
        self._say(HELP)

    def _memories(self, words: str) -> None:
        if self._memory is None:
            self._say("This chat goes without memory.")
            return
        command, _, memory_id = words.partition(" ")
        if command == "forget" and memory_id:
            self._memory.forget(memory_id.strip())
            self._say(f"Forgot {memory_id.strip()}.")
        elif words:
            found = self._memory.search(words)
            self._console.print(memory_table([item.record for item in found]))
        else:
            self._console.print(memory_table(self._memory.list()))

    def _diff(self, _rest: str) -> None:
        turns = self._turns()
        if not turns:
            self._say("Nothing has been done in this session yet.")
            return
        now = self._snapshots.take(f"{self._session}/diff")
        diff = self._snapshots.diff(turns[0].before, now)
        self._console.print(diff_view(diff) if diff else "Nothing has changed.")

    def _undo(self, _rest: str) -> None:
        turn = self._ledger.to_undo(self._place.workspace.root, None)
        for line in describe(take_back(turn, self._ledger, self._snapshots, self._memory)):
            self._say(line)

    def _sessions(self, _rest: str) -> None:
        for turn in self._ledger.turns(self._place.workspace.root, limit=15):
            self._say(f"{turn.turn}  {turn.started[:16]}  {turn.outcome or '…'}  {turn.task[:80]}")

    def _turns(self) -> list[Turn]:
        return self._ledger.of_session(self._session)
