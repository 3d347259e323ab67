"""What people put freely in other words, and what is near but says something else: which of it is merged?

The statements were written after the method was fixed, in domains that it was not fitted on. Beside oldhand:
its rules alone, without the second witness.
"""

import statistics
import time
from collections.abc import Callable, Iterator

from evals.memory_bench.bare import NoCode
from evals.memory_bench.figures import Figure, percent
from evals.memory_bench.statement_groups import HELD_OUT, Group, read_groups
from memory.light import Light
from memory.likeness import alike
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft, Origin, Provenance
from memory.scopes import Viewpoint
from memory.store import RecordStore
from memory.wording import read
from tools.temporary import temporary_folder

_RUN = Provenance(origin=Origin.RUN)
_TURN = "turn"


def measure(report: Callable[[str], None]) -> list[Figure]:
    """What of the held-out statements is merged, by oldhand and by rules alone."""
    groups = read_groups(HELD_OUT)
    same, near = list(_same(groups)), list(_near(groups))
    kept_by_rules = sum(not alike(read(one), read(two)) for one, two in same)
    merged_by_rules = sum(alike(read(one), read(two)) for one, two in near)
    seconds: list[float] = []
    with temporary_folder() as folder:
        store = open_store(folder, Light())

        def merged(pairs: list[tuple[str, str]], *, fed: bool = False) -> float:
            found = [_is_merged(store, one, two, seconds, fed=fed) for one, two in pairs]
            return percent(sum(found), len(pairs))

        kept, kept_fed = 100 - merged(same), 100 - merged(same, fed=True)
        mistaken, mistaken_fed = merged(near), merged(near, fed=True)
        store.close()
    report(f"paraphrases: {len(seconds)} writes")
    return [
        Figure(f"held out: of {len(same)} put freely in other words, kept", kept, "%"),
        Figure("held out: … by rules alone", percent(kept_by_rules, len(same)), "%"),
        Figure("held out: … recalled in the turn and put freely back, kept", kept_fed, "%"),
        Figure(f"held out: of {len(near)} near but distinct, merged", mistaken, "%", most=1),
        Figure("held out: … by rules alone", percent(merged_by_rules, len(near)), "%"),
        Figure("held out: … recalled in the turn, merged", mistaken_fed, "%"),
        Figure("held out: free writes, p50", 1000 * statistics.median(seconds), "ms", most=30),
    ]


def _same(groups: list[Group]) -> Iterator[tuple[str, str]]:
    return ((group.say, text) for group in groups for text in group.same)


def _near(groups: list[Group]) -> Iterator[tuple[str, str]]:
    return ((said, text) for group in groups for said in (group.say, *group.same) for text in group.near)


def _is_merged(store: RecordStore, one: str, two: str, seconds: list[float], *, fed: bool) -> bool:
    """Whether a run's second statement goes into the first, in a repository of their own."""
    memory = Memory(store, NoCode(), Viewpoint("bench", f"pair{len(seconds)}"))
    first = memory.add(Draft(one, level="repo")).record
    turn = f"{_TURN} {len(seconds)}"
    if fed and first:
        memory.note_recalled([first.id], turn=turn)
    began = time.perf_counter()
    done = memory.add(Draft(two, level="repo", provenance=_RUN), turn=turn)
    seconds.append(time.perf_counter() - began)
    return done.event == "merged"
