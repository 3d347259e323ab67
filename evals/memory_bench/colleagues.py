"""Memory for other agents: the official MCP client against `oldhand mcp`, alone and beside others.

The client is the library's own, which is asynchronous; this is the only place of ours that speaks so.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import connect
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from evals.memory_bench.figures import Figure, lost_and_doubled, quantile
from evals.memory_bench.house import House, program
from evals.repos import lay_out
from tools.temporary import temporary_folder

CALLS = 1000
WRITES = 120  # by each of the two agents
COMMITS = 12
MOVING = "payments/domain/invoices.py"

Call = tuple[str, dict[str, Any]]


@dataclass
class Heard:
    """What one agent saw: how long its calls took, which of them failed, and what was acknowledged."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)


def measure(report: Callable[[str], None], calls: int = CALLS, writes: int = WRITES) -> list[Figure]:
    """The figures of both: a thousand calls in a row, then two agents and a git hook on one store."""
    with temporary_folder() as root:
        alone = House(lay_out("payments", root / "alone"), root / "alone-data")
        heard = anyio.run(_converse, alone, list(_mixture(calls)))
        report(f"{len(heard.seconds):,} calls by one agent")
        figures = _speed(heard)
        shared = House(lay_out("payments", root / "shared"), root / "shared-data")
        shared.run(program(), "hooks", "install")
        both = anyio.run(_side_by_side, shared, writes)
        report(f"{sum(len(one.written) for one in both):,} writes by two agents, {COMMITS} commits")
        return [*figures, *_together(shared, both)]


def server(house: House) -> StdioServerParameters:
    """How an agent starts the server."""
    return StdioServerParameters(
        command=str(program()), args=["mcp", "-C", str(house.repository)], env=house.environment
    )


def _speed(heard: Heard) -> list[Figure]:
    spent = [1000 * seconds for seconds in heard.seconds]
    return [
        Figure(f"MCP call p50, of {len(spent):,}", quantile(spent, 0.5), "ms"),
        Figure(f"MCP call p95, of {len(spent):,}", quantile(spent, 0.95), "ms", most=50),
        Figure("MCP calls that failed", len(heard.failures), "", most=0),
    ]


def _together(house: House, both: list[Heard]) -> list[Figure]:
    acknowledged = [text for one in both for text in one.written]
    with closing(connect(house.store)) as database:
        rows = database.execute("SELECT json_extract(payload, '$.data') FROM points").fetchall()
        sound = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        logged = {
            name
            for (name,) in database.execute("SELECT DISTINCT memory_id FROM changes WHERE event = 'added'")
        }
        stored = {name for (name,) in database.execute("SELECT record_id FROM points")}
        places = {
            path
            for (path,) in database.execute(
                "SELECT value FROM point_values WHERE key = 'files' AND value LIKE '%/invoices%'"
            )
        }
    texts = [text for (text,) in rows]
    moved = f"payments/domain/invoices_{COMMITS}.py"
    return [
        *lost_and_doubled("memories", acknowledged, texts, "by two agents"),
        Figure(
            "memories without their log, or a damaged file", len(stored ^ logged) + (not sound), "", most=0
        ),
        Figure("calls that failed beside the hook", sum(len(one.failures) for one in both), "", most=0),
        Figure("anchors that lost a file renamed meanwhile", len(places ^ {moved}), "", most=0),
    ]


async def _converse(house: House, calls: list[Call]) -> Heard:
    heard = Heard()
    async with Client(server(house)) as client:
        await _say(client, heard, "remember", {"text": "The first write loads what the others need"})
        await _say(client, heard, "recall", {"task": "the first recall"})
        heard = Heard()
        ids: list[str] = []
        for name, arguments in calls:
            if "ids" in arguments:
                arguments["ids"] = ids[-1:]
            if "id" in arguments:
                arguments["id"] = ids[len(ids) // 2]
            found = await _say(client, heard, name, arguments)
            ids += [found["id"]] if name == "remember" and found.get("id") else []
    return heard


async def _side_by_side(house: House, writes: int) -> list[Heard]:
    both = [Heard(), Heard()]
    async with anyio.create_task_group() as group:
        for number, heard in enumerate(both):
            group.start_soon(_write, house, heard, number, writes)
        await anyio.to_thread.run_sync(_commit, house)
    house.run(program(), "sync")  # after the last hook, whichever of them came first
    return both


async def _write(house: House, heard: Heard, agent: int, writes: int) -> None:
    async with Client(server(house)) as client:
        for number in range(writes):
            text = (
                f"Agent {agent} learned that rule {number} governs invoices of customer{number * 7 + agent}"
            )
            # Only the first has a place: it is written before anything moves.
            paths = [MOVING] if number == 0 else []
            written = await _say(client, heard, "remember", {"text": text, "paths": paths})
            if written.get("id"):
                heard.written.append(text)
            if number % 4 == 0:
                await _say(client, heard, "recall", {"task": f"rule {number} for invoices"})


def _commit(house: House) -> None:
    """Rename one file again and again; each commit starts a sync in the background, by git's own hook."""
    _wait_for_anchors(house.store)
    before = house.repository / MOVING
    for number in range(1, COMMITS + 1):
        after = before.with_name(f"invoices_{number}.py")
        house.run("git", "mv", before, after)
        house.run("git", "commit", "--quiet", "--message", f"Move invoices, {number}")
        before = after


def _wait_for_anchors(store: Path, timeout_s: float = 60.0) -> None:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if store.is_file():
            with closing(connect(store, timeout=30)) as database:
                known = database.execute("SELECT name FROM sqlite_master WHERE name = 'changes'").fetchone()
                asked = "SELECT count(*) FROM point_values WHERE key = 'files'"
                if known and database.execute(asked).fetchone()[0] == len(("first", "second")):
                    return
        time.sleep(0.1)
    raise TimeoutError("The agents did not begin to write.")


async def _say(client: Client, heard: Heard, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    began = time.perf_counter()
    answer = await client.call_tool(name, arguments)
    heard.seconds.append(time.perf_counter() - began)
    if answer.is_error:
        heard.failures.append(f"{name}: {answer.content[0]}")
    return answer.structured_content or {}


def _mixture(calls: int) -> Iterator[Call]:
    """What an agent asks in a day: mostly recalls and writes."""
    for number in range(calls):
        match number % 10:
            case 0 | 3 | 6 | 8:
                yield "recall", {"task": f"change how invoice {number} is paid", "near": [MOVING]}
            case 1 | 4 | 7:
                text = f"Rule {number}: invoices of customer{number} are paid within {number} days"
                yield "remember", {"text": text, "label": "business_rule", "paths": [MOVING]}
            case 2:
                yield "list", {"label": "business_rule", "limit": 10}
            case 5:
                yield "history", {"id": ""}
            case _:
                yield "feedback", {"ids": [], "helped": number % 20 == 9}
