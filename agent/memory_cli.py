"""`oldhand memory …`: see and change what is remembered."""

from typing import Any

import click

from agent.flags import Command, json_flag, place_flags
from agent.governance_cli import COMMANDS

KINDS = ("structural", "semantic", "task", "preference")
ORDERS = ("relevance", "recency", "reliability", "use")
LEVELS = ("user", "repo", "org")
STATUSES = ("active", "proposed", "stale", "deprecated", "superseded", "expired", "all")


@click.group()
def memory() -> None:
    """See and change what is remembered."""


def _filters(command: Command) -> Command:
    """Add the filters of list and search."""
    command = _conditions(command)
    for option in (
        click.option("--as-of", metavar="COMMIT|DATE", help="What was believed then, unchecked."),
        click.option("--sort", "order", type=click.Choice(ORDERS), default="relevance", help="The order."),
        click.option(
            "--status", multiple=True, type=click.Choice(STATUSES), help="[default: active and stale]"
        ),
    ):
        command = option(command)
    return command


def _conditions(command: Command) -> Command:
    """Add the filters that hold for memories of any status."""
    for option in (
        click.option("--any", "any_of", multiple=True, metavar="FIELD=VALUE", help="At least one must hold."),
        click.option("--not", "none_of", multiple=True, metavar="FIELD=VALUE", help="None may hold."),
        click.option("--since", metavar="DATE", help="Written on or after this day."),
        click.option("--until", metavar="DATE", help="Written before this day."),
        click.option("--min-confidence", type=click.FloatRange(0, 1), help="At least this sure."),
        click.option("--author", multiple=True, help="Written by this person."),
        click.option(
            "--origin", multiple=True, help="From user, indexed, tests, commit, ci, imported or run."
        ),
        click.option("--scope", "level", multiple=True, type=click.Choice(LEVELS), help="Who it is for."),
        click.option("--environment", multiple=True, help="For this environment."),
        click.option("--branch", multiple=True, help="Learned on this branch."),
        click.option("--language", multiple=True, help="About code in this language."),
        click.option("--component", multiple=True, help="About this component."),
        click.option("--symbol", multiple=True, help="About path/to/file.py::Class.method, or a bare name."),
        click.option("--path", multiple=True, help="About this file, or this folder/."),
        click.option("--label", multiple=True, help="Such as design_decision or fix."),
        click.option("--kind", multiple=True, type=click.Choice(KINDS), help="Of this kind."),
    ):
        command = option(command)
    return command


def _fields(command: Command) -> Command:
    """Add the fields of add and edit."""
    for option in (
        click.option("--expires", metavar="DATE", help="Delete it on this day."),
        click.option("--depends-on", multiple=True, metavar="ID", help="It rests on this memory."),
        click.option("--confidence", type=click.FloatRange(0, 1), help="How sure it is."),
        click.option("--environment", help="It holds in this environment only."),
        click.option("--branch", help="It holds on this branch only."),
        click.option("--component", multiple=True, help="A component it is about."),
        click.option("--symbol", multiple=True, help="A symbol it is about, path/to/file.py::Class.method."),
        click.option("--path", multiple=True, help="A file it is about."),
        click.option("--because", help="The reason for it."),
        click.option("--label", help="Such as design_decision or style."),
    ):
        command = option(command)
    return command


@memory.command(name="list")
@_filters
@click.option("--limit", type=click.IntRange(1), help="At most this many.")
@json_flag
@place_flags
def list_memories(as_json: bool, limit: int | None, **values: Any) -> None:
    """List memories, newest first."""
    from agent.memory_commands import list_memories as show

    show(values, limit, as_json=as_json)


@memory.command()
@click.argument("words", metavar="QUERY", nargs=-1, required=True)
@_filters
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True, help="At most this many.")
@click.option("--explain", is_flag=True, help="Show what each rank is made of.")
@json_flag
@place_flags
def search(words: tuple[str, ...], limit: int, explain: bool, as_json: bool, **values: Any) -> None:
    """Show the memories a prompt about QUERY would get, best first.

    Each one is checked against the code; what no longer holds, or is not visible here, is left out.
    """
    from agent.memory_commands import search as show

    show(values, " ".join(words), limit, explain=explain, as_json=as_json)


@memory.command()
@click.argument("memory_id", metavar="ID")
@json_flag
@place_flags
def show(memory_id: str, as_json: bool, **values: Any) -> None:
    """Show everything about one memory, checked against the code."""
    from agent.memory_commands import show as show_one

    show_one(values, memory_id, as_json=as_json)


@memory.command()
@click.argument("words", metavar="TEXT", nargs=-1, required=True)
@click.option(
    "--kind",
    type=click.Choice(["structural", "semantic", "task", "preference"]),
    help="What kind of memory it is.",
)
@click.option("--scope", "level", type=click.Choice(LEVELS), help="Who it is for.")
@click.option("--supersedes", multiple=True, metavar="ID", help="It replaces this memory.")
@_fields
@json_flag
@place_flags
def add(words: tuple[str, ...], as_json: bool, **values: Any) -> None:
    """Remember TEXT."""
    from agent.memory_commands import add as write

    write(values, " ".join(words), as_json=as_json)


@memory.command()
@click.argument("memory_id", metavar="ID")
@click.option("--text", help="The new text.")
@click.option("--reason", help="Why you change it.")
@_fields
@json_flag
@place_flags
def edit(memory_id: str, as_json: bool, **values: Any) -> None:
    """Change a memory; its history keeps the old version."""
    from agent.memory_commands import edit as change

    change(values, memory_id, as_json=as_json)


@memory.command()
@click.argument("memory_id", metavar="ID")
@json_flag
@place_flags
def history(memory_id: str, as_json: bool, **values: Any) -> None:
    """Show every change to a memory, with its reason."""
    from agent.memory_commands import history as show_changes

    show_changes(values, memory_id, as_json=as_json)


@memory.command()
@_conditions
@json_flag
@place_flags
def inbox(as_json: bool, **values: Any) -> None:
    """List the memories that wait for your approval."""
    from agent.inbox_commands import inbox as show_proposed

    show_proposed(values, as_json=as_json)


@memory.command()
@click.argument("memory_ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Everything that waits.")
@_conditions
@place_flags
def approve(memory_ids: tuple[str, ...], everything: bool, **values: Any) -> None:
    """Approve memories that wait in the inbox."""
    from agent.inbox_commands import decide

    decide(values, memory_ids, everything=everything, approve=True)


@memory.command()
@click.argument("memory_ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Everything that waits.")
@_conditions
@place_flags
def reject(memory_ids: tuple[str, ...], everything: bool, **values: Any) -> None:
    """Reject memories that wait in the inbox, for good."""
    from agent.inbox_commands import decide

    decide(values, memory_ids, everything=everything, approve=False)


@memory.command()
@click.option("--dry-run", is_flag=True, help="Only show what would be pruned, and why.")
@json_flag
@place_flags
def prune(dry_run: bool, as_json: bool, **values: Any) -> None:
    """Retire memories that are not worth keeping.

    Those are the expired, the wrong and the never used; many old logs of work are merged into one.
    """
    from agent.inbox_commands import prune as take_out

    take_out(values, dry_run=dry_run, as_json=as_json)


@memory.command()
@click.argument("turn")
@json_flag
@place_flags
def undo(turn: str, as_json: bool, **values: Any) -> None:
    """Take back what one TURN wrote to memory.

    Its files stay as they are.
    """
    from agent.inbox_commands import undo as take_back

    take_back(values, turn, as_json=as_json)


@memory.command()
@place_flags
def embed(**values: Any) -> None:
    """Compute the vectors that the chosen level of recall still lacks."""
    from agent.memory_commands import embed as embed_all

    embed_all(values)


for command in COMMANDS:
    memory.add_command(command)
