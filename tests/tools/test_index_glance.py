"""Answers before everything is read: where there is much to read, what a question is about is read first."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools import index as index_module
from tools import index_refresh, ripgrep
from tools.index import SymbolIndex
from tools.locate import Locator
from tools.reading_behind import ReadingBehind
from tools.workspace import Workspace

PARTS = 300


@pytest.fixture(autouse=True)
def _everything_is_much(monkeypatch):
    monkeypatch.setattr(index_module, "_MUCH_BYTES", 1)


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "repo"
    for number in range(PARTS):
        file = root / "parts" / f"part{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"def work_{number}(amount):\n    return amount + {number}\n")
    (root / "refunds.py").write_text(
        'def pay_back(payment):\n    """Refund a payment."""\n    return -payment\n'
    )
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return Workspace.open(root)


@pytest.fixture
def index(workspace, tmp_path):
    index = SymbolIndex(workspace, tmp_path / "index.db")
    yield index
    index.close()


def ids(symbols):
    return [symbol.id() for symbol in symbols]


def test_a_question_is_answered_before_all_files_are_read(index, workspace):
    found = Locator(workspace, index).find("refund a payment only once")
    assert found.files[0].path == "refunds.py"
    assert ids(ranked.symbol for ranked in found.symbols)[:1] == ["refunds.py::pay_back"]
    assert found.files_there == PARTS + 1
    assert found.files_unread > PARTS / 2


def test_the_rest_is_read_behind_the_answer_and_a_refresh_waits_for_it(index, workspace):
    Locator(workspace, index).find("refund a payment only once")
    assert index.refresh().unread == 0
    assert ids(index.find("work_299")) == ["parts/part299.py::work_299"]
    assert Locator(workspace, index).find("refund a payment only once").files_unread == 0


def test_whoever_waits_for_the_rest_hears_how_far_it_is(workspace, tmp_path, monkeypatch):
    index = SymbolIndex(workspace, tmp_path / "index.db")
    heard = []
    monkeypatch.setattr("tools.index_refresh._BATCH_BYTES", 200)
    index.glance(lambda sizes: [])
    index.read_on()
    index.refresh(lambda done, total: heard.append((done, total)))
    assert all(total == PARTS + 1 for _, total in heard)
    index.close()


def test_a_name_is_found_where_it_is_defined_before_all_files_are_read(index, workspace):
    found = Locator(workspace, index).find("`work_123` should round its result")
    assert found.files[0].path == "parts/part123.py"
    assert found.files_unread > 0


def test_every_file_is_known_by_its_path_before_it_is_read(index):
    index.glance(lambda sizes: ["refunds.py"])
    assert len(index.files()) == PARTS + 1
    assert [path for path, _ in index.match(["part7"]).by_path] == ["parts/part7.py"]
    assert ids(index.outline("refunds.py")) == ["refunds.py::pay_back"]
    assert index.outline("parts/part7.py") == []


def test_what_a_changed_file_held_is_not_shown_any_more(index, workspace):
    index.refresh()
    (workspace.root / "refunds.py").write_text("def give_back(payment):\n    return 0 - payment\n")
    index.glance(lambda sizes: [])
    assert index.find("pay_back") == []
    index.refresh()
    assert ids(index.find("give_back")) == ["refunds.py::give_back"]


def test_files_that_were_read_fresh_from_the_disk_are_not_forgotten_by_a_glance(index):
    index.refresh()  # of files so young that they may change again without their time changing
    index.glance(lambda sizes: [])
    assert ids(index.find("pay_back")) == ["refunds.py::pay_back"]


def test_without_ripgrep_all_is_read_before_a_question_is_answered(index, workspace, monkeypatch):
    monkeypatch.setattr(ripgrep, "binary", lambda: None)
    found = Locator(workspace, index).find("refund a payment only once")
    assert found.files_unread == 0
    assert found.files[0].path == "refunds.py"


def test_a_glance_that_is_interrupted_while_it_writes_is_made_good_by_the_next_refresh(index, monkeypatch):
    for path in index.workspace.root.rglob("*.py"):  # old enough for their time to be believed
        os.utime(path, ns=(1, 1))
    written = index_refresh.put_file

    def interrupted(connection, path, *rest):
        if path == "refunds.py":
            raise KeyboardInterrupt
        return written(connection, path, *rest)

    monkeypatch.setattr(index_refresh, "put_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        index.glance(lambda sizes: ["parts/part1.py", "refunds.py"])
    monkeypatch.setattr(index_refresh, "put_file", written)
    index.refresh()
    assert ids(index.find("work_1")) == ["parts/part1.py::work_1"]


def test_an_index_that_is_closed_keeps_what_it_has_read(workspace, tmp_path):
    index = SymbolIndex(workspace, tmp_path / "index.db")
    Locator(workspace, index).find("refund a payment only once")
    index.close()
    again = SymbolIndex(workspace, tmp_path / "index.db")
    assert ids(again.find("pay_back")) == ["refunds.py::pay_back"]
    again.refresh()
    assert len(again.find("work_7")) == 1
    again.close()


def test_questions_of_several_threads_are_answered_while_the_rest_is_read(index, workspace):
    answers = []

    def ask():
        answers.append(Locator(workspace, index).find("refund a payment only once").files[0].path)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["refunds.py"] * 4
    assert index.refresh().files == PARTS + 1
    assert len(index.find("work_7")) == 1


def test_work_behind_ends_after_its_piece_when_it_is_stopped():
    pieces = []

    def read(report):
        for number in range(10_000):
            pieces.append(number)
            time.sleep(0.005)
            report(number, 10_000)

    behind = ReadingBehind(read)
    behind.start()
    behind.stop()
    assert not behind.is_at_work()
    assert len(pieces) < 100
    behind.start()
    assert behind.is_at_work()
    behind.stop()


def test_work_behind_that_fails_is_no_failure_of_those_who_wait():
    def read(report):
        raise OSError("the disk is gone")

    behind = ReadingBehind(read)
    behind.start()
    behind.wait()
    assert not behind.is_at_work()


NAMES = st.sampled_from(["a.py", "b.py", "c/d.py", "c/e.js", "notes.md"])
DONE = st.one_of(
    st.tuples(st.just("write"), NAMES, st.integers(0, 5)),
    st.tuples(st.just("delete"), NAMES, st.just(0)),
    st.tuples(st.just("glance"), NAMES, st.just(0)),
    st.tuples(st.just("read on"), NAMES, st.just(0)),
    st.tuples(st.just("refresh"), NAMES, st.just(0)),
)


def _text(path: str, number: int) -> str:
    if path.endswith(".py"):
        return f"def name_{number}():\n    return {number}\n" * (1 + number)
    return f"function name_{number}() {{ return {number} }}\n" if path.endswith(".js") else f"name {number}\n"


def _held(index: SymbolIndex) -> dict[str, list[str]]:
    return {path: ids(index.outline(path)) for path in index.files()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(DONE, max_size=14))
def test_whatever_is_glanced_at_a_refresh_gives_what_a_new_index_gives(tmp_path_factory, steps):
    folder: Path = tmp_path_factory.mktemp("history")
    root = folder / "repo"
    (root / "c").mkdir(parents=True)
    (root / "c" / "kept.py").write_text("KEPT = 1\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    workspace = Workspace.open(root)
    index = SymbolIndex(workspace, folder / "index.db")
    for what, path, number in steps:
        file = root / path
        match what:
            case "write":
                file.write_text(_text(path, number))
            case "delete":
                file.unlink(missing_ok=True)
            case "glance":
                index.glance(lambda sizes, chosen=path: [chosen])
                if file.exists():
                    fresh = SymbolIndex(workspace, folder / f"fresh{time.monotonic_ns()}.db")
                    fresh.refresh()
                    assert ids(index.outline(path)) == ids(fresh.outline(path))
                    fresh.close()
            case "read on":
                index.read_on()
            case _:
                index.refresh()
    index.refresh()
    fresh = SymbolIndex(workspace, folder / "fresh.db")
    fresh.refresh()
    assert _held(index) == _held(fresh)
    index.close()
    fresh.close()
