"""The figures of memory as one self-contained page: no script, nothing from elsewhere, light and dark."""

from datetime import datetime
from html import escape
from pathlib import Path

from agent.plots import bars, legend, line, stacked
from memory.records import Status
from memory.statistics import Statistics

STYLE = Path(__file__).with_suffix(".css")


def page_of(figures: Statistics, repository: str, at: datetime) -> str:
    """The page, as HTML."""
    tokens, caught = figures.tokens, figures.caught
    cards = (
        (figures.believed, f"believed, of {figures.total:,} kept"),
        (figures.uses.recalled, "times put into a prompt"),
        (figures.uses.helped, "times helped by the tests' word"),
        (figures.uses.hurt, "times hurt"),
        (caught.reanchored + caught.stale + caught.deprecated, "left behind by the code, and caught"),
        (round(tokens.per_turn), "tokens on memory a turn"),
    )
    body = [
        f"<h1>What memory is worth</h1><p class=sub>{escape(repository)} · {at:%Y-%m-%d %H:%M} UTC</p>",
        "<div class=cards>",
        *(f"<div class=card><b>{value:,}</b><span>{escape(words)}</span></div>" for value, words in cards),
        "</div><div class=grid>",
        _section("Growth", _growth(figures)),
        _section("By kind and status", _kinds(figures)),
        _section("What became of them", _uses(figures)),
        _section("Stale caught", _caught(figures)),
        _section("Tokens on memory, by day", _spending(figures)),
        _section("By label", _labels(figures)),
        "</div>",
        _section("The least useful", _least(figures)),
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Memory of {escape(repository)}</title><style>{STYLE.read_text(encoding='utf-8')}</style>"
    )
    page = "\n".join(body)
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body><main>\n{page}\n</main></body></html>\n'
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content or '<p class=none>Nothing yet.</p>'}</section>"


def _growth(figures: Statistics) -> str:
    return line([(day.day, day.total) for day in figures.growth], "memories")


def _kinds(figures: Statistics) -> str:
    used = [status.value for status in Status if any(status in row for row in figures.by_kind.values())]
    rows = [
        (kind, [(status, row[status]) for status in used if status in row])
        for kind, row in figures.by_kind.items()
    ]
    return stacked(rows) + legend(used) if rows else ""


def _uses(figures: Statistics) -> str:
    uses = figures.uses
    pairs = [("recalled", uses.recalled), ("cited", uses.cited), ("helped", uses.helped), ("hurt", uses.hurt)]
    return bars([(name, value, f"--{name}") for name, value in pairs])


def _caught(figures: Statistics) -> str:
    caught = figures.caught
    return bars(
        [
            ("followed elsewhere", caught.reanchored, "--active"),
            ("changed: warned of", caught.stale, "--stale"),
            ("gone: retired", caught.deprecated, "--deprecated"),
            ("held back in recalls", caught.held_back, "--recalled"),
        ]
    )


def _spending(figures: Statistics) -> str:
    plot = line(list(figures.spending), "tokens")
    tokens = figures.tokens
    if not plot:
        return ""
    return (
        f"{plot}<p class=legend>{tokens.recalled:,} in prompts, each counted once; {tokens.lessons:,} to "
        f"draw lessons; {tokens.turns:,} turns</p>"
    )


def _labels(figures: Statistics) -> str:
    most = list(figures.by_label.items())[:8]
    return bars([(label.replace("_", " "), number, "--a") for label, number in most])


def _least(figures: Statistics) -> str:
    if not figures.least_useful:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(item.id)}</code><td>{escape(item.why)}<td class=n>{item.tokens:,}"
        f"<td>{escape(item.text)}"
        for item in figures.least_useful
    )
    return f"<table><tr><th>memory<th>why<th class=n>tokens for nothing<th>text{rows}</table>"
