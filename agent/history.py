"""The runs and chats of a repository: list, undo, redo."""

import os
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from agent.output import print_json
from agent.phrases import one_line
from agent.place import Place, open_ledger, open_memory, open_place
from agent.terminal import stdout_console
from graph.errors import NothingToUndo
from graph.ledger import Ledger, Turn
from graph.structure import refresh_structure
from graph.undo import MadeAgain, TakenBack, end_of
from graph.undo import redo as make_again
from graph.undo import undo as take_back
from memory.memory import Memory
from tools.restoring import Reverted
from tools.snapshots import Snapshots

LINE = 100  # characters of a task that are shown


def undo(folder: Path, name: str | None, flags: dict[str, Any], *, as_json: bool) -> None:
    """Undo a turn and show what changed.

    Raises:
        NothingToUndo: There is no such turn.
    """
    place = open_place(folder, flags)
    ledger, snapshots = open_ledger(place), place.snapshots
    turn = turn_to_undo(ledger, snapshots, place.workspace.root, name)
    memory = open_memory(place)[0]
    done = take_back(turn, ledger, snapshots, memory)
    restored = {"restored_memories": done.restored_memories}
    _tell(place, memory, done, describe(done), restored if as_json else None)


def redo(folder: Path, name: str | None, flags: dict[str, Any], *, as_json: bool) -> None:
    """Redo a turn that was undone, and show what changed.

    Raises:
        NothingToRedo: There is no such turn, or a new one has started since.
    """
    place = open_place(folder, flags)
    ledger = open_ledger(place)
    turn = ledger.to_redo(place.workspace.root, name)
    memory = open_memory(place)[0]
    done = make_again(turn, ledger, place.snapshots, memory)
    changed = {"changed_memories": done.changed_memories}
    _tell(place, memory, done, describe_again(done), changed if as_json else None)


def _tell(
    place: Place,
    memory: Memory,
    done: TakenBack | MadeAgain,
    lines: list[str],
    more: dict[str, list[str]] | None,
) -> None:
    """Let structural memories follow the files, and say what was done: in lines, or with `more` as JSON."""
    refresh_structure(memory, place.workspace)
    if more is None:
        console = stdout_console()
        for line in lines:
            console.print(line, markup=False)
        return
    files = done.files
    print_json(
        {
            "turn": done.turn.turn,
            "task": done.turn.task,
            "restored": files.restored,
            "removed": files.removed,
            "merged": files.merged,
            "conflicts": files.conflicts,
            "memories": done.memories,
            **more,
            "kept_memories": done.kept_memories,
        }
    )


def turn_to_undo(ledger: Ledger, snapshots: Snapshots, root: Path, name: str | None) -> Turn:
    """The turn that `undo` means: the named one, or the newest that changed files and was not undone.

    Args:
        ledger: The turns.
        snapshots: What each of them changed.
        root: The repository.
        name: A turn, or a session: then its newest turn that changed files.

    Raises:
        NothingToUndo: There is none, or it still runs.
    """
    turns = [turn for turn in ledger.turns(root, limit=1000) if name in (None, turn.turn, turn.session)]
    if any(turn.turn == name for turn in turns) or (name and not turns):
        found = ledger.to_undo(root, name)
    else:
        changed = (turn for turn in turns if not turn.undone and _changed_files(turn, snapshots))
        newest = next(changed, None)
        if newest is None:
            where = f"in {name}" if name else "here"
            raise NothingToUndo(
                f"No change is left to undo {where}. `oldhand sessions` lists the runs and chats."
            )
        found = newest
    if found.finished is None and not found.can_resume() and found.pid != os.getpid():
        raise NothingToUndo(f"{found.turn} is still running (process {found.pid}). Stop it first.")
    return found


def _changed_files(turn: Turn, snapshots: Snapshots) -> bool:
    return bool(snapshots.changes(turn.before, end_of(turn, snapshots)))


def describe(done: TakenBack) -> list[str]:
    """What undoing changed, in sentences."""
    lines = [f"Undid {done.turn.turn}: {one_line(done.turn.task, LINE)}", *_files(done.files)]
    lines += [f"  forgot    {memory}" for memory in done.memories]
    if done.restored_memories:
        lines.append(f"  restored  {', '.join(done.restored_memories)} as they were before")
    lines += [f"  kept      {memory}: changed since by a later run" for memory in done.kept_memories]
    return lines if len(lines) > 1 else [*lines, "  It changed nothing."]


def describe_again(done: MadeAgain) -> list[str]:
    """What redoing changed, in sentences."""
    lines = [f"Redid {done.turn.turn}: {one_line(done.turn.task, LINE)}", *_files(done.files)]
    lines += [f"  remembers {memory}" for memory in done.memories]
    if done.changed_memories:
        lines.append(f"  changed   {', '.join(done.changed_memories)} as the run had done")
    lines += [f"  kept      {memory}: changed since by something else" for memory in done.kept_memories]
    return lines if len(lines) > 1 else [*lines, "  It changed nothing."]


def _files(files: Reverted) -> list[str]:
    lines = [f"  put back  {path}" for path in files.restored]
    lines += [f"  removed   {path}" for path in files.removed]
    lines += [f"  merged    {path} (your later edits are kept)" for path in files.merged]
    return lines + [
        f"  left      {path}: you have edited it since; change it by hand" for path in files.conflicts
    ]


def list_turns(folder: Path, flags: dict[str, Any], *, as_json: bool) -> None:
    """The turns in this repository, newest first."""
    place = open_place(folder, flags)
    turns = open_ledger(place).turns(place.workspace.root)
    if as_json:
        print_json([_turn_json(turn) for turn in turns])
        return
    table = Table(box=None, pad_edge=False)
    for name in ("turn", "when", "kind", "who", "outcome", "task"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for turn in turns:
        table.add_row(
            turn.turn,
            turn.started[:16].replace("T", " "),
            turn.kind,
            Text(turn.user),
            state_of(turn),
            Text(one_line(turn.task, LINE)),
        )
    stdout_console().print(table if turns else "Nothing has been done here yet.")


def state_of(turn: Turn) -> str:
    """The state of a turn, in a word or two."""
    if turn.undone:
        return "undone"
    if turn.finished is None:
        return "stopped: resume" if turn.can_resume() else "running"
    outcome = str(turn.outcome).replace("_", " ")
    return f"{outcome}: resume" if turn.can_resume() else outcome


def _turn_json(turn: Turn) -> dict[str, Any]:
    return {
        "turn": turn.turn,
        "session": turn.session,
        "kind": turn.kind,
        "user": turn.user,
        "task": turn.task,
        "started": turn.started,
        "finished": turn.finished,
        "outcome": turn.outcome,
        "summary": turn.summary,
        "undone": turn.undone,
        "can_resume": turn.can_resume(),
    }
