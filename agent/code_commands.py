"""`oldhand sync`, `index` and `search`: memory and index against the code."""

from pathlib import Path
from typing import Any

from rich.table import Table

from agent.output import print_json
from agent.place import open_index, open_memory, open_place
from agent.terminal import stdout_console
from memory.lifecycle import SyncReport
from memory.packet import Dropped
from tools.locate import Hints, Locator


def sync(folder: Path, flags: dict[str, Any], *, as_json: bool) -> None:
    """Bring memory up to the code and say what followed, and what was retired."""
    place = open_place(folder, flags)
    report = open_memory(place)[0].sync()
    if as_json:
        print_json(_report_json(report))
        return
    console = stdout_console()
    for moved in report.reanchored:
        old, new = ", ".join(moved.old), ", ".join(moved.new)
        console.print(f"→ {moved.record.id} followed {old} to {new}: {moved.record.text}", markup=False)
    for held in report.deprecated:
        console.print(f"✗ {held.record.id} retired ({held.reason}): {held.record.text}", markup=False)
    for held in report.stale:
        console.print(f"! {held.record.id} doubtful ({held.reason}): {held.record.text}", markup=False)
    if not (report.reanchored or report.deprecated or report.stale):
        console.print("Memory is up to date.")


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
    }


def index(folder: Path, flags: dict[str, Any], *, as_json: bool) -> None:
    """Bring the symbol index up to the files and say what was read."""
    place = open_place(folder, flags)
    done = open_index(place).refresh()
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
        f"{done.files} files indexed, {done.updated} read anew, {done.removed} gone, in {done.seconds:.2f} s."
    )


def search(folder: Path, task: str, flags: dict[str, Any], *, as_json: bool) -> None:
    """What the search step finds for a task."""
    place = open_place(folder, flags)
    symbols = open_index(place)
    symbols.refresh()
    found = Locator(place.workspace, symbols).find(task, Hints())
    if as_json:
        print_json(found.to_json())
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("file", "score", "why"):
        table.add_column(heading)
    for file in found.files:
        table.add_row(file.path, f"{file.score:.2f}", ", ".join(file.why))
    console = stdout_console()
    console.print(table if found.files else "Nothing was found.")
    for snippet in found.snippets:
        console.print(f"\n{snippet.path}:{snippet.start_line}-{snippet.end_line}", style="bold", markup=False)
        console.print(snippet.text, markup=False)
