"""What a memory benchmark measures: figures beside their goals, as a table and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        most: The goal, where less is better.
        least: The goal, where more is better. Neither: shown for comparison.
    """

    what: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )

    def to_json(self) -> dict[str, Any]:
        """The figure with what it was to be."""
        return {
            "what": self.what,
            "value": round(self.value, 4),
            "unit": self.unit,
            "goal": self.goal(),
            "met": self.met,
        }

    def goal(self) -> str:
        """The goal as a person would write it."""
        if self.most is not None:
            return f"≤ {_number(self.most, self.unit)}"
        return "" if self.least is None else f"≥ {_number(self.least, self.unit)}"


def table_of(title: str, figures: Sequence[Figure]) -> Table:
    """Figures for the terminal; what misses its goal is red."""
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("what")
    for heading in ("measured", "goal"):
        table.add_column(heading, justify="right", no_wrap=True)
    for figure in figures:
        value = Text(_number(figure.value, figure.unit), "" if figure.met else "bold red")
        table.add_row(figure.what, value, figure.goal())
    return table


def percent(part: int, whole: int) -> float:
    """A share in percent; 0 of nothing."""
    return 100 * part / whole if whole else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least a share of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def lost_and_doubled(
    noun: str, acknowledged: Sequence[str], stored: Sequence[str], source: str
) -> list[Figure]:
    """What a store made of the texts whose writing it had acknowledged.

    Args:
        noun: What they are called.
        acknowledged: The texts.
        stored: Those that are there.
        source: Who wrote them, or how they are known, for the name of the figure.
    """
    lost = len(set(acknowledged) - set(stored))
    return [
        Figure(f"{noun} lost, of {len(acknowledged):,} {source}", lost, "", most=0),
        Figure(f"{noun} doubled", len(stored) - len(set(stored)), "", most=0),
    ]


def _number(value: float, unit: str) -> str:
    digits = 0 if value == int(value) else 2 if abs(value) < 10 else 1
    return f"{value:,.{digits}f} {unit}".rstrip()
