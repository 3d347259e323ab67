"""Memories over real histories: is what is gone dropped, what holds kept, what moved followed?

Each probe is a memory anchored at a file or symbol in one commit of a public repository, with what has
become of its subject many commits later. The memories are written at the first commit; then the repository
goes to the last one, once in one leap and once commit by commit, and memory is synced.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.memory_bench.figures import Figure, percent
from evals.memory_bench.replica import Replica
from memory.filters import ANY_STATUS, Where
from memory.memory import Memory
from memory.records import Anchors, Draft, Status, SymbolAnchor
from tools.temporary import temporary_folder

Probe = dict[str, Any]
STANDS = ("alive", "signature_changed")
SENT = ("moved", "renamed")


@dataclass(frozen=True)
class Result:
    """What became of one memory.

    Attributes:
        place: Where it is anchored in the end.
        fed: Whether a prompt about it would get it.
        warned: Whether with a warning.
    """

    probe: Probe
    place: str
    status: Status
    fed: bool
    warned: bool

    @property
    def kind(self) -> str:
        """What the probe is about, and what became of that: `file moved`."""
        sort = "file" if self.probe["kind"] == "file" else "symbol"
        return f"{sort} {self.probe['status']}"

    @property
    def right(self) -> bool:
        """Whether the memory is where its subject is, or dropped with it."""
        return not self.fed if self.probe["now"] is None else self.fed and self.place == self.probe["now"]

    @property
    def misled(self) -> bool:
        """Whether it stands at something else, and without a warning."""
        return self.fed and not self.warned and self.place != self.probe["now"]


def measure(probes: Path, repos: Path, report: Callable[[str], None], by_commit: bool = True) -> list[Figure]:
    """Replay every history of the file and give the figures of both ways.

    Args:
        probes: JSON lines, one memory each.
        repos: Folder of mirrors, `owner+name` each.
        report: Takes a line on what goes on, and on each probe that came out wrong.
        by_commit: Whether to go commit by commit too.
    """
    groups = defaultdict(list)
    for line in probes.read_text(encoding="utf-8").splitlines():
        probe = json.loads(line)
        groups[probe["repo"], probe["start_sha"], probe["end_sha"]].append(probe)
    figures = []
    for way, stepwise in (("one leap", False), *([("commit by commit", True)] if by_commit else [])):
        results: list[Result] = []
        for (name, start, end), group in groups.items():
            with temporary_folder() as folder:
                began = time.monotonic()
                replica = Replica.of(repos, name, folder)
                found = replay(replica, start, end, group, folder, stepwise=stepwise)
                report(f"{name}, {way}: {len(found)} memories in {time.monotonic() - began:.1f} s")
                results += found
        for result in results:
            if not result.right:
                report(_complaint(result))
        figures += figures_of(results, way)
    return figures


def replay(
    replica: Replica, start: str, end: str, probes: list[Probe], folder: Path, *, stepwise: bool
) -> list[Result]:
    """Write the memories at one commit, go to another, and look what became of them."""
    replica.check_out(start)
    memory = replica.memory(folder)
    ids = [_write(memory, probe) for probe in probes]
    for commit in replica.first_parents(start, end) if stepwise else [end]:
        replica.check_out(commit)
        memory.sync()
    return [_result(memory, probe, memory_id) for probe, memory_id in zip(probes, ids, strict=True)]


def figures_of(results: Iterable[Result], way: str) -> list[Figure]:
    """The five figures of a replay, and what lies beside them."""
    by_kind: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_kind[result.kind].append(result)

    def of(*kinds: str) -> list[Result]:
        return [result for kind in kinds for result in by_kind[kind]]

    def share(chosen: list[Result], test: Callable[[Result], bool]) -> float:
        return percent(sum(map(test, chosen)), len(chosen))

    # Where another of its name lives on, the data does not say whether it is gone or moved.
    gone = [result for result in of("file deleted", "symbol deleted") if not result.probe.get("ambiguous")]
    stand = of(*(f"{sort} {state}" for sort in ("file", "symbol") for state in STANDS))
    sent = of(*(f"{sort} {state}" for sort in ("file", "symbol") for state in SENT))
    moved, renamed = of("symbol moved"), of("symbol renamed")
    symbols = [result for result in (*gone, *stand, *sent) if result.probe["kind"] != "file"]
    return [
        Figure(f"gone and still fed, of {len(gone)} ({way})", sum(r.fed for r in gone), "", most=0),
        Figure(f"wrongly dropped of {len(stand)} that stand", share(stand, lambda r: not r.fed), "%", most=2),
        Figure(f"dropped of {len(sent)} that moved or were renamed", share(sent, lambda r: not r.fed), "%"),
        Figure(
            f"file renames followed, of {len(of('file moved'))}",
            share(of("file moved"), lambda r: r.right),
            "%",
            least=98,
        ),
        Figure(f"symbol moves followed, of {len(moved)}", share(moved, lambda r: r.right), "%", least=90),
        Figure(
            f"symbol renames followed, of {len(renamed)}", share(renamed, lambda r: r.right), "%", least=70
        ),
        Figure(
            f"at a wrong symbol without a warning, of {len(symbols)}",
            share(symbols, lambda r: r.misled),
            "%",
            most=1,
        ),
    ]


def _write(memory: Memory, probe: Probe) -> str:
    place = probe["path"] if probe["symbol"] is None else f"{probe['path']}::{probe['symbol']}"
    anchors = Anchors(symbols=(SymbolAnchor(place),)) if probe["symbol"] else Anchors(paths=(place,))
    written = memory.add(Draft(probe["memory"], label="module_role", anchors=anchors))
    if written.record is None:
        raise ValueError(f"{probe['id']} was refused: {written.reason}")
    return written.record.id


def _result(memory: Memory, probe: Probe, memory_id: str) -> Result:
    record = next(iter(memory.list(Where(ids=(memory_id,), status=ANY_STATUS))))
    found = memory.search(record.text, Where(ids=(memory_id,)))
    now = found[0].record if found else record
    place = next(iter([anchor.symbol for anchor in now.anchors.symbols] or now.anchors.paths))
    return Result(probe, place, record.status, bool(found), bool(found and found[0].warning))


def _complaint(result: Result) -> str:
    probe = result.probe
    what = probe["path"] if probe["symbol"] is None else f"{probe['path']}::{probe['symbol']}"
    fed = "fed with a warning" if result.warned else "fed" if result.fed else "dropped"
    counted = Counter(event[0] for event in probe["events"])
    return (
        f"  {probe['id']} {result.kind}: {what} → {probe['now']}; taken for {result.place} "
        f"({result.status.value}, {fed}); {dict(counted)}"
    )
