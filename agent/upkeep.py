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
    """Prune what may go without asking, if it is time; a line on what was done and how to take it back.

    Not where memory is to learn nothing. And nothing of it may spoil a session that is over: where it
    cannot be done now the next session does it.
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
    return f"Upkeep of memory: {gone} taken out of use{into}. Take it back: oldhand memory undo {kept.turn}"
