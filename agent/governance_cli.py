"""`oldhand memory forget`, `export`, `import`, `audit`, `stats`: what is kept, and what it is worth."""

import sys
from pathlib import Path
from typing import Any

import click

from agent.flags import json_flag, place_flags

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("memory_ids", metavar="[ID]...", nargs=-1)
@click.option("--path", multiple=True, help="All about this file, or a folder with a final slash.")
@click.option("--author", multiple=True, help="All that this person wrote here.")
@click.option("--commit", multiple=True, metavar="SHA", help="All learned at this commit.")
@click.option("--owner", metavar="NAME", help="All that is private to this person, in every repository.")
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_flag
@place_flags
def forget(memory_ids: tuple[str, ...], yes: bool, dry_run: bool, as_json: bool, **values: Any) -> None:
    """Delete memories without a trace.

    Their texts leave the store, its history and its indexes. Several conditions: all of them must hold.
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
    help="For import, or a section for AGENTS.md.",
)
@click.option("--private", is_flag=True, help="Put your private ones into AGENTS.md too.")
@place_flags
def export_memories(file: Path | None, form: str, private: bool, **values: Any) -> None:
    """Write the memories of this repository.

    To FILE, or to standard output: as JSON lines, all of them; or as a section for AGENTS.md, those that are
    shared and hold just now. What else stands in an AGENTS.md stays as it is.
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

    All fields but `text` may be missing; what names no commit is anchored at HEAD.
    """
    from agent.governance import import_memories as read

    sys.exit(read(values, file, as_json=as_json))


@click.command()
@click.argument("memory_ids", metavar="[ID]...", nargs=-1)
@click.option("--who", multiple=True, metavar="NAME", help="Done by.")
@click.option("--event", "events", multiple=True, metavar="NAME", help="Such as added, recalled, forgotten.")
@click.option("--since", metavar="DATE", help="On or after this day.")
@click.option("--until", metavar="DATE", help="Before this day.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="The newest so many.")
@json_flag
@place_flags
def audit(limit: int, as_json: bool, **values: Any) -> None:
    """Show who did what to which memory, and when.

    The log holds no contents, so that it outlives what was forgotten.
    """
    from agent.governance import audit as show

    show(values, limit, as_json=as_json)


@click.command()
@click.option("--html", type=_FILE, metavar="FILE", help="Write a page with plots.")
@json_flag
@place_flags
def stats(html: Path | None, as_json: bool, **values: Any) -> None:
    """Say how much is remembered, how it is used, and what it costs."""
    from agent.stats import stats as show

    show(values, html, as_json=as_json)


COMMANDS = (forget, export_memories, import_memories, audit, stats)
