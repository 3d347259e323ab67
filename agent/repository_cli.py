"""Commands about a repository's runs and its code: `oldhand undo`, `sessions`, `sync` and so on."""

from typing import Any

import click

from agent.flags import folder_of, joined, json_flag, place_flags, settings_of


@click.command()
@click.argument("name", required=False, metavar="[ID]")
@json_flag
@place_flags
def undo(name: str | None, as_json: bool, **values: Any) -> None:
    """Undo a run: its files, and the memories it wrote.

    Without an ID, the newest run or chat message here that changed files; `oldhand sessions` lists the
    IDs. What you have edited since is kept. `oldhand redo` reapplies it.
    """
    from agent.history import undo as take_back

    values = joined(values)
    take_back(folder_of(values), name, settings_of(values), as_json=as_json)


@click.command()
@click.argument("name", required=False, metavar="[ID]")
@json_flag
@place_flags
def redo(name: str | None, as_json: bool, **values: Any) -> None:
    """Reapply a run that was undone: its files, and its memories.

    Without an ID, the one undone last; after several undos, as many redos reapply them all. Once a new
    run starts there is nothing to redo. What you have edited in between is kept.
    """
    from agent.history import redo as make_again

    values = joined(values)
    make_again(folder_of(values), name, settings_of(values), as_json=as_json)


@click.command()
@json_flag
@place_flags
def sessions(as_json: bool, **values: Any) -> None:
    """List the runs and chats in this repository, newest first."""
    from agent.history import list_turns

    values = joined(values)
    list_turns(folder_of(values), settings_of(values), as_json=as_json)


@click.command()
@click.option("-q", "--quiet", is_flag=True, help="Print nothing and never fail: for hooks.")
@json_flag
@place_flags
def sync(as_json: bool, quiet: bool, **values: Any) -> None:
    """Bring memory up to date with the repository's commits and files."""
    from agent.code_commands import sync as bring_up
    from agent.code_commands import sync_quietly

    values = joined(values)
    if quiet:
        sync_quietly(folder_of(values), settings_of(values))
    else:
        bring_up(folder_of(values), settings_of(values), as_json=as_json)


@click.command()
@json_flag
@place_flags
def index(as_json: bool, **values: Any) -> None:
    """Bring the symbol index up to date with the files."""
    from agent.code_commands import index as bring_up

    values = joined(values)
    bring_up(folder_of(values), settings_of(values), as_json=as_json)


@click.command()
@click.argument("words", metavar="TASK", nargs=-1, required=True)
@json_flag
@place_flags
def search(words: tuple[str, ...], as_json: bool, **values: Any) -> None:
    """Show the code that the search step finds for a TASK."""
    from agent.code_commands import search as find

    values = joined(values)
    find(folder_of(values), " ".join(words), settings_of(values), as_json=as_json)


COMMANDS = (undo, redo, sessions, sync, index, search)
