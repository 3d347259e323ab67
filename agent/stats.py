"""What `oldhand memory stats` does: the figures as a table, as JSON, as a page."""

from pathlib import Path
from typing import Any

import click
from rich.console import Group
from rich.table import Table
from rich.text import Text

from agent.errors import ConfigError
from agent.governance import place_of
from agent.output import print_json
from agent.phrases import count
from agent.place import open_governance
from agent.stats_page import page_of
from agent.terminal import stdout_console
from memory.records import Status
from memory.statistics import Statistics

DAYS_SHOWN = 5


def stats(values: dict[str, Any], html: Path | None, *, as_json: bool) -> None:
    """The figures of the memories that may be seen from here."""
    place = place_of(values)
    figures = open_governance(place).statistics()
    if html is not None:
        try:
            html.write_text(page_of(figures, place.repository, place.clock()()), encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{html} cannot be written: {error.strerror}.") from error
        click.echo(f"Wrote {html}.", err=True)
    if as_json:
        print_json(figures.to_json())
    elif html is None:
        stdout_console().print(_report(figures) if figures.total else "Nothing is remembered here yet.")


def _report(figures: Statistics) -> Group:
    return Group(_kinds(figures), "", _facts(figures), *_useless(figures))


def _kinds(figures: Statistics) -> Table:
    shown = [status.value for status in Status if any(status in row for row in figures.by_kind.values())]
    table = Table(box=None, pad_edge=False)
    table.add_column("kind")
    for status in (*shown, "all"):
        table.add_column(status, justify="right")
    for kind, row in figures.by_kind.items():
        table.add_row(kind, *(str(row.get(status, "–")) for status in shown), str(sum(row.values())))
    sums = [sum(row.get(status, 0) for row in figures.by_kind.values()) for status in shown]
    table.add_row("all", *(str(number) for number in sums), str(figures.total), style="bold")
    return table


def _facts(figures: Statistics) -> Table:
    uses, tokens, caught = figures.uses, figures.tokens, figures.caught
    last = figures.growth[-DAYS_SHOWN:]
    facts = (
        ("recalled", f"{uses.recalled:,}; cited {uses.cited:,}; helped {uses.helped:,}; hurt {uses.hurt:,}"),
        (
            "tokens",
            f"{tokens.recalled:,} in prompts, {tokens.lessons:,} for lessons; "
            f"{tokens.per_turn:,.0f} a turn over {count(tokens.turns, 'turn')}",
        ),
        (
            "caught",
            f"{caught.reanchored:,} followed, {caught.stale:,} marked stale, {caught.deprecated:,} retired, "
            f"{caught.held_back:,} held back or warned of in recalls",
        ),
        ("growth", ", ".join(f"{day.day} +{day.added} −{day.gone} = {day.total}" for day in last) or "–"),
    )
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    for name, value in facts:
        table.add_row(name, value)
    return table


def _useless(figures: Statistics) -> list[Table | str]:
    if not figures.least_useful:
        return []
    table = Table(box=None, pad_edge=False, title="Least useful", title_justify="left")
    for name in ("id", "why", "tokens", "text"):
        table.add_column(name, justify="right" if name == "tokens" else "left", no_wrap=name == "id")
    for item in figures.least_useful:
        table.add_row(Text(item.id, "bold magenta"), item.why, f"{item.tokens:,}", Text(item.text))
    return ["", table]
