"""What a person decides about many memories at once: the inbox, pruning, and undoing either."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from agent.memory_commands import open_for
from agent.memory_filters import where_of
from agent.memory_view import memory_table
from agent.output import print_json
from agent.phrases import count
from agent.terminal import stdout_console
from memory.filters import BELIEVED
from memory.inbox import APPROVED, REJECTED
from memory.memory import Memory
from memory.pruning import Pruning
from memory.records import Record, Status

Values = dict[str, Any]


def inbox(values: Values, *, as_json: bool) -> None:
    """List what waits for approval, with the reason if there is one."""
    records = _waiting(open_for(values)[1], values)
    if as_json:
        print_json([record.to_json() for record in records])
        return
    stdout_console().print(memory_table(records) if records else "Nothing is waiting for your approval.")
    for record in records:
        if record.reason:
            stdout_console().print(f"{record.id} {record.reason}", markup=False)


def decide(values: Values, memory_ids: tuple[str, ...], *, everything: bool, approve: bool) -> None:
    """Approve or reject proposals: the named ones, those that pass the filters, or all of them."""
    memory = open_for(values)[1]
    filtered = where_of(values) != BELIEVED
    if not memory_ids and not everything and not filtered:
        raise click.UsageError(
            "Name the memories, select them with filters, or use --all. `oldhand memory inbox` lists them."
        )
    if memory_ids and (everything or filtered):
        raise click.UsageError("Either name the memories or select them with --all or filters, not both.")
    chosen = [memory.get(memory_id) for memory_id in memory_ids] or _waiting(memory, values)
    for record in chosen:
        if record.status is not Status.PROPOSED:
            raise click.ClickException(
                f"{record.id} is not waiting for approval: it is {record.status.value}."
            )
    status, reason = (Status.ACTIVE, APPROVED) if approve else (Status.DEPRECATED, REJECTED)
    for record in chosen:
        if memory.get(record.id).status is Status.PROPOSED:  # still: another decision may have touched it
            memory.edit(record.id, {"status": status.value, "reason": reason}, reason=reason)
    words = "Approved" if approve else "Rejected"
    click.echo(f"{words} {', '.join(record.id for record in chosen)}." if chosen else "Nothing waits.")


def prune(values: Values, *, dry_run: bool, as_json: bool) -> None:
    """Retire memories that are not worth keeping, or show which those would be."""
    memory = open_for(values)[1]
    turn = f"prune-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    found = memory.pruner().look() if dry_run else memory.pruner().prune(turn)
    if as_json:
        done = {"dry_run": dry_run, "turn": turn if found and not dry_run else None}
        print_json({**done, "pruned": [pruning.to_json() for pruning in found]})
        return
    if not found:
        click.echo("There is nothing to prune.")
        return
    stdout_console().print(_table(found))
    pruned = sum(len(pruning.records) for pruning in found)
    if dry_run:
        click.echo(f"{count(pruned, 'memory')} would be pruned; nothing was changed.")
    else:
        click.echo(f"{count(pruned, 'memory')} pruned. To undo that: oldhand memory undo {turn}")


def undo(values: Values, turn: str, *, as_json: bool) -> None:
    """Undo what one turn wrote to memory."""
    undone = open_for(values)[1].undo(turn)
    if as_json:
        print_json(
            {
                "turn": turn,
                "removed": undone.removed,
                "restored": [record.id for record in undone.restored],
                "conflicts": [{"id": held.record.id, "reason": held.reason} for held in undone.conflicts],
            }
        )
        return
    if not (undone.removed or undone.restored or undone.conflicts):
        raise click.ClickException(f"No turn {turn!r} wrote to this memory, or it was undone already.")
    click.echo(f"{count(len(undone.restored), 'memory')} restored, {len(undone.removed)} removed.")
    for held in undone.conflicts:
        click.echo(f"  {held.record.id} left as it is: {held.reason}", err=True)


def _waiting(memory: Memory, values: Values) -> list[Record]:
    return memory.list(replace(where_of(values), status=(Status.PROPOSED,)))


def _table(found: list[Pruning]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("id", "why", "text"):
        table.add_column(name, overflow="fold")
    for pruning in found:
        for record in pruning.records:
            table.add_row(record.id, pruning.why, Text(record.text))
    return table
