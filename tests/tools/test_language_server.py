import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import language_server
from tools.definitions import DefinitionTools
from tools.index import SymbolIndex
from tools.language_server import LanguageServer
from tools.python_analysis import PythonAnalysis
from tools.sandbox import detect
from tools.workspace import Workspace

TY = [str(Path(sys.executable).with_name("ty")), "server"]
MONEY = "class Money:\n    def total(self) -> int:\n        return 1\n"
CART = "class Cart:\n    def total(self):\n        return 'none'\n"
USE = (
    "from cart import Cart\nfrom money import Money\n\n\ndef pay():\n    return 'é𝄞', Money().total()\n\n\n"
    "def show():\n    return Cart().total()\n"
)

# A server that does one thing wrong. What it was asked is written down, to see what it was told.
FAKE = """
import json, subprocess, sys, time
manner, log = sys.argv[1], open(sys.argv[2], "a")
def read():
    length = 0
    while (line := sys.stdin.buffer.readline().strip()):
        length = int(line.split(b":")[1])
    return json.loads(sys.stdin.buffer.read(length)) if length else sys.exit()
def say(message):
    body = json.dumps(message).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
    sys.stdout.buffer.flush()
if manner == "leaves a child":
    print(subprocess.Popen(["sleep", "600"]).pid, file=log, flush=True)
if manner == "never reads":
    time.sleep(600)
while True:
    asked = read()
    log.write(json.dumps(asked) + "\\n"); log.flush()
    number, method = asked.get("id"), asked["method"] if "method" in asked else ""
    if method == "initialize":
        if manner == "refuses":
            say({"id": number, "error": {"code": 1, "message": "no licence"}})
        elif manner != "silent at the start":
            say({"id": number, "result": {"capabilities": {}}})
        if manner == "asks back":
            say({"id": "a", "method": "workspace/configuration", "params": {"items": [{}, {}]}})
            say({"id": "b", "method": "made/up", "params": {}})
            say({"id": "c", "method": "workspace/configuration", "params": None})
    elif number is not None and method:
        if manner == "silent": continue
        if manner == "ends": sys.exit(3)
        if manner == "babbles": sys.stdout.buffer.write(b"hello " * 5000); sys.stdout.buffer.flush(); continue
        if manner == "half a message": sys.stdout.buffer.write(b"Content-Length: 90\\r\\n\\r\\n{"); sys.exit()
        if manner == "no object": say([1, 2]); continue
        if manner == "huge":
            sys.stdout.buffer.write(b"Content-Length: 999999999999\\r\\n\\r\\n{")
            sys.stdout.buffer.flush()
            continue
        if manner == "busy":
            manner = "well"; say({"id": number, "error": {"code": -32801, "message": "changed"}}); continue
        if manner == "noisy": sys.stderr.write("x" * 500_000); sys.stderr.flush()
        odd = {"odd": [{"uri": 5}, {"range": 1}, 7, {"uri": "file:///x", "range": {"start": {}}}]}
        uri = asked["params"]["textDocument"]["uri"]
        place = {"uri": uri, "range": {"start": {"line": 0, "character": 6}}}
        say({"method": "window/logMessage", "params": {}})
        say({"id": number, "result": odd.get(manner, [place])})
"""


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "repo"
    root.mkdir()
    for name, text in (("money.py", MONEY), ("cart.py", CART), ("use.py", USE)):
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


@pytest.fixture
def fake(root, tmp_path):
    script = tmp_path / "fake.py"
    script.write_text(FAKE)
    opened = []

    def behaving(manner, contents=dict):
        argv = [sys.executable, str(script), manner, str(tmp_path / "log")]
        opened.append(LanguageServer(root, argv, None, contents, name="fake"))
        return opened[-1]

    yield behaving
    for server in opened:
        server.close()


@pytest.fixture
def tools(root, tmp_path):
    workspace = Workspace.open(root)
    index = SymbolIndex(workspace, tmp_path / "index.db")
    sandbox = detect(workspace.root, sys.executable)
    server = LanguageServer(workspace.root, sandbox.wrap(TY), None, index.contents)
    never = PythonAnalysis(workspace.root, tmp_path / "jedi", timeout_s=0)  # so that only the server answers
    yield DefinitionTools(workspace, index, never, {"python": server})
    server.close()
    index.close()


def logged(tmp_path):
    return [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]


def test_a_real_server_in_the_sandbox_tells_which_of_several_is_meant(tools):
    assert tools.definition("total", "use.py", 6).startswith("money.py:2-3: method Money.total")
    assert tools.definition("total", "use.py", 10).startswith("cart.py:2-3: method Cart.total")


def test_a_real_server_tells_the_type(root):
    server = LanguageServer(root, TY, None, dict)
    column = USE.split("\n")[5].index("total")
    assert server.type_of("use.py", USE, 6, column) == "bound method Money.total() -> int"
    server.close()


def test_a_real_server_tells_who_calls_it(tools):
    text = tools.definition("Money.total")
    assert "Called by:\n  use.py:6 in pay\n" in text + "\n"
    assert "in show" not in text


def test_a_real_server_sees_what_has_changed_since_it_was_last_asked(tools, root):
    assert "in pay" in tools.definition("Money.total")
    (root / "later.py").write_text("from money import Money\n\n\ndef later():\n    return Money().total()\n")
    (root / "money.py").write_text("\n\n" + MONEY)
    text = tools.definition("Money.total")
    assert text.startswith("money.py:4-5")
    assert "later.py:5 in later" in text
    assert tools.definition("total", "later.py", 5).startswith("money.py:4-5: method Money.total")


@pytest.mark.parametrize(
    ("manner", "why"),
    [
        ("silent at the start", "gave no answer in time"),
        ("silent", "gave no answer in time"),
        ("never reads", "gave no answer in time"),
        ("ends", "has ended"),
        ("half a message", "has ended"),
        ("babbles", "says what is no message"),
        ("no object", "says what is no message"),
        ("huge", "says what is no message"),
        ("refuses", "refuses to start: no licence"),
    ],
)
def test_a_server_that_misbehaves_is_left_alone_in_good_time(fake, manner, why, monkeypatch):
    if manner in ("silent at the start", "never reads"):
        monkeypatch.setattr(language_server, "_START_S", 1.0)
    if manner == "silent":
        monkeypatch.setattr(language_server, "_ANSWER_S", 0.4)
    server = fake(manner)
    started = time.monotonic()
    answers = [server.definition("use.py", USE * 5_000, 6, 24) for _ in range(4)]
    assert answers == [None] * 4
    assert time.monotonic() - started < 30
    assert server.failure == f"fake {why}; it is not asked again in this session."
    assert server.type_of("use.py", USE, 6, 24) == ""


@pytest.mark.parametrize("manner", ["well", "busy", "noisy", "asks back"])
def test_a_server_may_take_its_time_be_noisy_and_ask_back(fake, manner):
    server = fake(manner)
    for _ in range(3):
        assert [target.line for target in server.definition("use.py", USE, 6, 24)] == [1]
    assert server.failure is None


def test_an_answer_that_makes_no_sense_is_no_answer(fake):
    server = fake("odd")
    assert server.definition("use.py", USE, 6, 24) is None
    assert server.type_of("use.py", USE, 6, 24) == ""
    assert server.failure is None


def test_places_are_counted_as_the_server_counts(fake, tmp_path):
    fake("well").definition("use.py", USE, 6, USE.split("\n")[5].index("total"))
    told = [line["params"] for line in logged(tmp_path) if line.get("method") == "textDocument/definition"]
    column = USE.split("\n")[5].index("total")
    assert told[0]["position"] == {"line": 5, "character": column + 1}  # the clef is two in UTF-16


def test_a_server_is_told_what_came_changed_and_went(fake, tmp_path, root):
    now = {"a.py": 1, "b.py": 1}
    server = fake("well", lambda: now)
    server.definition("use.py", USE, 6, 24)
    now = {"b.py": 2, "c.py": 1}
    server.definition("use.py", USE, 6, 24)
    server.definition("use.py", USE, 6, 24)
    told = [line["params"]["changes"] for line in logged(tmp_path) if "Watched" in line.get("method", "")]
    kinds = {(Path(change["uri"]).name, change["type"]) for change in told[0]}
    assert (len(told), kinds) == (1, {("a.py", 3), ("b.py", 2), ("c.py", 1)})


def test_nothing_that_a_server_started_outlives_it(fake, tmp_path):
    server = fake("leaves a child")
    server.definition("use.py", USE, 6, 24)
    child = int((tmp_path / "log").read_text().split("\n")[0])
    os.kill(child, 0)
    server.close()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_server_that_cannot_be_started_is_told_once_and_the_index_answers(root, tmp_path):
    workspace = Workspace.open(root)
    index = SymbolIndex(workspace, tmp_path / "index.db")
    server = LanguageServer(workspace.root, [str(tmp_path / "nothing")], None, index.contents)
    python = PythonAnalysis(workspace.root, tmp_path / "jedi", timeout_s=60)
    tools = DefinitionTools(workspace, index, python, {"python": server})
    text = tools.definition("Money.total")
    assert "use.py:6 in pay" in text
    assert "Note: the language server" in text
    assert "cannot be started" in text
    assert "Note:" not in tools.definition("Money.total")
    index.close()
