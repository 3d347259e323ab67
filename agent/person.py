"""The person at the other end: what they type, and what they decide about a plan or an action."""

import sys
from typing import Protocol

from rich.console import Console

from graph.state import Decision
from tools.permissions import Action

YES, NO = ("y", "yes"), ("n", "no")


class Input(Protocol):
    """What a person types. Both raise EOFError at its end, and KeyboardInterrupt on Ctrl-C."""

    def message(self) -> str:
        """A message, which may have several lines."""
        ...

    def word(self, prompt: str) -> str:
        """One line in answer to a question."""
        ...


class Lines:
    """Plain lines from standard input; a line that ends with a backslash continues on the next.

    Args:
        console: Where questions are put. What comes from a pipe is repeated there, for whoever reads it.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def message(self) -> str:
        """A message."""
        lines = [_line()]
        while lines[-1].endswith("\\"):
            lines[-1] = lines[-1][:-1]
            lines.append(_line())
        text = "\n".join(lines)
        self._console.print(f"› {text}", markup=False)
        return text

    def word(self, prompt: str) -> str:
        """One line."""
        self._console.print(prompt, end="", markup=False)
        line = _line()
        if not sys.stdin.isatty():
            self._console.print(line, markup=False)
        return line


def _line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


class Person:
    """The person who can be asked.

    Args:
        console: Where questions are put.
        given: Where answers come from.
    """

    def __init__(self, console: Console, given: Input) -> None:
        self._console = console
        self._given = given

    def decide(self) -> Decision | None:
        """Their decision about the plan that was just shown; None where they leave it open."""
        self._console.print(
            "\n[bold]Carry out this plan?[/] [dim]y = yes, n = no, or say what should change[/]"
        )
        while True:
            try:
                said = self._given.word("plan › ").strip()
            except KeyboardInterrupt:
                return {"do": "refuse"}
            except EOFError:
                return None
            if said.lower() in YES:
                return {"do": "approve"}
            if said.lower() in NO:
                return {"do": "refuse"}
            if said:
                return {"do": "amend", "text": said}

    def allows(self, action: Action, reason: str) -> bool:
        """Ask whether an action is allowed; silence means no.

        Raises:
            KeyboardInterrupt: They would rather stop the whole turn.
        """
        what = action.command or action.path or action.tool
        self._console.print(f"\n{action.tool} wants to do: {what}", style="bold yellow", markup=False)
        self._console.print(reason, style="dim", markup=False)
        try:
            return self._given.word("allow? [y/N] › ").strip().lower() in YES
        except EOFError:
            return False
