import subprocess
import sys

import pytest

from tools.definitions import DefinitionTools
from tools.index import SymbolIndex
from tools.language_server import LanguageServer, servers_on_path
from tools.python_analysis import PythonAnalysis
from tools.workspace import Workspace

# A server of few words: it asks two questions of its own, says one thing that no client knows, and answers
# every question for a definition with one place.
SERVER = """
import json, sys

def send(**message):
    data = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n" % len(data) + data)
    sys.stdout.buffer.flush()

while True:
    length = 0
    while (line := sys.stdin.buffer.readline().strip()):
        length = int(line.split(b":")[1]) if line.lower().startswith(b"content-length") else length
    if not length:
        break
    asked = json.loads(sys.stdin.buffer.read(length))
    if asked.get("method") == "initialize":
        root = asked["params"]["rootUri"]
        send(id=asked["id"], result={"capabilities": {}})
        send(id=99, method="workspace/configuration", params={"items": [{"section": "x"}]})
        send(method="odd/news", params={})
    elif asked.get("method") == "textDocument/definition":
        if "silent" in sys.argv:
            continue
        place = {"line": 3, "character": 9}
        send(id=asked["id"], result=[{"uri": root + "/lib.lua", "range": {"start": place, "end": place}}])
"""


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "repo"
    root.mkdir()
    (root / "lib.lua").write_text("function one()\nend\n\nfunction helper()\n  return 1\nend\n")
    (root / "other.lua").write_text("function helper()\n  return 2\nend\n")
    (root / "main.lua").write_text("helper()\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


@pytest.fixture
def server(root, tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    server = LanguageServer([sys.executable, str(tmp_path / "server.py")], root, timeout_s=30)
    yield server
    server.close()


def test_a_server_says_where_a_name_is_defined_and_is_kept_for_the_next_question(server):
    for _ in range(2):
        [target] = server.definition("main.lua", "helper()\n", 1, 0)
        assert (target.path, target.line) == ("lib.lua", 4)


def test_the_definition_tool_shows_what_the_server_means(server, root, tmp_path):
    workspace = Workspace.open(root)
    index = SymbolIndex(workspace, tmp_path / "index.db")
    tools = DefinitionTools(workspace, index, PythonAnalysis(root, tmp_path / "jedi"), {"lua": server})
    assert tools.definition("helper", "main.lua", 1).startswith("lib.lua:4-6: function helper")
    without = DefinitionTools(workspace, index, PythonAnalysis(root, tmp_path / "jedi"))
    assert without.definition("helper", "main.lua", 1).startswith("Several are named 'helper'")
    index.close()


@pytest.mark.parametrize("argv", [["server.py", "silent"], ["gone.py"]])
def test_a_server_that_hangs_or_dies_leaves_the_answer_to_the_index(root, tmp_path, argv):
    (tmp_path / "server.py").write_text(SERVER)
    server = LanguageServer([sys.executable, str(tmp_path / argv[0]), *argv[1:]], root, timeout_s=2)
    assert server.definition("main.lua", "helper()\n", 1, 0) is None
    server.close()


def test_only_servers_that_are_installed_are_offered(root, tmp_path, monkeypatch):
    program = tmp_path / "gopls"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(servers_on_path(root)) == ["go"]
    assert servers_on_path(root, ["rust"]) == {}
