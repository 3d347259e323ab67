"""Small plots as inline SVG; colours are the page's variables. Pure."""

from collections.abc import Sequence
from datetime import date
from html import escape

WIDTH, LABELS, ROW = 460, 130, 30
HEIGHT, LEFT, BOTTOM, TOP = 190, 44, 24, 10

Bar = tuple[str, int, str]
"""A label, a number, and the variable that names its colour."""


def bars(rows: Sequence[Bar]) -> str:
    """Horizontal bars, the number behind each; empty where all are nothing."""
    most = max((value for _, value, _ in rows), default=0)
    if not most:
        return ""
    room = WIDTH - LABELS - 60
    parts = []
    for number, (label, value, colour) in enumerate(rows):
        y, width = number * ROW, _at_least_seen(room * value / most, value)
        parts.append(
            f'<text x="0" y="{y + 19}">{escape(label)}</text>'
            f'<rect x="{LABELS}" y="{y + 5}" width="{width:.1f}" height="20" rx="4" fill="var({colour})"/>'
            f'<text class="value" x="{LABELS + width + 8:.1f}" y="{y + 19}">{value:,}</text>'
        )
    return _svg(len(rows) * ROW, parts, "; ".join(f"{label}: {value}" for label, value, _ in rows))


def stacked(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> str:
    """Horizontal bars of several parts; a part's name is the variable that names its colour."""
    most = max((sum(value for _, value in parts) for _, parts in rows), default=0)
    if not most:
        return ""
    room = WIDTH - LABELS - 60
    drawn, told = [], []
    for number, (label, parts) in enumerate(rows):
        y, x = number * ROW, float(LABELS)
        drawn.append(f'<text x="0" y="{y + 19}">{escape(label)}</text>')
        for name, value in parts:
            width = _at_least_seen(room * value / most, value)
            drawn.append(
                f'<rect x="{x:.1f}" y="{y + 5}" width="{width:.1f}" height="20" rx="2" fill="var(--{name})">'
                f"<title>{escape(name)}: {value:,}</title></rect>"
            )
            x += width + 1
        whole = sum(value for _, value in parts)
        drawn.append(f'<text class="value" x="{x + 7:.1f}" y="{y + 19}">{whole:,}</text>')
        told.append(f"{label}: {', '.join(f'{value} {name}' for name, value in parts)}")
    return _svg(len(rows) * ROW, drawn, "; ".join(told))


def line(days: Sequence[tuple[str, int]], unit: str) -> str:
    """A line over days, each at its place in time, filled below; empty where there is no day."""
    if not days:
        return ""
    first = date.fromisoformat(days[0][0]).toordinal()
    span = max(date.fromisoformat(days[-1][0]).toordinal() - first, 1)
    top = _round_up(max(value for _, value in days))
    base, room = HEIGHT - BOTTOM, WIDTH - LEFT - 8

    def place(day: str, value: int) -> tuple[float, float]:
        share = (date.fromisoformat(day).toordinal() - first) / span if len(days) > 1 else 1.0
        return LEFT + room * share, base - (base - TOP) * value / top

    dots = [place(day, value) for day, value in days]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
    parts = []
    for mark in (0, top // 2, top) if top > 1 else (0, top):
        y = base - (base - TOP) * mark / top
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{mark:,}</text>')
    if len(dots) > 1:
        under = f"{dots[0][0]:.1f},{base} {path} {dots[-1][0]:.1f},{base}"
        parts.append(f'<polygon points="{under}" fill="var(--fill)"/>')
        look = 'fill="none" stroke="var(--a)" stroke-width="2" stroke-linejoin="round"'
        parts.append(f'<polyline points="{path}" {look}/>')
    for (x, y), (day, value) in zip(dots, days, strict=True):
        if len(dots) <= 40:
            title = f"<title>{day}: {value:,} {escape(unit)}</title>"
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="var(--a)">{title}</circle>')
    if len(days) > 1:
        parts.append(f'<text x="{LEFT}" y="{HEIGHT - 4}">{days[0][0]}</text>')
    parts.append(f'<text x="{WIDTH - 8}" y="{HEIGHT - 4}" text-anchor="end">{days[-1][0]}</text>')
    return _svg(HEIGHT, parts, f"{days[0][0]} to {days[-1][0]}: {days[0][1]} to {days[-1][1]} {unit}")


def legend(names: Sequence[str]) -> str:
    """What the colours of a stacked plot mean."""
    marks = (f'<span><i style="background:var(--{name})"></i>{escape(name)}</span>' for name in names)
    return f"<div class=legend>{''.join(marks)}</div>"


def _svg(height: int, parts: Sequence[str], told: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(told, quote=True)}">'
        f"{''.join(parts)}</svg>"
    )


def _at_least_seen(width: float, value: int) -> float:
    return max(width, 2.0) if value else 0.0


def _round_up(value: int) -> int:
    """The next even round number, so that the middle of the axis is whole."""
    step = int("1" + "0" * (len(str(value)) - 1))
    for factor in (1, 2, 4, 6, 8, 10):
        if value <= factor * step:
            return max(factor * step, 1)
    return 10 * step
