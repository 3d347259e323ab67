"""`oldhand resume`: a run that stopped goes on, a chat is opened again."""

from pathlib import Path
from typing import Any

from agent import chat, headless
from agent.place import open_ledger, open_place
from graph.ledger import Ledger


def resume(folder: Path, name: str | None, flags: dict[str, Any], wishes: headless.Wishes) -> int:
    """Go on with the named run or chat, or with the newest; returns the exit code.

    A chat is opened whether it was left or cut off, unless the word on its plan is given at once.

    Raises:
        NothingToResume: There is none.
    """
    place = open_place(folder, flags)
    session = None
    if wishes.decision is None and wishes.output == "text":
        session = chat_meant(open_ledger(place), place.workspace.root, name)
    if session is None:
        return headless.resume(folder, name, flags, wishes)
    return chat.chat(folder, "", flags, chat.Wishes(wishes.memory, wishes.verbosity), session)


def chat_meant(ledger: Ledger, root: Path, name: str | None) -> str | None:
    """The session of the chat that is meant; None where a run is meant, or nothing."""
    for turn in ledger.turns(root, limit=1000):
        if name in (None, turn.turn, turn.session) and (turn.kind == "chat" or turn.can_resume()):
            return turn.session if turn.kind == "chat" else None
    return None
