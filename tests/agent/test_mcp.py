"""`oldhand mcp` as the official client sees it: in this process for the rules, as a program for the pipes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.server import MCPServer
from mcp_types import CallToolResult

from agent.mcp_server import build
from agent.place import open_place
from tests.agent.conftest import Cli
from tests.e2e.program import ARGV, CHECKOUT

CENTS = "Amounts are whole cents, never floats."
ABOUT = {"paths": ["shop/money.py"], "symbols": ["shop/money.py::cents"]}
Server = MCPServer[Any] | StdioServerParameters
Call = Callable[..., Any]


def with_client(server: Server, talk: Callable[[Call], None]) -> None:
    """Runs `talk` beside a client; what it is given calls a tool and waits for the answer."""

    async def run() -> None:
        async with Client(server) as client:

            def call(name: str, **arguments: Any) -> CallToolResult:
                return anyio.from_thread.run(client.call_tool, name, arguments)

            await anyio.to_thread.run_sync(talk, call)

    anyio.run(run)


@pytest.fixture
def serve(shop: Path, home: Path) -> Callable[..., MCPServer[Any]]:
    """The server of the shop, in this process, with settings."""
    return lambda **flags: build(open_place(shop, {"user": "ada", **flags}))


@pytest.fixture
def started(shop: Path) -> StdioServerParameters:
    """The server as an agent starts it."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return StdioServerParameters(
        command=ARGV[0], args=[*ARGV[1:], "mcp", "-C", str(shop), "--user", "ada"], env=environment
    )


def data(answer: CallToolResult) -> dict[str, Any]:
    assert not answer.is_error, answer.content
    assert answer.structured_content is not None
    return answer.structured_content


def refusal(answer: CallToolResult) -> str:
    assert answer.is_error
    return str(answer.content[0].text)  # type: ignore[union-attr]


def git(shop: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=shop, check=True, capture_output=True)


def test_what_one_agent_remembers_is_recalled_checked_and_moved_by_feedback(
    serve: Callable[..., MCPServer[Any]],
) -> None:
    def talk(call: Call) -> None:
        written = data(call("remember", text=CENTS, label="invariant", **ABOUT))
        assert (written["event"], written["status"], written["reliability"]) == ("added", "active", 0.65)
        answer = call("recall", task="change how amounts are read")
        assert answer.content[0].text.startswith("Memories of earlier work, checked against the code")
        (memory,) = data(answer)["memories"]
        assert (memory["id"], memory["verified"]) == (written["id"], "shop/money.py::cents unchanged")
        (after,) = data(call("feedback", ids=[written["id"]], helped=True))["memories"]
        assert after["reliability"] > 0.65
        told = data(call("history", id=written["id"].lower()))
        assert [change["event"] for change in told["changes"]] == ["added", "recalled", "credited"]
        stats = told["memory"]["stats"]
        assert (stats["recalled"], stats["cited"], stats["helped"]) == (1, 1, 1)
        origin = told["memory"]["provenance"]
        assert (origin["origin"], origin["author"]) == ("run", "ada")
        assert origin["session"].startswith("mcp-")
        assert data(call("remember", text=CENTS, label="invariant"))["event"] == "merged"

    with_client(serve(), talk)


def test_the_rules_of_the_command_line_hold(serve: Callable[..., MCPServer[Any]], cli: Cli) -> None:
    token = "ghp_" + "a1B2" * 9

    def talk(call: Call) -> None:
        assert data(call("remember", text="Let me check the tests"))["event"] == "refused"
        masked = data(call("remember", text=f"The bot pushes with {token} to the mirror"))
        assert token not in json.dumps(masked)
        old = data(call("remember", text="Receipts are plain text", scope="repo"))["id"]
        new = data(call("remember", text="Receipts are HTML", supersedes=[old], because="printers"))["id"]
        kept = [memory["id"] for memory in data(call("list"))["memories"]]
        assert kept == [new, masked["id"]]
        gone = data(call("list", status="superseded"))["memories"]
        assert [memory["id"] for memory in gone] == [old]
        mine = data(call("remember", text="Ada likes short tests", scope="user"))
        assert mine["kind"] == "preference"
        assert "There is no memory M0000 here." in refusal(call("forget", ids=["M0000"]))
        assert "There is no memory M0000 here." in refusal(call("remember", text="x y", depends_on=["M0000"]))
        assert "'truth' is not a label" in refusal(call("remember", text="x y", label="truth"))
        assert "No organisation is set" in refusal(call("remember", text="x y", scope="org"))
        assert refusal(call("recall"))
        assert data(call("forget", ids=[mine["id"]])) == {"forgotten": [mine["id"]]}

    with_client(serve(), talk)
    assert token not in cli("memory", "export").out
    assert cli("memory", "list", "--scope", "user", "--user", "ada", "--json").json() == []


def test_an_agent_does_not_see_what_is_private_to_somebody_else(
    serve: Callable[..., MCPServer[Any]], cli: Cli
) -> None:
    flags = ("--kind", "preference", "--scope", "user", "--user", "grace")
    secret = cli("memory", "add", "Grace wants tabs everywhere", *flags, "--json").json()["id"]

    def talk(call: Call) -> None:
        assert data(call("list", status="all"))["memories"] == []
        assert data(call("recall", task="tabs everywhere?"))["memories"] == []
        for name in ("forget", "feedback"):
            more = {"helped": True} if name == "feedback" else {}
            assert f"no memory {secret}" in refusal(call(name, ids=[secret], **more))
        assert f"no memory {secret}" in refusal(call("history", id=secret))

    with_client(serve(), talk)


def test_what_an_agent_writes_waits_where_the_settings_say_so(
    serve: Callable[..., MCPServer[Any]], cli: Cli
) -> None:
    def talk(call: Call) -> None:
        written = data(call("remember", text=CENTS, stated_by_person=True))
        assert written["status"] == "proposed"
        assert data(call("recall", task="whole cents"))["memories"] == []

    with_client(serve(learn="inbox"), talk)
    (waiting,) = cli("memory", "inbox", "--user", "ada", "--json").json()
    assert (waiting["text"], waiting["provenance"]["origin"]) == (CENTS, "user")

    def refused(call: Call) -> None:
        assert "memory.learn is off" in data(call("remember", text="Carts are never empty"))["reason"]

    with_client(serve(learn="off"), refused)


def test_places_may_be_given_as_an_agent_has_them(serve: Callable[..., MCPServer[Any]], shop: Path) -> None:
    def talk(call: Call) -> None:
        places = {"paths": [f"{shop.resolve()}/shop/cart.py"], "symbols": ["./shop/cart.py::Cart.add"]}
        written = data(call("remember", text="Carts count in cents", **places))
        assert (written["paths"], written["symbols"]) == (["shop/cart.py"], ["shop/cart.py::Cart.add"])
        lost = data(call("remember", text="The importer reads XML", paths=["shop/importer.py"]))
        assert "will not be recalled" in lost["reason"]

    with_client(serve(), talk)


def test_commits_and_branches_while_it_serves_are_seen(started: StdioServerParameters, shop: Path) -> None:
    def talk(call: Call) -> None:
        def recalled() -> list[tuple[str, list[str]]]:
            found = data(call("recall", task="amounts are whole cents"))["memories"]
            return [(memory["id"], memory["paths"]) for memory in found]

        cents = data(call("remember", text=CENTS, paths=["shop/money.py"]))["id"]
        assert recalled() == [(cents, ["shop/money.py"])]
        git(shop, "checkout", "-q", "-b", "rework")
        git(shop, "mv", "shop/money.py", "shop/cents.py")
        git(shop, "commit", "-q", "-m", "Say what it is")
        assert recalled() == [(cents, ["shop/cents.py"])]
        born = data(call("remember", text="Rework sums amounts lazily in cents", paths=["shop/cents.py"]))[
            "id"
        ]
        assert {name for name, _ in recalled()} == {cents, born}
        git(shop, "checkout", "-q", "main")
        assert recalled() == [(cents, ["shop/money.py"])]
        git(shop, "rm", "-q", "shop/money.py")
        assert recalled() == []
        git(shop, "checkout", "-q", "HEAD", "--", "shop/money.py")
        time.sleep(0.6)  # the work tree is looked at twice a second
        assert recalled() == [(cents, ["shop/money.py"])]

    with_client(started, talk)


def test_two_agents_on_one_store_lose_and_double_nothing(
    started: StdioServerParameters, shop: Path, home: Path
) -> None:
    texts = [f"Rule {number} holds for customer{number}" for number in range(24)]

    async def write(mine: list[str]) -> None:
        async with Client(started) as client:
            for text in (*mine, texts[0]):  # both say the first
                answer = await client.call_tool("remember", {"text": text})
                assert data(answer)["event"] in ("added", "merged")

    async def both() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(write, texts[::2])
            group.start_soon(write, texts[1::2])

    anyio.run(both)
    store = next(home.rglob("memory.db"))
    with closing(connect(store)) as database:
        stored = [text for (text,) in database.execute("SELECT json_extract(payload, '$.data') FROM points")]
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(stored) == sorted(texts)


@pytest.fixture
def pipes(started: StdioServerParameters) -> Iterator[subprocess.Popen[str]]:
    """The server with bare pipes."""
    argv = [started.command, *started.args]
    process = subprocess.Popen(
        argv,
        env=started.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def test_standard_output_carries_the_protocol_only_and_the_end_of_input_ends_the_server(
    pipes: subprocess.Popen[str],
) -> None:
    client = {"name": "plain", "version": "1"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    said = (
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "list", "arguments": {}}},
        "this is no message",
    )
    assert pipes.stdin
    assert pipes.stdout
    for message in said:
        pipes.stdin.write(f"{message if isinstance(message, str) else json.dumps(message)}\n")
    pipes.stdin.flush()
    answers = {}
    while len(answers) < 3:
        answer = json.loads(pipes.stdout.readline())
        answers[answer.get("id")] = answer
    assert answers[1]["result"]["serverInfo"]["name"] == "oldhand"
    assert "recall" in answers[1]["result"]["instructions"]
    tools = {tool["name"]: tool for tool in answers[2]["result"]["tools"]}
    assert set(tools) == {"remember", "recall", "forget", "list", "history", "feedback"}
    assert all(
        argument["description"]
        for tool in tools.values()
        for argument in tool["inputSchema"]["properties"].values()
    )
    assert tools["forget"]["annotations"]["destructiveHint"]
    assert tools["recall"]["annotations"]["readOnlyHint"]
    pipes.stdin.close()
    assert pipes.wait(10) == 0
    assert all(json.loads(line) for line in pipes.stdout.read().splitlines())


def test_a_client_that_is_killed_takes_the_server_with_it(started: StdioServerParameters) -> None:
    argv = [started.command, *started.args]
    script = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({argv!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    client = subprocess.Popen(
        [sys.executable, "-c", script], env=started.env, stdout=subprocess.PIPE, text=True
    )
    with client:
        assert client.stdout
        server = int(client.stdout.readline())
        time.sleep(1)
        client.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 15
    while _runs(server) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _runs(server)


def _runs(pid: int) -> bool:
    """Whether a process is there and no zombie, which an orphan without an init stays."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def test_without_a_repository_it_ends_with_2_and_one_sentence(cli: Cli, tmp_path: Path) -> None:
    ended = cli("mcp", "-C", tmp_path)
    assert (ended.exit_code, ended.out) == (2, "")
    assert ended.err.startswith("oldhand: ")
    assert "Traceback" not in ended.err


def test_the_settings_that_the_guide_shows_start_the_server() -> None:
    guide = (CHECKOUT / "docs/mcp.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(json|toml)\n(.*?)```", guide, re.DOTALL)
    assert len(blocks) >= 9
    for language, text in blocks:
        (servers,) = (json.loads if language == "json" else tomllib.loads)(text).values()
        entry = servers["oldhand"]
        command = entry["command"]
        argv = [*command] if isinstance(command, list) else [command, *entry["args"]]
        assert argv[:2] == ["oldhand", "mcp"]
