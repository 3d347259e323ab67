"""Frequent events, summed up for a person: one line per tool, one for all that the files say."""

from collections import Counter

from rich.markup import escape

from agent.phrases import gist
from graph.events import Event, MemoryWritten, ToolCalled

UNSHOWN = ("submit_plan", "answer", "ask_person", "done")  # what they say is drawn in other ways

_INDEXED = {"indexed": "noted", "reindexed": "corrected", "unindexed": "retired"}


class CallLog:
    """Gathers calls until something else is to be drawn."""

    def __init__(self) -> None:
        self._calls: list[tuple[str, str]] = []

    def add(self, event: ToolCalled) -> None:
        """Note a call."""
        if event.name not in UNSHOWN:
            self._calls.append((event.name, gist(event)))

    def take(self) -> list[str]:
        """The lines of what was gathered, as markup; the log is empty afterwards."""
        lines: list[tuple[str, dict[str, int]]] = []
        for name, said in self._calls:
            if not lines or lines[-1][0] != name:
                lines.append((name, {}))
            counts = lines[-1][1]
            counts[said] = counts.get(said, 0) + 1
        self._calls = []
        return [f"[dim]{escape(name)}[/] {_joined(counts)}" for name, counts in lines]


def is_of_the_files(event: Event) -> bool:
    """Whether a memory follows what the files say: these come by the dozen, and are only counted."""
    return isinstance(event, MemoryWritten) and event.event in _INDEXED


class IndexLog:
    """Gathers what was noted of the repository's own words until something else is to be drawn."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, event: MemoryWritten) -> None:
        """Note a memory that follows the files."""
        self._counts[_INDEXED[event.event]] += 1

    def take(self) -> list[str]:
        """The line of what was gathered, as markup; the log is empty afterwards."""
        told = ", ".join(f"{number} {verb}" for verb, number in self._counts.items())
        self._counts.clear()
        return [f"[dim]what the repository says of itself: {told}[/]"] if told else []


def _joined(counts: dict[str, int]) -> str:
    return "[dim],[/] ".join(
        escape(said) + (f" [dim]×{times}[/]" if times > 1 else "") for said, times in counts.items()
    )
