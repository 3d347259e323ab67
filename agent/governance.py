"""What `oldhand memory forget`, `export`, `import` and `audit` do."""

from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from agent.errors import ConfigError
from agent.memory_filters import date_of
from agent.output import print_json
from agent.phrases import count
from agent.place import Place, open_governance, open_memory, open_place, view_of
from agent.terminal import is_interactive, stdout_console
from memory import agents_md, exchange
from memory.accounts import Entry
from memory.clock import to_text
from memory.filters import ANY_STATUS, Where
from memory.governance import Choice, Governance
from memory.records import Record

Values = dict[str, Any]
SELECTORS = ("path", "author", "commit")


def forget(values: Values, memory_ids: tuple[str, ...], *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Delete memories for good."""
    place = place_of(values)
    named = [name for name in (*SELECTORS, "owner") if values[name]]
    if not memory_ids and not named:
        raise click.UsageError("Name the memories, or say which: --path, --author, --commit or --owner.")
    governance = open_governance(place)
    records, shared = _chosen(place, governance, memory_ids, values)
    if not as_json and (dry_run or (not yes and is_interactive())):
        for record in records:
            click.echo(f"{record.id}  {record.text}")
        if records and not dry_run:
            click.confirm(f"Delete {count(len(records), 'memory')} for good?", abort=True)
    if not dry_run:
        governance.forget(records, " and ".join(f"by {name}" for name in named) or None)
        governance.unname(shared, values["author"])
    gone, unnamed = [record.id for record in records], [record.id for record in shared]
    if as_json:
        done = {"forgotten": gone, "unnamed": unnamed, "would_forget": [], "would_unname": []}
        planned = {"forgotten": [], "unnamed": [], "would_forget": gone, "would_unname": unnamed}
        print_json(planned if dry_run else done)
        return
    if dry_run:
        click.echo(f"{count(len(gone), 'memory')} would be forgotten.", err=True)
    elif gone or not unnamed:
        click.echo(f"Forgot {', '.join(gone)}." if gone else "No memory matches this.")
    if unnamed:
        verb = "would be" if dry_run else "is"
        click.echo(f"Others said {', '.join(unnamed)} first: only the name {verb} taken out.", err=dry_run)


def export_lines(values: Values, file: Path | None) -> None:
    """All memories of this repository as JSON lines."""
    place = place_of(values)
    records = open_memory(place)[0].list(Where(status=ANY_STATUS))
    text = "".join(f"{line}\n" for line in exchange.lines_of(records))
    _hand_out(text, file, count(len(records), "memory"))
    open_governance(place).note_export(records, "jsonl")


def export_agents_md(values: Values, file: Path | None, *, private: bool) -> None:
    """The shared memories that hold just now, as a section of AGENTS.md; what else is in FILE stays."""
    place = place_of(values)
    memory, code = open_memory(place)
    memory.sync()
    records = agents_md.shareable(memory.list(), view_of(place), code, private=private)
    text = agents_md.section(records)
    if file is not None and file.exists():
        text = agents_md.merged(_text_of(file), text)
    told = [record for record in records if record.label in agents_md.TOLD]
    _hand_out(text, file, count(len(told), "memory"))
    open_governance(place).note_export(told, "agents-md")


def import_memories(values: Values, file: Path, *, as_json: bool) -> int:
    """Read memories from JSON lines; returns the exit code, 1 where a line could not be read.

    Raises:
        ConfigError: The file is not text.
    """
    place = place_of(values)
    lines = _text_of(file).split("\n")  # other line ends may stand inside a text
    done = exchange.import_lines(open_memory(place)[0], lines, view_of(place))
    _say_imported(done, as_json=as_json)
    return 1 if done.rejected else 0


def audit(values: Values, limit: int, *, as_json: bool) -> None:
    """Who did what to which memory, newest last."""
    wanted = {memory_id.lower() for memory_id in values["memory_ids"]}
    since, until = date_of(values["since"]), date_of(values["until"])
    entries = [
        entry
        for entry in open_governance(place_of(values)).audit()
        if (not wanted or entry.memory_id.lower() in wanted)
        and (not values["who"] or entry.who in values["who"])
        and (not values["events"] or entry.event in values["events"])
        and (since is None or entry.at >= since)
        and (until is None or entry.at < until)
    ][-limit:]
    if as_json:
        print_json([_entry_json(entry) for entry in entries])
        return
    table = Table(box=None, pad_edge=False)
    for name in ("when", "who", "by", "what", "memory", "of", "why"):
        table.add_column(name)
    for entry in entries:
        words = (entry.who, entry.via, entry.event, entry.memory_id, entry.owner, entry.why)
        table.add_row(f"{entry.at:%Y-%m-%d %H:%M}", *(Text(word or "") for word in words))
    stdout_console().print(table if entries else "Nothing here matches this.")


def place_of(values: Values) -> Place:
    """Where and as whom, by the flags of the command and those before its name."""
    before = click.get_current_context().find_root().obj or {}
    folder: Path = values.get("folder") or before.get("folder") or Path.cwd()
    user = values.get("user") or before.get("user")
    return open_place(folder, {"user": user} if user else {})


def _chosen(
    place: Place, governance: Governance, memory_ids: tuple[str, ...], values: Values
) -> tuple[list[Record], list[Record]]:
    """The memories with these ids, or those for which every condition holds; and what was only said again."""
    memory, _ = open_memory(place)
    named = [memory.get(memory_id, ever=True) for memory_id in memory_ids]
    kept = {record.id for record in named}
    conditions: list[list[Record]] = []
    shared: list[Record] = []
    if any(values[name] for name in SELECTORS):
        commits = tuple(_full_commit(place, commit) for commit in values["commit"])
        choice = Choice(values["path"], values["author"], commits)
        conditions.append([*governance.matching(choice.where()), *governance.taken_away(choice)])
        shared = [] if values["owner"] else governance.said_again(choice)
        shared = [record for record in shared if not kept or record.id in kept]
    if values["owner"]:
        conditions.append(governance.private_to(values["owner"]))
    if not conditions:
        return named, []
    both = set.intersection(*({record.id for record in found} for found in conditions))
    both &= kept or both
    return [record for record in conditions[0] if record.id in both], shared


def _full_commit(place: Place, commit: str) -> str:
    """The whole id of a commit; one that is not known here (any more) is taken as it is written."""
    found = place.git.call("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", check=False)
    return found.stdout.decode().strip() or commit


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read as text: {error}.") from error


def _hand_out(text: str, file: Path | None, what: str) -> None:
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}.") from error
    click.echo(f"Wrote {what} to {file}.", err=True)


def _say_imported(done: exchange.Imported, *, as_json: bool) -> None:
    if as_json:
        written = [
            {"id": item.record.id if item.record else None, "event": item.event, "reason": item.reason}
            for item in done.written
        ]
        rejected = [{"line": number, "reason": reason} for number, reason in done.rejected]
        print_json({"written": written, "rejected": rejected})
        return
    kept = sum(item.record is not None for item in done.written)
    refused = len(done.written) - kept + len(done.rejected)
    click.echo(f"{count(kept, 'memory')} kept, {refused} refused.")
    for number, reason in done.rejected:
        click.echo(f"  line {number}: {reason}", err=True)


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "at": to_text(entry.at),
        "who": entry.who,
        "via": entry.via,
        "event": entry.event,
        "id": entry.memory_id,
        "owner": entry.owner,
        "turn": entry.turn,
        "why": entry.why,
    }
