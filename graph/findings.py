"""What came up on the way of a run, in few words, for whoever draws lessons from it. Pure."""

from collections.abc import Iterator, Sequence

from graph.digest import Happened, events_of, is_error, said_by_model
from graph.shortening import beginning
from graph.transcript import Message

MOST_CHARS = 3_000
NOTES_SHARE = 3  # a third of that at most for what the model said itself
COMMAND_CHARS = 160
REFUSED_CHARS = 240
PRINTED_LINES = 5
PRINTED_CHARS = 360
NOTHING = "(nothing but what the plan and the tests say)"
_ENDS = ("submit_plan", "answer", "ask_person", "done")


def findings(messages: Sequence[Message], most: int = MOST_CHARS) -> str:
    """The model's own notes, what commands printed, and what tools refused; the newest where room is short.

    Args:
        messages: The conversation of a turn.
        most: About how many characters at the most.
    """
    notes = _newest(said_by_model(messages), most // NOTES_SHARE)
    found = _newest(list(_seen(events_of(messages))), most - sum(map(len, notes)))
    return "\n".join([*notes, *found]) or NOTHING


def _seen(events: Sequence[Happened]) -> Iterator[str]:
    """What the shell printed and what tools said no to, once each."""
    told: set[str] = set()
    for name, given, result in events:
        if name == "shell":
            said = _printed(str(given.get("command", "")), result)
        elif is_error(result) and name not in _ENDS:
            said = f"- {name} was refused: {beginning(' '.join(result.split()), REFUSED_CHARS)}"
        else:
            continue
        if said not in told:
            told.add(said)
            yield said


def _printed(command: str, result: str) -> str:
    """A command, how it ended, and the last lines of what it printed: there it says what was wrong."""
    ending, _, printed = result.partition("\n")
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()][-PRINTED_LINES:]
    shown = "\n".join(f"  {line}" for line in lines)[-PRINTED_CHARS:]
    head = f"- `{beginning(' '.join(command.split()), COMMAND_CHARS)}`: {beginning(ending, COMMAND_CHARS)}"
    return f"{head}\n{shown}" if shown else head


def _newest(parts: Sequence[str], most: int) -> list[str]:
    """The newest parts that fit, in their order."""
    kept: list[str] = []
    for part in reversed(parts):
        most -= len(part) + 1
        if most < 0:
            break
        kept.append(part)
    return kept[::-1]
