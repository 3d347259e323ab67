"""What `oldhand memory …` does."""

from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from agent.memory_filters import date_of, past_of, where_of
from agent.memory_view import memory_page, memory_table
from agent.output import print_json
from agent.place import Place, open_memory, open_place
from agent.terminal import stdout_console
from memory.clock import to_text
from memory.errors import EmbedderUnavailable
from memory.filters import BELIEVED
from memory.memory import Memory
from memory.packet import Recalled
from memory.ranking import ordered
from memory.records import Anchors, Draft, Kind, Origin, Provenance, Scope, symbols
from memory.scopes import hidden_because
from memory.verification import verify

Values = dict[str, Any]


def list_memories(values: Values, limit: int | None, *, as_json: bool) -> None:
    """The memories that pass the filters, newest first."""
    where = where_of(values)
    place, memory, _ = open_for(values)
    if values["as_of"]:
        records = memory.as_of(past_of(place.git, values["as_of"]), where)
    else:
        records = memory.list(where, limit if values["order"] == "relevance" else None)
    records = ordered(records, values["order"])[:limit]
    if as_json:
        print_json([record.to_json() for record in records])
    elif not records and where != BELIEVED:
        click.echo("No memory matches these filters.")
    else:
        stdout_console().print(memory_table(records))


def search(values: Values, query: str, limit: int, *, explain: bool, as_json: bool) -> None:
    """What a prompt would get, best first."""
    place, memory, _ = open_for(values)
    if values["as_of"]:
        records = memory.as_of(past_of(place.git, values["as_of"]), where_of(values), query)
        found = [Recalled(record, 0.0, {}, f"as of {values['as_of']}") for record in records[:limit]]
    else:
        found = memory.search(query, where_of(values), limit)
    for notice in memory.notices():
        click.echo(notice, err=True)
    by_id = {item.record.id: item for item in found}
    found = [by_id[record.id] for record in ordered([item.record for item in found], values["order"])]
    if as_json:
        print_json(
            [
                {**item.record.to_json(), "score": item.score, "verified": item.verified, "why": item.why}
                for item in found
            ]
        )
        return
    console = stdout_console()
    console.print(
        memory_table([item.record for item in found]) if found else "Nothing relevant is remembered."
    )
    if explain:
        for item in found:
            parts = " + ".join(f"{name} {part:.3f}" for name, part in item.why.items())
            console.print(f"{item.record.id}  {item.score:.3f} = {parts}; {item.verified}", markup=False)


def show(values: Values, memory_id: str, *, as_json: bool) -> None:
    """One memory whole, checked against the code.

    Raises:
        UnknownMemory: There is none with that id.
    """
    _, memory, code = open_for(values)
    record = memory.get(memory_id)
    verdict = verify(record, code)
    hidden = hidden_because(record, memory.view, code)
    if as_json:
        print_json({**record.to_json(), "verified": verdict.phrase, "hidden": hidden})
    else:
        stdout_console().print(memory_page(record, verdict.phrase, hidden))


def add(values: Values, text: str, *, as_json: bool) -> None:
    """Remember a text; exit code 1 where curation refuses it.

    Raises:
        UnknownMemory: It replaces or rests on a memory that is not there.
    """
    place, memory, code = open_for(values)
    for memory_id in values["depends_on"]:
        memory.get(memory_id)
    kind = Kind(values["kind"]) if values["kind"] else None
    draft = Draft(
        text=text,
        kind=kind,
        label=values["label"],
        level=values["level"],
        scope=Scope(branch=values["branch"], environment=values["environment"]),
        anchors=Anchors(
            paths=values["path"], symbols=symbols(*values["symbol"]), components=values["component"]
        ),
        because=values["because"],
        supersedes=values["supersedes"],
        depends_on=values["depends_on"],
        confidence=values["confidence"],
        expires_at=date_of(values["expires"]),
        provenance=Provenance(origin=Origin.USER, author=place.user),
    )
    written = memory.add(draft)
    if written.record is None:
        raise click.ClickException(f"Not kept: {written.reason}.")
    verdict = verify(written.record, code)
    if verdict.outcome == "gone":
        click.echo(f"Note: with the code as it is now, it will not be recalled: {verdict.phrase}.", err=True)
    if as_json:
        print_json({**written.record.to_json(), "event": written.event})
    else:
        stdout_console().print(f"{written.record.id} {written.event}: {written.record.text}", markup=False)


def edit(values: Values, memory_id: str, *, as_json: bool) -> None:
    """Change fields of a memory."""
    changes: Values = {
        name: values[name] for name in ("text", "label", "because", "confidence") if values[name] is not None
    }
    anchors = {
        field: list(values[flag])
        for flag, field in (("path", "paths"), ("symbol", "symbols"), ("component", "components"))
        if values[flag]
    }
    scope = {name: values[name] for name in ("branch", "environment") if values[name]}
    changes |= {"anchors": anchors} if anchors else {}
    changes |= {"scope": scope} if scope else {}
    changes |= {"depends_on": list(values["depends_on"])} if values["depends_on"] else {}
    expires = date_of(values["expires"])
    changes |= {"expires_at": to_text(expires)} if expires else {}
    if not changes:
        raise click.UsageError("Say what to change, for example with --text or --path.")
    record = open_for(values)[1].edit(memory_id, changes, reason=values["reason"] or "changed by hand")
    if as_json:
        print_json(record.to_json())
    else:
        stdout_console().print(f"{record.id} changed: {record.text}", markup=False)


def history(values: Values, memory_id: str, *, as_json: bool) -> None:
    """Every change of a memory, oldest first."""
    changes = open_for(values)[1].history(memory_id)
    if as_json:
        print_json([change.to_json() for change in changes])
        return
    table = Table(box=None, pad_edge=False)
    for name in ("when", "what", "turn", "why"):
        table.add_column(name)
    for change in changes:
        when = f"{change.at:%Y-%m-%d %H:%M}"
        table.add_row(when, change.event, change.turn or "", Text(change.reason or ""))
    stdout_console().print(table)


def embed(values: Values) -> None:
    """Compute every missing vector for the chosen level of recall."""
    _, memory, _ = open_for(values)
    try:
        count = memory.embed_all()
    except EmbedderUnavailable as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Embedded {count} memories." if count else "Every memory already has its vector.")


def open_for(values: Values) -> tuple[Place, Memory, Any]:
    """The place that a command means, its memory, and the code that memory is checked against."""
    before = click.get_current_context().find_root().obj or {}
    folder: Path = values.get("folder") or before.get("folder") or Path.cwd()
    user = values.get("user") or before.get("user")
    place = open_place(folder, {"user": user} if user else {})
    memory, code = open_memory(place)
    return place, memory, code
