"""Memories as a section of AGENTS.md: what a team knows, for any agent that reads that file."""

from collections.abc import Iterable, Iterator, Sequence

from memory.belief import reliability_of
from memory.code_view import CodeView
from memory.packet import quotable
from memory.records import LABELS, Kind, Record, Status
from memory.scopes import Viewpoint, hidden_because
from memory.verification import verify

BEGIN = "<!-- oldhand: begin. `oldhand memory export --format agents-md` writes this section anew. -->"
END = "<!-- oldhand: end -->"
LEAST_RELIABILITY = 0.5
_BEGINS = "<!-- oldhand: begin"
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Rules that hold here", ("incident_rule", "invariant", "constraint", "business_rule")),
    ("Decisions", ("design_decision",)),
    ("Not used here", ("rejected_pattern",)),
    ("Pitfalls and workarounds", ("workaround", "tech_debt")),
    ("How it is laid out and built", LABELS[Kind.STRUCTURAL]),
    ("Conventions", LABELS[Kind.PREFERENCE]),
)
TOLD = frozenset(label for _, labels in _GROUPS for label in labels)
"""What goes in; logs of tasks are of no use to a newcomer."""


def shareable(
    records: Iterable[Record], view: Viewpoint, code: CodeView, *, private: bool = False
) -> list[Record]:
    """The memories that a file for everybody may hold: believed, seen to hold just now, and shared.

    Args:
        records: What there is.
        view: Who looks.
        code: The code that they are checked against.
        private: Whether what is private to the person may go in as well.
    """
    settled = code.settled()
    return [
        record
        for record in records
        if record.status is Status.ACTIVE
        and (private or record.scope.user_id is None)
        and reliability_of(record) >= LEAST_RELIABILITY
        and hidden_because(record, view, settled) is None
        and verify(record, settled).outcome in ("holds", "unanchored")
    ]


def section(records: Sequence[Record]) -> str:
    """The section, its marks included."""
    lines = [BEGIN, "", "## What is known here"]
    for title, labels in _GROUPS:
        chosen = [record for record in records if record.label in labels]
        if chosen:
            chosen.sort(key=lambda record: (labels.index(record.label), -reliability_of(record), record.text))
            lines += ["", f"### {title}", "", *(_entry(record) for record in chosen)]
    if len(lines) == 3:
        lines += ["", "Nothing yet."]
    return "\n".join([*lines, "", END, ""])


def merged(document: str, new: str) -> str:
    """A document with its section replaced, or added at its end; the rest is as it was."""
    start = document.find(_BEGINS)
    end = document.find(END, start)
    if start < 0 or end < 0:
        gap = "" if not document or document.endswith("\n\n") else "\n" if document.endswith("\n") else "\n\n"
        return f"{document}{gap}{new}"
    return document[:start] + new.rstrip("\n") + document[end + len(END) :]


def _entry(record: Record) -> str:
    text = _line(record.text)
    because = f" Because: {_line(record.because)}" if record.because else ""
    where = ", ".join(f"`{name}`" for name in _places(record))
    narrowed = [
        f"branch {record.scope.branch}" if record.scope.branch else "",
        f"environment {record.scope.environment}" if record.scope.environment else "",
        where,
    ]
    notes = "; ".join(note for note in narrowed if note)
    return f"- {text}{because}" + (f" ({notes})" if notes else "")


def _places(record: Record) -> Iterator[str]:
    names = [anchor.symbol for anchor in record.anchors.symbols]
    yield from names
    yield from (path for path in record.anchors.paths if not any(n.startswith(f"{path}::") for n in names))


def _line(text: str) -> str:
    """Text that stays on its line and closes no comment."""
    return " ".join(quotable(text).split()).replace("<!--", "<!- -").replace("-->", "- ->")
