"""Undo of whole runs, and what a run leaves alone."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from graph.errors import NothingToUndo
from graph.events import Event, TestFinished
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

TASK = "Tidy the shop up"
COMMA = call("replace", path="shop/cart.py", old="The sum in cents.", new="The sum, in cents.")
RULE = {"text": "Sums are integers of cents everywhere in the shop.", "label": "invariant"}


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs whose tests are not the point here."""
    return Player(shop, test_cmd="true")


def tree(root: Path) -> dict[str, bytes]:
    """Every file of a work tree."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files if ".git/" not in f"{path}/"}


def git(root: Path, *arguments: str) -> str:
    """What git prints."""
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout


def test_undo_takes_back_files_and_memories_whoever_made_them(play: Player, shop: Path) -> None:
    before = tree(shop)
    taught = play.teach("The receipt is plain text.", "shop/receipt.py")
    played = play(
        [
            plan("All at once", "shop/cart.py", creates=["shop/tax.py"], memories=[taught.id]),
            Answer(
                tool_calls=[
                    *COMMA.tool_calls,
                    ("write_file", {"path": "shop/tax.py", "text": "RATE = 19\n"}),
                    ("move", {"path": "shop/receipt.py", "to": "shop/paper/receipt.py"}),
                    ("delete", {"path": "README.md"}),
                    ("shell", {"command": "mkdir -p made/deep && echo made > made/deep/file"}),
                    ("shell", {"command": "rm tests/test_receipt.py"}),
                ]
            ),
            Answer("Done."),
            keep(RULE),
        ],
        TASK,
    )
    assert played.finished.outcome == "passed"
    told = {(file["status"], file["path"]) for file in played.finished.files}
    assert told == {
        ("modified", "shop/cart.py"),
        ("added", "shop/tax.py"),
        ("renamed", "shop/paper/receipt.py"),
        ("deleted", "README.md"),
        ("added", "made/deep/file"),
        ("deleted", "tests/test_receipt.py"),
    }
    assert play.memory().get(taught.id).anchors.paths == ("shop/paper/receipt.py",)
    assert {memory.label for memory in play.memories()} == {"design_decision", "task_log", "invariant"}
    undone = play.undo()
    assert tree(shop) == before
    assert not (shop / "made").exists()
    assert undone.files.conflicts == []
    assert [memory.id for memory in play.memories()] == [taught.id]
    again = play.memory().get(taught.id)
    assert again.anchors.paths == ("shop/receipt.py",)
    assert (again.stats.cited, again.stats.helped, again.stats.recalled) == (0, 0, 0)
    with pytest.raises(NothingToUndo, match="No run is left"):
        play.undo()


def test_undo_leaves_what_the_person_edited_since_and_says_so(play: Player, shop: Path) -> None:
    play([plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), keep()], TASK)
    file = shop / "shop/cart.py"
    file.write_text(file.read_text().replace("The sum, in cents.", "The sum, in whole cents."))
    undone = play.undo()
    assert undone.files.conflicts == ["shop/cart.py"]
    assert "The sum, in whole cents." in file.read_text()


def test_undo_passes_over_turns_that_changed_nothing(play: Player, shop: Path) -> None:
    before = tree(shop)
    play([plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), keep()], TASK)
    play([call("answer", text="In cents.")], "What is the unit?")
    play([Answer(status=401)], "Something else")
    assert play.undo().turn.task == TASK
    assert tree(shop) == before


def test_a_run_that_goes_on_is_not_undone(play: Player) -> None:
    refusals: list[str] = []

    def try_it(event: Event) -> None:
        if isinstance(event, TestFinished):
            with pytest.raises(NothingToUndo) as refused:
                play.undo()
            refusals.append(str(refused.value))

    answers = [plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), keep()]
    assert play(answers, TASK, hear=try_it).finished.outcome == "passed"
    assert len(refusals) == 1
    assert "still going on" in refusals[0]


def test_a_turn_is_undone_only_once(play: Player) -> None:
    played = play([plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), keep()], TASK)
    play.undo(played.finished.turn)
    with pytest.raises(NothingToUndo, match="is undone already"):
        play.undo(played.finished.turn)
    with pytest.raises(NothingToUndo, match="There is no run"):
        play.undo("0101-ffff.1")


def test_what_was_dirty_is_neither_counted_nor_lost_nor_undone(play: Player, shop: Path) -> None:
    git(shop, "mv", "shop/money.py", "shop/coins.py")
    (shop / "shop/coins.py").write_text((shop / "shop/coins.py").read_text() + "\n# mine\n")
    for name in ("cart.py", "receipt.py"):
        file = shop / "shop" / name
        file.write_text("# mine too\n" + file.read_text().replace("shop.money", "shop.coins"))
    (shop / "notes.txt").write_text("not to be lost\n")
    (shop / "README.md").unlink()
    before, status = tree(shop), git(shop, "status", "--porcelain")
    played = play([plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), keep()], TASK)
    assert played.finished.outcome == "passed"
    assert [(file["path"], file["added"], file["removed"]) for file in played.finished.files] == [
        ("shop/cart.py", 1, 1)
    ]
    assert "mine" not in "".join(line for line in played.finished.diff.splitlines() if line[:1] in "+-")
    assert (tree(shop).keys(), git(shop, "status", "--porcelain")) == (before.keys(), status)
    play.undo()
    assert (tree(shop), git(shop, "status", "--porcelain")) == (before, status)


def test_the_repositorys_own_git_gets_nothing_but_our_refs(play: Player, shop: Path) -> None:
    (shop / ".git/hooks/post-commit").write_text("#!/bin/sh\ntouch ran\n")
    (shop / ".git/hooks/post-commit").chmod(0o755)
    (shop / "staged.txt").write_text("staged\n")
    git(shop, "add", "staged.txt")
    git(shop, "stash", "push", "-q", "--staged")

    def state() -> dict[str, bytes]:
        root = shop / ".git"
        files = (path for path in root.rglob("*") if path.is_file())
        ours = ("objects/", "refs/oldhand/", "oldhand/")
        names = {str(path.relative_to(root)): path for path in files}
        return {name: path.read_bytes() for name, path in names.items() if not name.startswith(ours)}

    before = state()
    played = play([plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), keep()], TASK)
    play.undo()
    assert played.finished.outcome == "passed"
    assert state() == before
    refs = git(shop, "for-each-ref", "--format=%(refname)").split()
    assert {ref.rsplit("/", 3)[0] for ref in refs if "oldhand" in ref} == {"refs"}
    assert git(shop, "status", "--porcelain") == ""


def test_what_is_too_old_to_be_undone_is_let_go_of(
    play: Player, shop: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.upkeep.KEPT_TURNS", 1)
    answer = Answer(tool_calls=[("answer", {"text": "Yes."})])
    turns = [play([answer], f"Is it {word}?").finished.turn for word in ("so", "thus")]
    refs = git(shop, "for-each-ref", "--format=%(refname)", "refs/oldhand")
    assert turns[1] in refs
    assert turns[0] not in refs
    sessions = home / ".local/share/oldhand/sessions"
    assert [file.stem for file in (sessions / "transcripts").glob("*.jsonl")] == [turns[1]]
    with closing(sqlite3.connect(sessions / "checkpoints.db")) as db:
        assert {thread for (thread,) in db.execute("SELECT thread_id FROM checkpoints")} == {turns[1]}
    assert [turn.turn for turn in play.ledger().turns(shop)] == [turns[1]]


def test_turns_of_long_ago_and_of_repositories_that_are_gone_are_let_go_of(
    play: Player, shop: Path, tmp_path: Path
) -> None:
    answer = Answer(tool_calls=[("answer", {"text": "Yes."})])
    old = play([answer], "Is it so?", clock="2026-01-01T09:00:00Z").finished.turn
    other = shutil.copytree(shop, tmp_path / "other")
    Player(other, test_cmd="true")([answer], "Is it so?", clock="2026-03-02T09:00:00Z")
    shutil.rmtree(other)
    new = play([answer], "Is it thus?", clock="2026-03-02T09:00:00Z").finished.turn
    assert [turn.turn for turn in play.ledger().turns(shop)] == [new]
    assert play.ledger().elsewhere(shop) == []
    assert old not in git(shop, "for-each-ref", "--format=%(refname)", "refs/oldhand")


def test_a_session_goes_on_counting_when_its_first_turns_are_gone(
    play: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.upkeep.KEPT_TURNS", 1)
    answer = Answer(tool_calls=[("answer", {"text": "Yes."})])
    session = play([answer], "Is it so?").finished.session
    turns = [play([answer], "Is it?", session=session).finished.turn for _ in range(2)]
    assert turns == [f"{session}.2", f"{session}.3"]
