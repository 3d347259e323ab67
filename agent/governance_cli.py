"""`oldhand memory forget`, `export`, `import`, `audit`, `stats`: what is kept and what it is worth."""

import sys
from pathlib import Path
from typing import Any

import click

from agent.flags import json_flag, place_flags

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("memory_ids", metavar="[ID]...", nargs=-1)
@click.option("--path", multiple=True, help="Everything about this file, or this folder/.")
@click.option("--author", multiple=True, help="Everything this person wrote here.")
@click.option("--commit", multiple=True, metavar="SHA", help="Everything learned at this commit.")
@click.option("--owner", metavar="NAME", help="Everything private to this person, in every repository.")
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_flag
@place_flags
def forget(memory_ids: tuple[str, ...], yes: bool, dry_run: bool, as_json: bool, **values: Any) -> None:
    """Delete memories for good.

    Their texts leave the store, its history and its indexes. With several conditions, all of them must hold.
    """
    from agent.governance import forget as erase

    erase(values, memory_ids, yes=yes, dry_run=dry_run, as_json=as_json)


@click.command(name="export")
@click.argument("file", type=_FILE, required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "agents-md"]),
    default="jsonl",
    show_default=True,
    help="JSON lines for import, or a section of AGENTS.md.",
)
@click.option("--private", is_flag=True, help="Include your private ones in AGENTS.md.")
@place_flags
def export_memories(file: Path | None, form: str, private: bool, **values: Any) -> None:
    """Write the memories of this repository to FILE, or to standard output.

    All of them as JSON lines; or, as a section of AGENTS.md, those that are shared and hold right now. The
    rest of an AGENTS.md stays as it is.
    """
    from agent.governance import export_agents_md, export_lines

    if form == "agents-md":
        export_agents_md(values, file, private=private)
    else:
        export_lines(values, file)


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@json_flag
@place_flags
def import_memories(file: Path, as_json: bool, **values: Any) -> None:
    """Read memories from a FILE of JSON lines.

    Every field but `text` is optional; a memory that names no commit is anchored at HEAD.
    """
    from agent.governance import import_memories as read

    sys.exit(read(values, file, as_json=as_json))


@click.command()
@click.argument("memory_ids", metavar="[ID]...", nargs=-1)
@click.option("--who", multiple=True, metavar="NAME", help="Only what this person did.")
@click.option("--event", "events", multiple=True, metavar="NAME", help="Such as added or forgotten.")
@click.option("--since", metavar="DATE", help="On or after this day.")
@click.option("--until", metavar="DATE", help="Before this day.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="At most this many.")
@json_flag
@place_flags
def audit(limit: int, as_json: bool, **values: Any) -> None:
    """Show who did what to which memory, and when.

    The log holds no contents, so it may outlive what was forgotten.
    """
    from agent.governance import audit as show

    show(values, limit, as_json=as_json)


@click.command()
@click.option("--html", type=_FILE, metavar="FILE", help="Write a page with plots.")
@json_flag
@place_flags
def stats(html: Path | None, as_json: bool, **values: Any) -> None:
    """Show how much is remembered, how it is used, and what it costs."""
    from agent.stats import stats as show

    show(values, html, as_json=as_json)


COMMANDS = (forget, export_memories, import_memories, audit, stats)
