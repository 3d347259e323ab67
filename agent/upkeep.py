"""Looks after memory once a session has ended and its result is shown."""

from agent.config import Settings
from agent.errors import ConfigError
from agent.phrases import count
from agent.place import Place, open_memory
from memory.errors import MemoryStoreError
from memory.upkeep import Kept


def check_upkeep(settings: Settings) -> None:
    """Make sure that the setting can be understood.

    Raises:
        ConfigError: It says something else than auto or off.
    """
    if settings.upkeep not in ("auto", "off"):
        raise ConfigError(f"memory.upkeep must be auto or off, not {settings.upkeep!r}.")


def keep_up(place: Place) -> str | None:
    """Prune what may go without asking, if it is due; returns a line on what was done and how to undo it.

    Does nothing where memory must not learn. A failure must not spoil a session that is over: the next
    session tries again.
    """
    if place.settings.upkeep == "off" or place.settings.learn == "off":
        return None
    try:
        kept = open_memory(place, "upkeep")[0].pruner().keep_up()
    except (MemoryStoreError, KeyboardInterrupt):
        return None
    return _told(kept) if kept else None


def _told(kept: Kept) -> str:
    into = f", {kept.summaries} made of several instead" if kept.summaries else ""
    gone = count(kept.gone, "memory")
    return f"Upkeep of memory: {gone} retired{into}. To undo that: oldhand memory undo {kept.turn}"
