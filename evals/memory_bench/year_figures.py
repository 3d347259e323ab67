"""The figures of a year: what was fed along the way, and how much of it was about the task."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from evals.memory_bench.figures import Figure, percent
from memory.keywords import terms
from memory.records import Record

WINDOWS = ((1, 25), (26, 50), (51, 100), (101, 150))
PEERS = ("mem0", "FTS5")
GROWTH = 1.05
"""Over this, what a memory about the task costs has grown: one task of some hundred does less to a mean.

That more is fed is no fault as long as more is known: of the files that a task changes, in the last window
eight times as much as in the second.
"""
MOST_TOLD = 2000
"""Tokens of all that is told for one task."""
LESSONS = 80
"""Percent of what is known of the changed files: a tenth is of files that neither search nor plan names."""
FLAT = 1.25
"""Over this, recall takes longer than in the window before: the pools of candidates fill until then. Busy
machines make less of a difference."""
BORE_TIMES = 10
ALIKE = 0.8
"""Two records share so many of their words (Jaccard) that one of them would do."""


@dataclass(frozen=True)
class Fed:
    """A memory that was fed for a task.

    Attributes:
        sort: "log" of work, "lesson", or what the "files" say themselves.
        about: Whether it is anchored at a file that the task changes.
        gone: Whether none of the files that it is anchored at exists.
    """

    memory: str
    sort: str
    about: bool
    warned: bool
    gone: bool


@dataclass(frozen=True)
class Row:
    """One task.

    Attributes:
        steps: What was fed for its words, then for the files found, then for those of the plan.
        logs: The logs about the files that it changes, whether fed or not.
        lessons: The lessons about them.
        stored: How many memories were believed then.
        peers: What each peer finds, step by step.
    """

    steps: Sequence[Sequence[Fed]]
    tokens: int
    logs: frozenset[str]
    lessons: frozenset[str]
    stored: int
    recall_s: float
    sync_s: float
    peers: dict[str, list[list[Fed]]]

    def fed(self, by: str = "", words_only: bool = False) -> list[Fed]:
        """What counts of what was fed, or of what a peer finds."""
        steps = self.peers[by] if by else self.steps
        return [item for step in steps[: 1 if words_only else None] for item in step if item.sort != "files"]


@dataclass(frozen=True)
class Loss:
    """What pruning took at the end, and how many of the last tasks were told something about their files."""

    gone: int
    why: Sequence[str]
    told_before: int
    told_after: int
    tasks: int


@dataclass(frozen=True)
class Outcome:
    """One history, worked through.

    Attributes:
        texts: Every memory that was ever written, by id.
        believed: Those that are believed in the end, but for what files say.
        size: Bytes of the store.
    """

    rows: Sequence[Row]
    texts: dict[str, str]
    believed: Sequence[Record]
    size: int
    loss: Loss


def figures_of(outcomes: Sequence[Outcome]) -> list[Figure]:
    """All figures, of all histories together."""
    last = len(WINDOWS) - 1
    windows = [_window(outcomes, *window) for window in WINDOWS]
    ends = [window for window in windows if window]
    figures = []
    for number, ((first, end), rows) in enumerate(zip(WINDOWS, windows, strict=True)):
        if rows:
            figures += _along(f"tasks {first}-{end}", rows, judged=number == last)
    return [*figures, *_growth(ends), *_split(ends[-1]), *_store(outcomes), *_pruning(outcomes)]


def bores_of(outcome: Outcome, most: int = 3) -> list[str]:
    """The memories that were fed most often and never about the task's files, a line each."""
    return [
        f"fed {times} times, never about the task: {outcome.texts.get(memory, '?')[:90]}"
        for memory, times in _bores(outcome)[:most]
    ]


def precision(rows: Iterable[Row], by: str = "", sort: str = "", words_only: bool = False) -> float:
    """The share of what was fed that is about the task, in percent."""
    fed = [item for row in rows for item in row.fed(by, words_only) if sort in ("", item.sort)]
    return percent(sum(item.about for item in fed), len(fed))


def recall(rows: Iterable[Row], by: str = "", sort: str = "", words_only: bool = False) -> float:
    """Of the tasks whose files have a memory, the share that was fed one of these, in percent."""
    known = [row for row in rows if _known(row, sort)]
    told = [any(item.about and sort in ("", item.sort) for item in row.fed(by, words_only)) for row in known]
    return percent(sum(told), len(told))


def _known(row: Row, sort: str) -> frozenset[str]:
    return {"": row.logs | row.lessons, "log": row.logs, "lesson": row.lessons}[sort]


def _window(outcomes: Sequence[Outcome], first: int, last: int) -> list[Row]:
    return [row for outcome in outcomes for row in outcome.rows[first - 1 : last]]


def _along(when: str, rows: list[Row], *, judged: bool) -> list[Figure]:
    everything = [item for row in rows for item in row.fed()]
    fed = [item for row in rows for step in row.steps for item in step]
    figures = [
        Figure(f"memories fed a task, {when}", len(fed) / len(rows)),
        Figure(f"tokens fed a task, {when}", _tokens(rows)),
    ]
    for what, share in (("precision", precision), ("recall", recall)):
        peers = {name: share(rows, name) for name in PEERS}
        least = max(peers.values()) if judged else None
        figures.append(Figure(f"{what}, {when}", share(rows), "%", least=least))
        figures += [Figure(f"{what}, {when}, {name}", value, "%") for name, value in peers.items()]
    return [
        *figures,
        Figure(f"logs among the fed, {when}", _share(everything, lambda item: item.sort == "log"), "%"),
        Figure(f"fed with a warning, {when}", _share(everything, lambda item: item.warned), "%"),
        Figure(f"CPU of a task's recalls, median, {when}", _median_ms(rows, lambda row: row.recall_s), "ms"),
        Figure(f"CPU of a sync, median, {when}", _median_ms(rows, lambda row: row.sync_s), "ms"),
        Figure(f"memories believed, mean, {when}", statistics.mean(row.stored for row in rows)),
    ]


def _growth(windows: Sequence[list[Row]]) -> list[Figure]:
    if len(windows) < len(WINDOWS):
        return []
    then, before, now = windows[1], windows[-2], windows[-1]
    time = _median_ms(now, lambda row: row.recall_s) / _median_ms(before, lambda row: row.recall_s)
    return [
        Figure("tokens fed a task, the last window to the second", _ratio(_tokens, now, then)),
        Figure("lessons known of a task's files, the last window to the second", _ratio(_lessons, now, then)),
        Figure("tokens for a memory about the task, the last window to the second",
               _ratio(_price, now, then), "", most=GROWTH),
        Figure("tokens fed for one task, most", max(row.tokens for rows in windows for row in rows),
               "", most=MOST_TOLD),
        Figure("time of recall, the last window to the one before", time, "", most=FLAT),
    ]  # fmt: skip


def _split(rows: list[Row]) -> list[Figure]:
    """The last window by what was asked with, and by sort."""
    figures = []
    for what, share in (("precision", precision), ("recall", recall)):
        for name in ("", *PEERS):
            mine = f", {name}" if name else ""
            value = share(rows, name, words_only=True)
            figures.append(Figure(f"{what} by the words alone{mine}", value, "%"))
        for sort in ("log", "lesson"):
            for name in ("", *PEERS):
                mine = f", {name}" if name else ""
                figures.append(Figure(f"{what} of {sort}s{mine}", share(rows, name, sort), "%"))
    lessons = [(row.lessons & {item.memory for item in row.fed()}, row.lessons) for row in rows]
    told, known = (sum(len(pair[n]) for pair in lessons) for n in (0, 1))
    return [
        *figures,
        Figure("of the lessons about the files, were fed", percent(told, known), "%", least=LESSONS),
    ]


def _store(outcomes: Sequence[Outcome]) -> list[Figure]:
    fed = [item for outcome in outcomes for row in outcome.rows for item in row.fed()]
    bores = sum(times for outcome in outcomes for _, times in _bores(outcome))
    alike = sum(_alike(outcome.believed) for outcome in outcomes)
    believed = sum(len(outcome.believed) for outcome in outcomes)
    by_peers = [
        Figure(
            f"fed though its code is gone, {name}",
            sum(item.gone for outcome in outcomes for row in outcome.rows for item in row.fed(name)),
        )
        for name in PEERS
    ]
    return [
        Figure("fed though its code is gone", sum(item.gone for item in fed), most=0),
        *by_peers,
        Figure(f"of the fed, bores (fed {BORE_TIMES} times or more, never about the task)",
               percent(bores, len(fed)), "%"),
        Figure(f"pairs much alike among {believed} believed in the end", alike),
        Figure("store after the last task, mean", statistics.mean(o.size for o in outcomes) / 1e6, "MB"),
    ]  # fmt: skip


def _pruning(outcomes: Sequence[Outcome]) -> list[Figure]:
    losses = [outcome.loss for outcome in outcomes]
    tasks = sum(loss.tasks for loss in losses)
    before, after = (sum(told) for told in zip(*((x.told_before, x.told_after) for x in losses), strict=True))
    return [
        Figure("taken out of use by pruning in the end", sum(loss.gone for loss in losses)),
        Figure("told about their files by words, before pruning", percent(before, tasks), "%"),
        Figure("told about their files by words, after pruning", percent(after, tasks), "%"),
    ]


def _bores(outcome: Outcome) -> list[tuple[str, int]]:
    times: Counter[str] = Counter()
    useful = set()
    for item in (item for row in outcome.rows for item in row.fed()):
        times[item.memory] += 1
        if item.about:
            useful.add(item.memory)
    return [(memory, n) for memory, n in times.most_common() if n >= BORE_TIMES and memory not in useful]


def _alike(records: Sequence[Record]) -> int:
    words = [(record.kind, frozenset(terms(record.text))) for record in records]
    return sum(
        one == other and len(a & b) >= ALIKE * len(a | b) for (one, a), (other, b) in combinations(words, 2)
    )


def _tokens(rows: Sequence[Row]) -> float:
    return statistics.mean(row.tokens for row in rows)


def _lessons(rows: Sequence[Row]) -> float:
    return statistics.mean(len(row.lessons) for row in rows)


def _price(rows: Sequence[Row]) -> float:
    """Tokens for each memory that is about the task it was fed for."""
    return sum(row.tokens for row in rows) / max(sum(item.about for row in rows for item in row.fed()), 1)


def _ratio(of: Callable[[Sequence[Row]], float], now: Sequence[Row], then: Sequence[Row]) -> float:
    return of(now) / max(of(then), 0.01)


def _median_ms(rows: Sequence[Row], of: Callable[[Row], float]) -> float:
    return 1000 * statistics.median(of(row) for row in rows)


def _share(items: Sequence[Fed], of: Callable[[Fed], bool]) -> float:
    return percent(sum(map(of, items)), len(items))
