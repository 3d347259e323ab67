"""A year of memory: the tasks that a history is made of, and what is measured of them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.memory_bench import year, year_figures
from evals.memory_bench.history import tasks_of
from evals.memory_bench.year_figures import Fed, Row

AUTHOR = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
COMMITTER = {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}

Commit = Callable[..., str]


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commit:
    """Commits files to `acme+shop`, each an hour after the one before."""
    root = tmp_path / "clones" / "acme+shop"
    root.mkdir(parents=True)
    for name, value in {**AUTHOR, **COMMITTER}.items():
        monkeypatch.setenv(name, value)
    hours = iter(range(24))

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(message: str, **files: str) -> str:
        for name, text in files.items():
            (root / f"{name}.py").write_text(text)
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-03-01T{next(hours):02d}:00:00Z")
        git("add", ".")
        git("commit", "-q", "-m", message)
        return git("rev-parse", "HEAD")

    git("init", "-q", "-b", "main", ".")
    return write


def test_a_commit_that_changes_a_source_file_is_a_task_with_its_reasons_as_lessons(
    commit: Commit, tmp_path: Path
) -> None:
    first = commit("Begin", money="A = 1\n", test_money="assert True\n")
    commit("Only a test", test_money="assert 1\n")
    second = commit(
        "Count in cents (#12)\n\nWe must never use floats here, they lose money. It is late.\n\n"
        "Signed-off-by: Ada <ada@example.org>",
        money="A = 1\n# Rounding happens in one place because two of them differed.\nB = 2\n",
    )
    (task,) = tasks_of(tmp_path / "clones" / "acme+shop", 10)
    assert task.commit == second
    assert task.before != first
    assert task.words == "Count in cents\n\nWe must never use floats here, they lose money. It is late."
    assert task.changed == {"money.py"}
    assert [(each.text, each.label) for each in task.lessons] == [
        ("We must never use floats here, they lose money.", "constraint"),
        ("Rounding happens in one place because two of them differed.", "design_decision"),
    ]


def test_of_two_commits_the_second_is_fed_what_the_first_one_left(commit: Commit, tmp_path: Path) -> None:
    commit("Begin", money="A = 1\n", basket="C = 1\n")
    commit(
        "Count in cents",
        money="A = 1\n# Rounding happens in one place because two of them differed.\nB = 2\n",
    )
    commit("Round the cents in money up", money="A = 2\n")
    commit("Let the basket grow", basket="C = 2\n")
    lines: list[str] = []
    figures = year.measure(tmp_path / "clones", lines.append, ["acme/shop"], 3)
    found = {figure.what: figure.value for figure in figures}
    assert lines[0].startswith("acme/shop: 3 tasks")
    assert found["recall, tasks 1-25"] == 100
    assert found["fed though its code is gone"] == 0


def test_precision_is_of_what_was_fed_and_recall_of_the_tasks_whose_files_have_a_memory() -> None:
    def fed(memory: str, sort: str, *, about: bool) -> Fed:
        return Fed(memory, sort, about, warned=False, gone=False)

    def row(*items: Fed, lessons: frozenset[str] = frozenset()) -> Row:
        return Row([items], 10, frozenset(), lessons, 3, 0.0, 0.0, {"mem0": [[]]})

    rows = [
        row(fed("M1", "lesson", about=True), fed("M2", "log", about=False), lessons=frozenset(["M1"])),
        row(fed("M3", "files", about=False), lessons=frozenset(["M4"])),
        row(),
    ]
    assert year_figures.precision(rows) == 50
    assert year_figures.precision(rows, sort="lesson") == 100
    assert year_figures.recall(rows) == 50
    assert year_figures.recall(rows, "mem0") == 0
