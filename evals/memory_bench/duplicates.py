"""What is kept of a thousand noisy writes, and is anything lost that is not noise?

Beside oldhand: plain mem0 as it comes, which keeps every write, and a threshold on the cosine of embeddings.
"""

import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from evals.memory_bench.alterations import altered
from evals.memory_bench.bare import NoCode, plain_mem0
from evals.memory_bench.figures import Figure, percent
from evals.memory_bench.noise import Fact, Noise, Split, read
from memory.light import Light
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft, Origin, Provenance
from memory.scopes import Viewpoint
from memory.writing import Written
from tools.temporary import temporary_folder

WRITES = {"paraphrase": 600, "restated guide": 200, "recalled and written back": 200}
ALTERED = 1000
THRESHOLD = 0.9
_RUN = Provenance(origin=Origin.RUN)


class Guided(NoCode):
    """A repository of which only the guides are known."""

    def __init__(self, guides: Sequence[tuple[str, str]]) -> None:
        self._guides = guides

    def settled(self) -> "Guided":
        """This one."""
        return self

    def guides(self) -> Sequence[tuple[str, str]]:
        """What is written down."""
        return self._guides


@dataclass
class Tally:
    """What became of the writes, by what they were."""

    written: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    kept_texts: list[tuple[str, str]] = field(default_factory=list)

    def note(self, kind: str, text: str, *, kept: bool) -> None:
        """Enter one write."""
        self.written[kind] += 1
        if kept:
            self.kept[kind] += 1
            self.kept_texts.append((kind, text))

    def share(self, *kinds: str) -> float:
        """The share of the writes of these kinds that was kept, in percent."""
        kept, written = (sum(count[kind] for kind in kinds) for count in (self.kept, self.written))
        return percent(kept, written)


def measure(report: Callable[[str], None], splits: Sequence[Split] = ("dev", "heldout")) -> list[Figure]:
    """The figures of each part, the held-out one with the goals."""
    figures: list[Figure] = []
    for split in splits:
        noise = read(split)
        tally = _by_oldhand(noise)
        report(f"{split}: {sum(tally.written.values())} writes")
        for kind, text in tally.kept_texts if split == "dev" else ():
            if kind in WRITES:
                report(f"  kept, {kind}: {text!r}")
        figures += _figures(split, tally)
        figures += _peers(split, noise)
    return figures


def _figures(split: Split, tally: Tally) -> list[Figure]:
    count = sum(tally.written[kind] for kind in WRITES)
    kept = tally.share(*WRITES)
    rows = [Figure(f"{split}: near-duplicates kept of {count:,} noisy writes", kept, "%", most=1)]
    rows += [
        Figure(f"{split}: … of {tally.written[kind]} as {kind}", tally.share(kind), "%") for kind in WRITES
    ]
    if count_free := tally.written["free"]:
        rows.append(
            Figure(f"{split}: of {count_free} put freely in other words, kept", tally.share("free"), "%")
        )
    lost = 100 - tally.share("distinct")
    mistaken = 100 - tally.share("altered")
    ended = tally.share("distinct, ended another")
    distinct = tally.written["distinct"]
    return [
        *rows,
        Figure(f"{split}: notes of the moment kept", tally.share("of the moment"), "%", most=1),
        Figure(f"{split}: distinct memories merged or refused, of {distinct}", lost, "%", most=1),
        Figure(f"{split}: … of {tally.written['altered']:,} that differ in one thing", mistaken, "%", most=1),
        Figure(f"{split}: distinct memories that ended another", ended, "%", most=1),
        Figure(f"{split}: contradictions that merged", 100 - tally.share("contradiction"), "%", most=1),
        Figure(f"{split}: contradictions that replaced", tally.share("contradiction, replaced"), "%"),
        Figure(f"{split}: write p50", 1000 * statistics.median(tally.seconds), "ms", most=30),
    ]


def _by_oldhand(noise: Noise) -> Tally:
    tally = Tally()
    chance = random.Random(4)
    with temporary_folder() as folder:
        store = open_store(folder, Light())
        code = Guided(noise.guides)
        repos = [Memory(store, code, Viewpoint("bench", f"repo{fact.repo}")) for fact in noise.facts]
        homes = dict(zip(noise.facts, repos, strict=True))
        for fact in noise.facts:
            homes[fact].add(Draft(fact.say, level="repo"))

        for number, (say, same) in enumerate(noise.free):
            alone = Memory(store, code, Viewpoint("bench", f"free{number}"))
            alone.add(Draft(say, level="repo"))
            _write(tally, alone, "free", same)
        _write_altered(tally, noise, homes)
        for fact, text in _distinct(noise):
            done = _write(tally, homes[fact], "distinct", text)
            tally.note("distinct, ended another", text, kept=done.event == "superseded" or _waits(done))
        for kind, fact, text in _noisy(noise, chance):
            memory = homes[fact]
            turn = None
            if kind == "recalled and written back":
                turn = f"turn {len(tally.seconds)}"
                fed = memory.recall(fact.say).fed
                memory.note_recalled([item.record.id for item in fed], turn=turn)
            _write(tally, memory, kind, text, turn)
        for text in noise.passing:
            _write(tally, repos[0], "of the moment", text)
        for fact in noise.facts:
            for text in fact.against:
                done = _write(tally, homes[fact], "contradiction", text)
                tally.note("contradiction, replaced", text, kept=done.event == "superseded" or _waits(done))
        store.close()
    return tally


def _write(tally: Tally, memory: Memory, kind: str, text: str, turn: str | None = None) -> Written:
    began = time.perf_counter()
    done = memory.add(Draft(text, level="repo", provenance=_RUN), turn=turn)
    tally.seconds.append(time.perf_counter() - began)
    tally.note(kind, text, kept=done.event in ("added", "superseded"))
    return done


def _write_altered(tally: Tally, noise: Noise, homes: Mapping[Fact, Memory]) -> None:
    """Each of them meets the facts alone: some of them contradict one another."""
    for number, (fact, text) in enumerate(_altered(noise)):
        turn = f"altered {number}"
        _write(tally, homes[fact], "altered", text, turn)
        homes[fact].undo(turn)


def _waits(done: Written) -> bool:
    """Whether a run's statement waits for a person's word because it contradicts another."""
    return bool(done.record and (done.record.reason or "").startswith("contradicts"))


def _distinct(noise: Noise) -> list[tuple[Fact, str]]:
    found = [(fact, text) for fact in noise.facts for text in fact.other]
    return found + [(noise.facts[0], text) for text in (*noise.fresh, *noise.lasting)]


def _altered(noise: Noise) -> list[tuple[Fact, str]]:
    """Hard negatives, as many as the noise: facts and paraphrases with one thing of them changed."""
    chance = random.Random(8)
    found = []
    for number in range(ALTERED):
        fact = noise.facts[number % len(noise.facts)]
        text = altered(chance.choice((fact.say, *fact.same)), chance)
        found.append((fact, noise.disguised(text, chance)))
    return found


def _noisy(noise: Noise, chance: random.Random) -> list[tuple[str, Fact, str]]:
    writes = []
    for kind, count in WRITES.items():
        for number in range(count):
            fact = noise.facts[number % len(noise.facts)]
            if kind == "restated guide":
                text = noise.restated[number % len(noise.restated)]
            else:
                text = chance.choice((fact.say, *fact.same))
            writes.append((kind, fact, noise.disguised(text, chance)))
    chance.shuffle(writes)
    return writes


def _peers(split: Split, noise: Noise) -> list[Figure]:
    chance = random.Random(4)
    embedder = Light()
    distinct, noisy = _distinct(noise), _noisy(noise, chance)
    known = embedder.embed([fact.say for fact in noise.facts])
    merged = 0
    nearest = known @ embedder.embed([text for _, text in _altered(noise)]).T
    mistaken = int((nearest.max(axis=0) >= THRESHOLD).sum())
    for _, text in distinct:
        vector = embedder.embed([text])
        if float((known @ vector[0]).max()) >= THRESHOLD:
            merged += 1
        else:
            known = np.concatenate([known, vector])
    kept = 0
    for _, _, text in noisy:
        vector = embedder.embed([text])
        if float((known @ vector[0]).max()) < THRESHOLD:
            kept += 1
            known = np.concatenate([known, vector])
    name = f"cosine of {THRESHOLD} alone"
    return [
        Figure(f"{split}: plain mem0, near-duplicates kept", _kept_by_mem0(noise, noisy), "%"),
        Figure(f"{split}: {name}, near-duplicates kept", percent(kept, len(noisy)), "%"),
        Figure(f"{split}: {name}, distinct memories merged", percent(merged, len(distinct)), "%"),
        Figure(f"{split}: {name}, … that differ in one thing", percent(mistaken, ALTERED), "%"),
    ]


def _kept_by_mem0(noise: Noise, noisy: Sequence[tuple[str, Fact, str]]) -> float:
    """Without a model mem0 extracts nothing: what is written is kept."""
    with temporary_folder() as folder:
        mem0 = plain_mem0(folder, Light())
        for fact in noise.facts:
            mem0.add(fact.say, user_id="bench", infer=False)
        for _, _, text in noisy:
            mem0.add(text, user_id="bench", infer=False)
        found = mem0.get_all(filters={"user_id": "bench"}, top_k=10_000)["results"]
    return percent(len(found) - len(noise.facts), len(noisy))
