"""Is what was replaced ever ranked above what replaced it?"""

from collections.abc import Callable

from evals.memory_bench.bare import NoCode
from evals.memory_bench.figures import Figure
from memory.filters import Where
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft, Status
from memory.scopes import Viewpoint
from tools.temporary import temporary_folder

TOPICS = (
    "retries of the payment gateway", "the format of invoice numbers", "how sessions expire",
    "where feature flags live", "the log format", "how money is rounded", "the cache of exchange rates",
    "the naming of database tables", "how migrations are run", "the layout of API errors",
)  # fmt: skip
CHOICES = ("three", "five", "seven", "nine")
ANY = Where(status=(Status.ACTIVE, Status.STALE, Status.SUPERSEDED))


def measure(report: Callable[[str], None]) -> list[Figure]:
    """Chains of four decisions on ten subjects, each replacing the last; asked in the old one's words."""
    shown, above, asked = 0, 0, 0
    with temporary_folder() as folder:
        memory = Memory(open_store(folder), NoCode(), Viewpoint("bench", "bench"))
        for topic in TOPICS:
            ids: list[str] = []
            for choice in CHOICES:
                text = f"We decided on option {choice} for {topic}"
                written = memory.add(Draft(text, label="design_decision", supersedes=tuple(ids[-1:])))
                ids += [written.record.id] if written.record else []
        for topic in TOPICS:
            for choice in CHOICES:
                asked += 1
                question = f"We decided on option {choice} for {topic}"
                recalled = [item.record for item in memory.recall(question).fed]
                shown += sum(record.status is Status.SUPERSEDED for record in recalled)
                ranked = [item.record for item in memory.search(question, ANY, limit=40)]
                place = {record.id: rank for rank, record in enumerate(ranked)}
                above += sum(
                    place[record.id] < place.get(record.superseded_by, len(ranked))
                    for record in ranked
                    if record.superseded_by
                )
    report(f"{asked} questions on {len(TOPICS)} subjects")
    return [
        Figure("superseded facts in a prompt", shown, "", most=0),
        Figure("superseded facts above their successors, where a person asks for both", above, "", most=0),
    ]
