"""How long memory takes to catch up with a real repository: a thousand commits, and one."""

import time
from collections.abc import Callable
from pathlib import Path

from evals.errors import EvalError
from evals.memory_bench.figures import Figure
from evals.memory_bench.replica import PATTERNS, Replica, git
from memory.memory import Memory
from memory.records import Anchors, Draft, SymbolAnchor
from tools.syntax import symbols_in
from tools.temporary import temporary_folder

REPOSITORY = "pallets/werkzeug"
COMMITS, MEMORIES = 1000, 1000
ONE_BY_ONE = 10


def measure(repos: Path, report: Callable[[str], None], name: str = REPOSITORY) -> list[Figure]:
    """Sync over many commits in one go, then over single ones.

    Raises:
        EvalError: The repository is not there, or too small.
    """
    with temporary_folder() as folder:
        replica = Replica.of(repos, name, folder)
        commits = git(replica.root, "rev-list", "--first-parent", "HEAD").split()
        if len(commits) <= COMMITS + ONE_BY_ONE:
            raise EvalError(f"{name} has only {len(commits)} commits along first parents: take another one.")
        replica.check_out(commits[COMMITS + ONE_BY_ONE])
        memory = replica.memory(folder)
        count = _anchor(memory, replica.root)
        report(f"{count} memories at symbols of {name}")
        replica.check_out(commits[ONE_BY_ONE])
        long = _timed(memory)
        single = []
        for commit in commits[ONE_BY_ONE - 1 :: -1]:
            replica.check_out(commit)
            single.append(_timed(memory))
    return [
        Figure(f"sync over {COMMITS:,} commits, {count:,} memories", long, "s", most=30),
        Figure("sync of one commit, median", 1000 * sorted(single)[len(single) // 2], "ms", most=300),
        Figure("sync of one commit, longest", 1000 * max(single), "ms"),
    ]


def _timed(memory: Memory) -> float:
    began = time.perf_counter()
    memory.sync()
    return time.perf_counter() - began


def _anchor(memory: Memory, root: Path) -> int:
    """Write a memory for each of the first symbols, evenly over the files."""
    names = []
    for path in git(root, "ls-files", *PATTERNS).split("\n"):
        file = root / path
        if path and file.is_file():
            names += [
                symbol.id() for symbol in symbols_in(path, file.read_bytes()) if symbol.kind != "module"
            ]
    step = max(len(names) / MEMORIES, 1.0)
    chosen = dict.fromkeys(names[int(number * step)] for number in range(min(MEMORIES, len(names))))
    for name in chosen:
        memory.add(Draft(f"{name} is relied on by others", anchors=Anchors(symbols=(SymbolAnchor(name),))))
    return len(chosen)
