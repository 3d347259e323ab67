"""`oldhand sync`, `index` and `search`: memory and index against the code."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from agent.errors import AgentError
from agent.output import print_json
from agent.phrases import count, one_line
from agent.place import open_governance, open_index, open_memory, open_place
from agent.terminal import stderr_console, stdout_console
from agent.waiting import Reading, Waiting
from graph.structure import refresh_structure
from memory.errors import MemoryFault
from memory.governance import Swept
from memory.lifecycle import SyncReport
from memory.packet import Dropped
from memory.records import Kind, Record
from memory.structure import Noted
from tools.errors import ToolError, WorkspaceError
from tools.index import SymbolIndex
from tools.index_refresh import Refreshed
from tools.locate import Hints, Locator

LINE = 110


def sync(folder: Path, flags: dict[str, Any], *, as_json: bool) -> None:
    """Bring memory up to date with the code, and show what followed it and what was retired."""
    place = open_place(folder, flags)
    memory = open_memory(place, "sync")[0]
    report, noted = memory.sync(), refresh_structure(memory, place.workspace)
    swept = open_governance(place, "sync").sweep()
    if as_json:
        print_json({**_report_json(report), "structure": _noted_json(noted), "deleted": _swept_json(swept)})
        return
    console = stdout_console()
    for line in [*_report_lines(report, swept), *([noted.summary()] if noted else [])]:
        console.print(line, markup=False)


def sync_quietly(folder: Path, flags: dict[str, Any]) -> None:
    """The same for a hook: no output, and no failure."""
    with suppress(AgentError, WorkspaceError, ToolError, MemoryFault):
        place = open_place(folder, flags)
        memory = open_memory(place, "sync")[0]
        memory.sync()
        refresh_structure(memory, place.workspace)
        open_governance(place, "sync").sweep()


def _report_lines(report: SyncReport, swept: Sequence[Swept]) -> list[str]:
    """What happened to what was learned, a line each; logs of earlier work are only counted."""
    lines = [
        f"→ {moved.record.id} followed {_places(moved.old, moved.new)}: {one_line(moved.record.text, LINE)}"
        for moved in report.reanchored
        if _is_told(moved.record)
    ]
    for mark, word, held in (
        ("✗", "retired", report.deprecated),
        ("!", "doubtful", report.stale),
        ("?", "waits in the inbox", report.questioned),
    ):
        lines += [
            f"{mark} {item.record.id} {word} ({item.reason}): {one_line(item.record.text, LINE)}"
            for item in held
            if _is_told(item.record)
        ]
    lines += [
        f"↺ {record.id} holds again: {one_line(record.text, LINE)}"
        for record in report.revived
        if _is_told(record)
    ]
    lines += [f"− {item.record.id} deleted: {item.why}" for item in swept]
    for mark, word, records in (
        ("→", "followed the code", [moved.record for moved in report.reanchored]),
        ("✗", "retired", [held.record for held in report.deprecated]),
        ("!", "doubtful now", [held.record for held in report.stale]),
        ("↺", "hold again", report.revived),
    ):
        if logs := sum(record.kind is Kind.TASK for record in records):
            lines.append(f"{mark} {count(logs, 'log')} of earlier work {word}")
    return lines or ["Memory is up to date."]


def _is_told(record: Record) -> bool:
    """Whether a person wants to hear of it: not of logs, nor of what the files say themselves."""
    return record.kind not in (Kind.TASK, Kind.STRUCTURAL)


def _places(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """Only what differs: a memory may be anchored in many places of which one has moved."""
    gone = [place for place in old if place not in new]
    come = [place for place in new if place not in old]
    return f"{', '.join(gone) or 'nothing'} → {', '.join(come) or 'nothing'}"


def _report_json(report: SyncReport) -> dict[str, Any]:
    def held(items: list[Dropped]) -> list[dict[str, Any]]:
        return [{"id": item.record.id, "reason": item.reason, "text": item.record.text} for item in items]

    return {
        "commit": report.commit,
        "reanchored": [
            {"id": m.record.id, "from": list(m.old), "to": list(m.new), "text": m.record.text}
            for m in report.reanchored
        ],
        "deprecated": held(report.deprecated),
        "stale": held(report.stale),
        "revived": [record.id for record in report.revived],
        "questioned": held(report.questioned),
    }


def _swept_json(swept: Sequence[Swept]) -> list[dict[str, Any]]:
    """What was deleted, without its text, which must not remain anywhere."""
    return [{"id": item.record.id, "reason": item.why} for item in swept]


def _noted_json(noted: Noted) -> dict[str, list[dict[str, str]]]:
    lists = {"added": noted.added, "changed": noted.changed, "ended": noted.ended}
    return {
        name: [{"id": record.id, "label": record.label, "text": record.text} for record in records]
        for name, records in lists.items()
    }


def index(folder: Path, flags: dict[str, Any], *, as_json: bool) -> None:
    """Bring the symbol index up to date with the files, and show what was read."""
    place = open_place(folder, flags)
    done = refreshed(open_index(place))
    facts = {
        "files": done.files,
        "read": done.updated,
        "removed": done.removed,
        "seconds": round(done.seconds, 3),
        "rebuilt": done.was_rebuilt,
    }
    if as_json:
        print_json(facts)
        return
    stdout_console().print(
        f"{done.files} files indexed, {done.updated} updated, {done.removed} removed in {done.seconds:.2f} s."
    )


def refreshed(symbols: SymbolIndex) -> Refreshed:
    """Bring the index up to date, with a progress bar if it takes longer than a second."""
    waiting = Waiting(stderr_console())
    try:
        return symbols.refresh(Reading(waiting))
    finally:
        waiting.end()


def search(folder: Path, task: str, flags: dict[str, Any], *, as_json: bool) -> None:
    """What the search step finds for a task."""
    place = open_place(folder, flags)
    symbols = open_index(place)
    refreshed(symbols)
    found = Locator(place.workspace, symbols).find(task, Hints())
    if as_json:
        print_json(found.to_json())
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("file", "score", "why"):
        table.add_column(heading)
    for file in found.files:
        table.add_row(Text(file.path), f"{file.score:.2f}", Text(", ".join(file.why)))
    console = stdout_console()
    console.print(table if found.files else "Nothing was found.")
    for snippet in found.snippets:
        console.print(f"\n{snippet.path}:{snippet.start_line}-{snippet.end_line}", style="bold", markup=False)
        console.print(snippet.text, markup=False)
