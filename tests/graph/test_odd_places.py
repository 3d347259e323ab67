"""Repositories, files and arguments that nobody had in mind, and commands that need a yes."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agent.app import build_toolset
from agent.place import open_bench, open_index
from graph.events import Event, Noticed, RunStarted, ToolReturned
from graph.reply import Call
from graph.toolset import Use
from graph.vault import Vault
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer
from tools.definitions import DefinitionTools
from tools.permissions import Action, Gate, Permissions
from tools.python_analysis import PythonAnalysis
from tools.search import SearchTools

TASK = "Say it with a comma"
COMMA = call("replace", path="shop/cart.py", old="The sum in cents.", new="The sum, in cents.")
ANSWER = call("answer", text="So.")


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs whose tests are not the point here."""
    return Player(shop, test_cmd="true")


def git(root: Path, command: str) -> None:
    """Run git."""
    subprocess.run(f"git {command}", shell=True, cwd=root, check=True)


def test_binary_and_huge_files_are_refused_in_a_sentence_and_the_run_goes_on(
    play: Player, shop: Path
) -> None:
    (shop / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    (shop / "dump.sql").write_text("INSERT INTO t VALUES (1);\n" * 500_000)
    both = Answer(tool_calls=[("read_file", {"path": "logo.png"}), ("read_file", {"path": "dump.sql"})])
    write = call("replace", path="logo.png", old="PNG", new="GIF")
    played = play([both, plan("Say it", "shop/cart.py"), write, COMMA, Answer("Done."), keep()], TASK)
    assert played.finished.outcome == "passed"
    refusals = [event.text for event in played.of(ToolReturned) if not event.ok]
    assert len(refusals) == 3
    assert all(refusal.startswith("Error: ") and len(refusal) < 400 for refusal in refusals)
    assert [file["path"] for file in played.finished.files] == ["shop/cart.py"]


def test_a_file_that_is_not_utf_8_keeps_its_encoding(play: Player, shop: Path) -> None:
    (shop / "shop/names.py").write_bytes("# -*- coding: latin-1 -*-\nCAFÉ = 'café'\r\n".encode("latin-1"))
    played = play(
        [
            call("read_file", path="shop/names.py"),
            plan("Rename", "shop/names.py"),
            call("replace", path="shop/names.py", old="'café'", new="'grand café'"),
            Answer("Done."),
            keep(),
        ],
        "Call the café grand",
    )
    assert played.finished.outcome == "passed"
    assert "CAFÉ = 'café'" in played.told(1)
    expected = "# -*- coding: latin-1 -*-\nCAFÉ = 'grand café'\r\n".encode("latin-1")
    assert (shop / "shop/names.py").read_bytes() == expected


def test_a_file_name_that_is_no_text_does_no_harm(play: Player, shop: Path) -> None:
    odd = os.fsencode(shop) + b"/caf\xe9.py"
    try:
        Path(os.fsdecode(odd)).write_text("def serve():\n    return 'coffee'\n")
    except OSError:
        pytest.skip("this file system takes no such names")
    change = call("shell", command="echo '# more' >> caf*.py")
    done = Answer("The cart needs no change.")  # its name cannot be written in a plan
    answers = [call("list_files"), plan("Serve", "shop/cart.py"), change, done, done, keep()]
    played = play(answers, "Let serve() serve more coffee")
    assert played.finished.outcome == "passed"
    assert [file["path"] for file in played.finished.files] == ["caf?.py"]
    play.undo()
    assert Path(os.fsdecode(odd)).read_text() == "def serve():\n    return 'coffee'\n"
    git(shop, "add -A")
    git(shop, "commit -q -m Odd")
    assert play([ANSWER], "What does serve() serve?").finished.outcome == "answered"


def test_a_repository_without_a_commit_is_worked_in(tmp_path: Path) -> None:
    root = tmp_path / "new"
    root.mkdir()
    git(root, "init -q -b main && git config user.email ada@example.org")
    (root / "notes.py").write_text("A = 1\n")
    play = Player(root, test_cmd="true")
    answers = [
        plan("Count", "notes.py"),
        call("replace", path="notes.py", old="A = 1", new="A = 2"),
        Answer("Done."),
        keep(),
    ]
    played = play(answers, "Count on in notes")
    assert played.finished.outcome == "passed"
    assert [memory.label for memory in play.memories()] == ["task_log"]
    play.undo()
    assert (root / "notes.py").read_text() == "A = 1\n"


def test_an_empty_repository_is_worked_in(tmp_path: Path) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    git(root, "init -q -b main && git config user.email ada@example.org")
    play = Player(root)
    answers = [
        plan("Begin", creates=["README.md"]),
        call("write_file", path="README.md", text="# New\n"),
        Answer("Done."),
        keep(),
    ]
    played = play(answers, "Begin with a README")
    assert (played.finished.outcome, played.finished.exit_code) == ("untested", 6)
    play.undo()
    assert not (root / "README.md").exists()


def test_from_a_folder_inside_and_with_a_detached_head_it_is_the_same_repository(
    play: Player, shop: Path
) -> None:
    play.teach("Totals are in cents.", "shop/cart.py")
    git(shop, "checkout -q --detach")
    inside = Player(shop / "shop")
    inside.root = shop
    played = Player(shop / "shop")([ANSWER], "In what are totals?")
    assert played.finished.outcome == "answered"
    assert "Totals are in cents." in played.told(0)


def test_a_command_that_destroys_needs_a_yes_and_waits_where_none_can_be_asked(
    play: Player, shop: Path
) -> None:
    (shop / "keep.txt").write_text("not committed\n")
    clean = call("shell", command="git clean -fdx")
    stopped = play([plan("Clean", "keep.txt"), clean], "Clean up")
    assert (stopped.finished.outcome, stopped.finished.exit_code) == ("consent", 5)
    assert "git clean -fdx" in stopped.finished.summary
    assert (shop / "keep.txt").exists()
    asked: list[str | None] = []

    def consent(action: Action, reason: str) -> bool:
        assert reason
        asked.append(action.command)
        return True

    played = play.resume([Answer("Clean."), keep()], consent=consent)
    assert asked == ["git clean -fdx"]
    assert not (shop / "keep.txt").exists()
    assert played.finished.outcome == "passed"
    play.undo()
    assert (shop / "keep.txt").read_text() == "not committed\n"


def test_a_no_of_the_persons_is_told_to_the_model(play: Player, shop: Path) -> None:
    (shop / "keep.txt").write_text("not committed\n")
    answers = [
        plan("Clean", "shop/cart.py"),
        call("shell", command="git clean -fdx"),
        COMMA,
        Answer("Done."),
        keep(),
    ]
    played = play(answers, "Clean up", consent=lambda action, reason: False)
    assert "The person said no to: git clean -fdx" in played.told(2)
    assert played.finished.outcome == "passed"
    assert (shop / "keep.txt").exists()


NASTY: list[Any] = [
    "", " ", ".", "..", "../../etc/passwd", "/etc/passwd", "~", "a\x00b", "shop/cart.py/x", "shop", "loop",
    ".git/config", "x" * 300, "shop/" + "y/" * 3000, "é\n", "*", "shop/cart.py::Cart", "(", "--files",
    -1, 10**30, 1.5, None, [], {}, True,
]  # fmt: skip


@pytest.mark.parametrize("use", [Use.LOOK, Use.CHANGE])
def test_no_argument_of_any_tool_ends_a_run(play: Player, shop: Path, tmp_path: Path, use: Use) -> None:
    (shop / "loop").symlink_to("loop")
    place = play.place(base_url="http://127.0.0.1:9/v1")
    index = open_index(place)
    python = PythonAnalysis(shop, tmp_path / "jedi")
    definitions = DefinitionTools(place.workspace, index, python)
    search = SearchTools(place.workspace, index)
    gate = Gate(Permissions(sandboxed=place.sandbox.confines), lambda *_: False)
    tools = build_toolset(place, search, definitions, open_bench(place), gate, Vault())
    schemas = {schema["function"]["name"]: schema["function"]["parameters"] for schema in tools.schemas}
    before = (shop / "shop/cart.py").read_text()
    for name in tools.names(use):
        parameters = list(schemas[name]["properties"])
        fine = {"path": "shop/cart.py", "folder": ".", "pattern": "total", "name": "Cart", "command": "true"}
        for value in NASTY[:: 5 if name == "definition" else 1]:  # that one starts a process each time
            for parameter in parameters:
                arguments = {other: fine.get(other, "x") for other in schemas[name].get("required", [])}
                result = tools.call(Call("c", name, {**arguments, parameter: value}, ""))
                assert 0 < len(result.text) < 30_000
    assert use is Use.CHANGE or (shop / "shop/cart.py").read_text() == before


def test_instructions_of_a_repository_are_cut_where_they_are_endless(play: Player, shop: Path) -> None:
    (shop / "AGENTS.md").write_text("Be kind. " * 5_000)
    played = play([ANSWER], TASK)
    assert len(played.told(0)) < 25_000
    assert "[cut here; AGENTS.md goes on]" in played.told(0)


def test_a_memory_store_that_breaks_costs_the_memory_and_not_the_run(play: Player) -> None:
    play.teach("Totals are in cents.", "shop/cart.py")
    folder = play.place().paths.memory

    def break_it(event: Event) -> None:
        if isinstance(event, RunStarted):
            for file in folder.glob("*.db*"):
                file.write_bytes(b"this is no database " * 500)

    played = play([ANSWER], TASK, hear=break_it)
    assert played.finished.outcome == "answered"
    assert any("without memory" in event.text for event in played.of(Noticed))
