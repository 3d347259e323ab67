"""`oldhand resume`: continue a run that stopped, or reopen a chat."""

from pathlib import Path
from typing import Any

from agent import chat, headless
from agent.place import open_ledger, open_place
from graph.ledger import Ledger


def resume(folder: Path, name: str | None, flags: dict[str, Any], options: headless.RunOptions) -> int:
    """Continue the named run or chat, or the newest; returns the exit code.

    A chat is opened whether it was left or cut off, unless a decision about its plan comes with it.

    Raises:
        NothingToResume: There is none.
    """
    place = open_place(folder, flags)
    ledger, session = open_ledger(place), None
    if options.decision is None and options.output == "text":
        session = chat_meant(ledger, place.workspace.root, name)
    if session is None:
        turn = ledger.to_resume(place.workspace.root, name)
        return headless.resume(folder, turn, flags, options)
    return chat.chat(folder, "", flags, options.verbosity, session)


def chat_meant(ledger: Ledger, root: Path, name: str | None) -> str | None:
    """The session of the chat that a name means; None where it means a run, or nothing."""
    for turn in ledger.turns(root, limit=1000):
        if name in (None, turn.turn, turn.session) and (turn.kind == "chat" or turn.can_resume()):
            return turn.session if turn.kind == "chat" else None
    return None
