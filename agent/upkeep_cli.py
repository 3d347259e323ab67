"""Commands that keep memory up to date without being asked: `oldhand hooks …` and `oldhand ingest …`."""

from pathlib import Path
from typing import Any

import click

from agent.flags import folder_of, joined, json_flag, place_flags, settings_of


@click.group()
def hooks() -> None:
    """Keep memory up to date with git hooks."""


@hooks.command()
@json_flag
@place_flags
def install(as_json: bool, **values: Any) -> None:
    """Sync in the background after commits, merges, checkouts and rewrites.

    Existing hooks keep running; a git command never fails or waits because of these.
    """
    from agent.hooks import install as put_in

    _tell(values, put_in, as_json=as_json)


@hooks.command()
@json_flag
@place_flags
def status(as_json: bool, **values: Any) -> None:
    """Show which hooks are installed."""
    from agent.hooks import hooks_of

    _tell(values, hooks_of, as_json=as_json)


@hooks.command()
@json_flag
@place_flags
def uninstall(as_json: bool, **values: Any) -> None:
    """Remove the hooks, and restore what was there before."""
    from agent.hooks import uninstall as take_out

    _tell(values, take_out, as_json=as_json)


@click.group()
def ingest() -> None:
    """Learn from the results of other programs."""


@ingest.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--commit", required=True, metavar="SHA", help="The commit that was tested.")
@json_flag
@place_flags
def junit(file: Path, commit: str, as_json: bool, **values: Any) -> None:
    """Remember the failures and fixes in a JUnit FILE from CI."""
    from agent.ingest import ingest_junit
    from agent.output import print_json
    from agent.place import open_place

    values = joined(values)
    done = ingest_junit(open_place(folder_of(values), settings_of(values)), file, commit)
    if as_json:
        print_json(
            {
                "failures": [record.to_json() for record in done.failures],
                "fixes": [record.to_json() for record in done.fixes],
                "passed": done.passed,
            }
        )
        return
    for record in (*done.failures, *done.fixes):
        click.echo(f"{record.id}  {record.text}")
    click.echo(f"{len(done.failures)} failures, {len(done.fixes)} fixes, {done.passed} tests passed.")


def _tell(values: dict[str, Any], act: Any, *, as_json: bool) -> None:
    from agent.output import print_json
    from tools.git import Git
    from tools.workspace import Workspace

    git = Git(Workspace.open(folder_of(joined(values))).root)
    found = act(git)
    if as_json:
        print_json(
            [
                {"hook": hook.name, "state": hook.state, "chained": hook.chained, "file": str(hook.file)}
                for hook in found
            ]
        )
        return
    for hook in found:
        chained = ", then the hook that was there before" if hook.chained else ""
        click.echo(f"{hook.name:14} {hook.state}{chained}")


COMMANDS = (hooks, ingest)
