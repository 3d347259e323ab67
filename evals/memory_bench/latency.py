"""How long a recall takes, verification included, how big its packet is, and how long a write takes."""

import statistics
import time
from collections.abc import Callable, Sequence
from itertools import islice

from evals.memory_bench import synthetic
from evals.memory_bench.figures import Figure, quantile
from memory.light import Light
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Anchors, Draft
from tools.temporary import temporary_folder

SIZES = (100, 10_000, 100_000)
QUERIES = 100
WRITES = 60


def measure(report: Callable[[str], None], sizes: Sequence[int] = SIZES) -> list[Figure]:
    """The figures at each number of memories."""
    figures: list[Figure] = []
    with temporary_folder() as folder:
        root = folder / "shop"
        root.mkdir()
        code = synthetic.lay_out(root)
        embedder = Light()
        for size in sizes:
            store_folder = folder / f"memory-{size}"
            synthetic.fill(store_folder, size, code, embedder)
            report(f"{size:,} memories written")
            memory = Memory(open_store(store_folder, embedder), code, synthetic.VIEW)
            figures += _recalls(memory, size) + _writes(memory, size)
    return figures


def _recalls(memory: Memory, size: int) -> list[Figure]:
    queries = [" ".join(text.split()[:12]) for text in islice(synthetic.texts(2), QUERIES)]
    memory.recall("warm up: an invoice for a customer")
    seconds, tokens = [], []
    for number, query in enumerate(queries):
        near = [synthetic.path_of(number % synthetic.FILES)]
        began = time.perf_counter()
        found = memory.recall(f"Add an endpoint for {query}", near)
        seconds.append(time.perf_counter() - began)
        tokens.append(found.tokens)
    big = size == max(SIZES)
    return [
        Figure(f"recall p50 at {size:,}", 1000 * statistics.median(seconds), "ms", most=50 if big else None),
        Figure(f"recall p95 at {size:,}", 1000 * quantile(seconds, 0.95), "ms", most=120 if big else None),
        Figure(f"largest packet at {size:,}", max(tokens), "tokens", most=2000),
    ]


def _writes(memory: Memory, size: int) -> list[Figure]:
    memory.add(Draft("The first write loads what the others need"))
    seconds = []
    for number, text in enumerate(islice(synthetic.texts(3), WRITES)):
        draft = Draft(f"{text} {number}", anchors=Anchors((synthetic.path_of(number),)))
        began = time.perf_counter()
        memory.add(draft)
        seconds.append(time.perf_counter() - began)
    return [Figure(f"write p50 at {size:,}", 1000 * statistics.median(seconds), "ms", most=30)]
