"""Tool calls as a person reads them: one line for each tool, however often it was called in a row."""

from rich.markup import escape

from agent.phrases import gist
from graph.events import ToolCalled

UNSHOWN = ("submit_plan", "answer", "ask_person", "done")  # what they say is drawn in other ways


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


def _joined(counts: dict[str, int]) -> str:
    return "[dim],[/] ".join(
        escape(said) + (f" [dim]×{times}[/]" if times > 1 else "") for said, times in counts.items()
    )
