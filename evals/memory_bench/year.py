"""What is memory like after a hundred tasks? Real histories, each commit a task, one after the other.

For each task memory is asked as a run asks it, at the commit before; then what a run writes without a model
is written (:mod:`evals.memory_bench.hand`). What was fed is *about* a task where it is anchored at one of the
files that the commit changes. That is a lower bound: a memory of another file may be worth reading too.

mem0 and FTS5 are given the same texts, and asked the same three times for as many as oldhand fed, with the
names of the same files added to the words. What the repository's files say themselves (layout, build, roles
of packages) is about folders: it counts as tokens, and not in precision.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from evals.memory_bench import year_figures
from evals.memory_bench.figures import Figure
from evals.memory_bench.hand import Asked, Hand
from evals.memory_bench.history import Task, tasks_of
from evals.memory_bench.peers import Keywords, Peer, PlainMem0
from evals.memory_bench.replica import Replica, git
from evals.memory_bench.year_figures import Fed, Loss, Outcome, Row
from memory.filters import ANY_STATUS, Where
from memory.light import Light
from memory.records import FEEDABLE, Kind, Origin, Record
from tools.temporary import temporary_folder

REPOSITORIES = ("aio-libs/aiohttp", "python-poetry/tomlkit", "pallets/click", "urllib3/urllib3")
AT_ONCE = 2
"""Histories that are worked through side by side, a process each."""
TASKS = 150
EVERYTHING = ("/*",)
LAST = 50
"""So many of the last tasks are asked for again once memory was pruned."""


def measure(
    repos: Path,
    report: Callable[[str], None],
    names: Sequence[str] = REPOSITORIES,
    count: int = TASKS,
) -> list[Figure]:
    """Work through the histories and give the figures of all together.

    Args:
        repos: Folder of clones, `owner+name` each.
        report: Takes a line on what goes on.
        names: Of the repositories.
        count: Tasks of each.
    """
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        outcomes = list(pool.map(_outcome, [repos] * len(names), names, [count] * len(names)))
    for name, outcome in zip(names, outcomes, strict=True):
        report(f"{name}: {len(outcome.rows)} tasks")
        for line in year_figures.bores_of(outcome):
            report(f"  {line}")
    return year_figures.figures_of(outcomes)


def _outcome(repos: Path, name: str, count: int) -> Outcome:
    """Work through one history."""
    level = Light()
    with temporary_folder() as folder:
        replica = Replica.of(repos, name, folder, EVERYTHING)
        hand = Hand(replica, folder, level)
        peers: list[Peer] = [Keywords(), PlainMem0(folder / "peer", level)]
        tasks = tasks_of(replica.root, count)
        rows = [_done(hand, number, task, peers) for number, task in enumerate(tasks, 1)]
        texts = {record.id: record.text for record in hand.memory.list(Where(status=ANY_STATUS))}
        believed = [record for record in hand.memory.list() if _sort(record) != "files"]
        size = sum(file.stat().st_size for file in (folder / "memory").iterdir())
        return Outcome(rows, texts, believed, size, _pruned(hand, tasks[-LAST:], len(tasks)))


def _done(hand: Hand, number: int, task: Task, peers: Sequence[Peer]) -> Row:
    context, state, asked = hand.begin(task, number)
    row = _row(hand, task, asked, peers)
    hand.end(task, context, state)
    for record in hand.memory.list(Where(session=(context.session,), status=ANY_STATUS)):
        for peer in peers:
            peer.add(record.id, record.text)
    return row


def _row(hand: Hand, task: Task, asked: Sequence[Asked], peers: Sequence[Peer]) -> Row:
    there = frozenset(git(hand.replica.root, "ls-files").splitlines())
    records = {record.id: record for record in hand.memory.list(Where(status=ANY_STATUS))}
    steps = [[_fed(item.record, task, there, item.warning) for item in each.found.fed] for each in asked]
    written = [record for record in records.values() if record.status in FEEDABLE]
    about = [record for record in written if _is_about(record, task)]
    return Row(
        steps=steps,
        tokens=sum(each.found.tokens for each in asked),
        logs=frozenset(record.id for record in about if _sort(record) == "log"),
        lessons=frozenset(record.id for record in about if _sort(record) == "lesson"),
        stored=len(written),
        recall_s=sum(hand.memory.recall_s[-len(asked) :]),
        sync_s=hand.memory.sync_s[-1],
        peers={
            peer.name: _by_peer(peer, task, asked, steps, lambda each: _fed(records[each], task, there))
            for peer in peers
        },
    )


def _by_peer(
    peer: Peer,
    task: Task,
    asked: Sequence[Asked],
    steps: Sequence[Sequence[Fed]],
    look: Callable[[str], Fed],
) -> list[list[Fed]]:
    """What a peer finds, as many as oldhand fed each time."""
    found: dict[str, None] = {}
    by_step = []
    for each, fed in zip(asked, steps, strict=True):
        wanted = sum(item.sort != "files" for item in fed)
        query = "\n".join((task.words, *each.files))
        new = [one for one in peer.search(query, wanted + len(found)) if one not in found][:wanted]
        found |= dict.fromkeys(new)
        by_step.append([look(one) for one in new])
    return by_step


def _pruned(hand: Hand, tasks: Sequence[Task], done: int) -> Loss:
    """What pruning at the end takes, and what it loses of what the last tasks would be fed."""
    first = done - len(tasks) + 1
    before = [_is_told(hand, task, f"s{number}") for number, task in enumerate(tasks, first)]
    pruned = hand.memory.pruner().prune("prune")
    after = [_is_told(hand, task, f"s{number}") for number, task in enumerate(tasks, first)]
    gone = [record for pruning in pruned for record in pruning.records]
    return Loss(len(gone), [pruning.why for pruning in pruned], sum(before), sum(after), len(tasks))


def _is_told(hand: Hand, task: Task, session: str) -> bool:
    """Whether the words of a task bring up a memory about its files that it did not write itself."""
    others = Where(none_of=(Where(session=(session,)),))
    found = hand.memory.recall(task.words, (), 1300, others)
    return any(_is_about(item.record, task) for item in found.fed)


def _fed(record: Record, task: Task, there: frozenset[str], warning: str | None = None) -> Fed:
    files = record.anchors.files()
    gone = bool(files) and not any(_stands(path, there) for path in files)
    return Fed(record.id, _sort(record), _is_about(record, task), warning is not None, gone)


def _stands(path: str, there: Iterable[str]) -> bool:
    return path in there or any(each.startswith(f"{path}/") for each in there)


def _is_about(record: Record, task: Task) -> bool:
    return not task.changed.isdisjoint(record.anchors.files())


def _sort(record: Record) -> str:
    if record.provenance.origin == Origin.INDEXED:
        return "files"
    return "log" if record.kind is Kind.TASK else "lesson"
