"""Memories on the terminal."""

from collections.abc import Sequence

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from memory.belief import reliability_of
from memory.records import FEEDABLE, Record, Scope

STATUS_STYLE = {
    "active": "green",
    "proposed": "cyan",
    "stale": "yellow",
    "deprecated": "red",
    "superseded": "dim",
    "expired": "dim",
}


def memory_table(records: Sequence[Record]) -> Table | str:
    """One line a memory."""
    if not records:
        return "Nothing is remembered here yet."
    table = Table(box=None, pad_edge=False)
    for name in ("id", "what", "status", "belief", "text"):
        table.add_column(name, no_wrap=name != "text", overflow="fold")
    for record in records:
        style = STATUS_STYLE[record.status.value]
        table.add_row(
            f"[bold magenta]{record.id}[/]",
            f"{record.kind.value}/{record.label}",
            f"[{style}]{record.status.value}[/]",
            f"{reliability_of(record):.2f}" if record.status in FEEDABLE else "–",
            escape(record.text),
        )
    return table


def memory_page(record: Record, verified: str, hidden: str | None = None) -> Group:
    """One memory whole; with the reason, where it does not apply to the code at hand."""
    rows = [
        ("kind", f"{record.kind.value}/{record.label}"),
        ("status", record.status.value + (f" ({record.reason})" if record.reason else "")),
        ("checked", verified),
        ("not recalled here", hidden or ""),
        ("scope", describe_scope(record.scope)),
        ("belief", f"{reliability_of(record):.2f} (written with {record.confidence:.2f})"),
        ("because", record.because or ""),
        ("paths", ", ".join(record.anchors.paths)),
        ("symbols", ", ".join(anchor.symbol for anchor in record.anchors.symbols)),
        ("origin", _origin(record)),
        ("replaces", ", ".join(record.supersedes)),
        ("replaced by", record.superseded_by or ""),
        ("rests on", ", ".join(record.depends_on)),
        ("used", _used(record)),
        ("expires", str(record.expires_at or "")),
        ("masked", ", ".join(record.redactions)),
    ]
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    for name, value in rows:
        if value:
            table.add_row(name, escape(value))
    return Group(Text.assemble((record.id, "bold magenta"), "  ", record.text), table)


def describe_scope(scope: Scope) -> str:
    """Who a memory belongs to, and where it applies."""
    owner = (
        f"{scope.user_id} (private)"
        if scope.user_id
        else f"everyone in {scope.group_id}"
        if scope.group_id
        else f"organisation {scope.org}"
    )
    narrowed = [
        f"branch {scope.branch}" if scope.branch else "",
        f"environment {scope.environment}" if scope.environment else "",
    ]
    return ", ".join(part for part in (owner, *narrowed) if part)


def _origin(record: Record) -> str:
    source = record.provenance
    parts = [
        source.origin,
        f"by {source.author}" if source.author else "",
        f"in {source.session}" if source.session else "",
        f"at {source.commit[:10]}" if source.commit else "",
        f"on {source.created_at:%Y-%m-%d %H:%M}" if source.created_at else "",
    ]
    return " ".join(part for part in parts if part)


def _used(record: Record) -> str:
    stats = record.stats
    return f"recalled {stats.recalled}, cited {stats.cited}, helped {stats.helped}, hurt {stats.hurt}"
