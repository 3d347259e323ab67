"""What the git hooks cost the person who waits for git: each command with them and without, in turn."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from sqlite3 import connect

from evals.errors import EvalError
from evals.memory_bench.figures import Figure, quantile
from evals.memory_bench.house import House, program
from evals.repos import lay_out
from tools.temporary import temporary_folder

PAIRS = 30
GOAL_MS = 50
NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")

Commands = Iterator[tuple[str, ...]]
_MOVING, _MOVED = "payments/domain/invoices.py", "payments/domain/bills.py"


def measure(report: Callable[[str], None], pairs: int = PAIRS) -> list[Figure]:
    """Time git in a repository with hooks, and see that their syncs did run.

    Raises:
        EvalError: No memory was followed: the hooks did nothing, so their time says nothing.
    """
    with temporary_folder() as folder:
        house = House(lay_out("payments", folder / "repository"), folder / "data")
        house.run("git", "branch", "other")
        house.run(program(), "memory", "add", "Invoices are sent at night", "--path", _MOVING)
        house.run(program(), "hooks", "install")
        figures = []
        for name, commands in (("commit", _commits()), ("checkout", _checkouts()), ("amend", _amendments())):
            figures += _compared(house, name, commands, pairs)
            report(f"git {name}: {pairs} pairs")
        house.run("git", "mv", _MOVING, _MOVED)
        _timed(house, ("commit", "--quiet", "--message", "Move invoices"))
        if not _knows(house, _MOVED):
            raise EvalError("A memory did not follow a commit: the hooks ran no sync.")
    return figures


def _compared(house: House, name: str, commands: Commands, pairs: int) -> list[Figure]:
    extra, bare = [], []
    for number in range(pairs):
        order = (True, False) if number % 2 else (False, True)
        spent = {hooked: _timed(house, next(commands), hooked=hooked) for hooked in order}
        extra.append(1000 * (spent[True] - spent[False]))
        bare.append(1000 * spent[False])
    return [
        Figure(f"git {name}: {pairs} pairs, the hooks add, p50", statistics.median(extra), "ms", GOAL_MS),
        Figure(f"git {name}: the hooks add, p95", quantile(extra, 0.95), "ms", GOAL_MS),
        Figure(f"git {name}: without them, p50", statistics.median(bare), "ms"),
    ]


def _timed(house: House, command: tuple[str, ...], *, hooked: bool = True) -> float:
    """Seconds until git is done; returns once what it left in the background is done as well."""
    # Whatever the hooks start holds the writing end open: reading ends when the last of them has.
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as until_quiet:
        try:
            began = time.perf_counter()
            house.run("git", *(() if hooked else NO_HOOKS), *command, hand_down=(writing,))
            spent = time.perf_counter() - began
        finally:
            os.close(writing)
        until_quiet.read()
    return spent


def _knows(house: House, path: str) -> bool:
    """Whether a memory stands at a file, by the raw store: no command that might sync finds out."""
    with closing(connect(house.store)) as database:
        asked = "SELECT count(*) FROM point_values WHERE key = 'files' AND value = ?"
        return bool(database.execute(asked, (path,)).fetchone()[0])


def _commits() -> Commands:
    number = 0
    while True:
        number += 1
        yield ("commit", "--quiet", "--allow-empty", "--message", f"Work {number}")


def _checkouts() -> Commands:
    while True:
        yield ("checkout", "--quiet", "other")
        yield ("checkout", "--quiet", "main")


def _amendments() -> Commands:
    while True:
        yield ("commit", "--quiet", "--amend", "--allow-empty", "--no-edit")
