"""Real changes of real repositories as tasks: laid out to work in, judged by the tests of the real change.

    python -m evals.real_tasks prepare --cases CASES.jsonl --repos FOLDER --out FOLDER [ID …]
    oldhand run -C OUT/ID/repo "$(cat OUT/ID/task.txt)"          # with OLDHAND_PYTHON=OUT/ID/venv/bin/python
    python -m evals.real_tasks judge --cases CASES.jsonl --repos FOLDER --out FOLDER [ID …]

What is laid out ends at the commit before the change: neither the change nor anything after it is within
the agent's reach. The tests of the change are taken from the clone when it is judged, into a copy.
"""

import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from evals.errors import EvalError
from evals.memory_bench.replica import git, mirror_of
from tools.temporary import temporary_folder
from tools.testing.junit import read_junit

Row = dict[str, Any]
TIMEOUT_S = 600
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "-o", "junit_family=xunit1")


@dataclass(frozen=True)
class Verdict:
    """How a task ended, by the tests of the real change.

    Attributes:
        mended: Of the tests that failed before, those that pass now.
        due: How many there are.
        others: Other tests that pass.
        others_due: How many passed before the real change and after it.
    """

    id: str
    mended: int
    due: int
    others: int
    others_due: int

    @property
    def solved(self) -> bool:
        """Whether all that had to pass does, and nothing that passed broke."""
        return self.mended == self.due and self.others >= self.others_due

    def line(self) -> str:
        """One line for a person."""
        word = "solved" if self.solved else "not solved"
        others = f"{self.others} of {self.others_due} others pass"
        return f"{self.id}: {word}, {self.mended} of {self.due} mended, {others}"


def read_rows(cases: Path, ids: Sequence[str]) -> list[Row]:
    """The tasks of a file, all or those named.

    Raises:
        EvalError: One of them is not there.
    """
    rows = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines() if line.strip()]
    if unknown := set(ids) - {row["id"] for row in rows}:
        raise EvalError(f"There is no task {sorted(unknown)[0]} in {cases.name}.")
    return [row for row in rows if not ids or row["id"] in ids]


def prepare(row: Row, repos: Path, out: Path) -> Path:
    """Lay one task out: the repository up to its parent commit, an interpreter, and the task in words.

    Returns:
        The repository.

    Raises:
        EvalError: The clone is missing, or a step fails.
    """
    folder = out / str(row["id"])
    root = folder / "repo"
    if root.exists():
        return root
    source = mirror_of(repos, row["repo"])
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    git(source, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(root, "fetch", "-q", "--no-tags", str(source), row["parent_sha"])
    git(root, "reset", "-q", "--hard", row["parent_sha"])
    _make_interpreter(folder / "venv", row["setup"], root)
    (folder / "task.txt").write_text(row["statement"] + "\n", encoding="utf-8")
    return root


def judge(row: Row, repos: Path, out: Path) -> Verdict:
    """Run the tests of the real change over a copy of the work tree.

    Raises:
        EvalError: The task is not laid out.
    """
    folder = out / row["id"]
    if not (folder / "repo").is_dir():
        raise EvalError(f"{row['id']} is not laid out in {out}: prepare it first.")
    with temporary_folder() as temporary:
        copy = temporary / "repo"
        shutil.copytree(folder / "repo", copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        for path in row["test_files"]:
            _take(mirror_of(repos, row["repo"]), row["sha"], path, copy / path)
        report = temporary / "junit.xml"
        argv = [*PYTEST, f"--junitxml={report}", *row["test_run"]]
        clean = {"PATH": "/usr/bin:/bin", "HOME": str(temporary)}
        clean["PYTHONPATH"] = str(copy / row["setup"]["pythonpath"])  # before the one that the venv knows
        python = str(folder / "venv/bin/python")
        subprocess.run(
            [python, *argv], cwd=copy, env=clean, capture_output=True, timeout=TIMEOUT_S, check=False
        )
        cases = read_junit(report, copy)
    passed = {case.id for case in cases if case.outcome == "passed"}
    due = set(row["fail_to_pass"])
    return Verdict(row["id"], len(due & passed), len(due), len(passed - due), row["n_pass_to_pass"])


def _make_interpreter(folder: Path, setup: Row, root: Path) -> None:
    venv.create(folder, with_pip=True, symlinks=True)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*pip, *setup["pip"]], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EvalError(f"What the tests need cannot be installed: {done.stderr.strip().splitlines()[-1]}")
    packages = next((folder / "lib").glob("python*/site-packages"))
    (packages / "task.pth").write_text(f"{(root / setup['pythonpath']).resolve()}\n", encoding="utf-8")


def _take(source: Path, commit: str, path: str, target: Path) -> None:
    """Write a file as a commit holds it; one that it does not hold is removed."""
    shown = subprocess.run(["git", "show", f"{commit}:{path}"], cwd=source, capture_output=True, check=False)
    if shown.returncode != 0:
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(shown.stdout)


FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
CASES = click.option("--cases", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
REPOS = click.option("--repos", required=True, type=FOLDER, help="Clones named owner+name.")
OUT = click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
IDS = click.argument("ids", nargs=-1)


@click.group(help="Real changes of real repositories as tasks.")
def main() -> None:
    """Prepare tasks, or judge what became of them."""


@main.command(name="prepare")
@CASES
@REPOS
@OUT
@IDS
def prepare_all(cases: Path, repos: Path, out: Path, ids: tuple[str, ...]) -> None:
    """Lay tasks out to work in; those that are there already are left alone."""
    for row in read_rows(cases, ids):
        click.echo(f"{row['id']}: {prepare(row, repos, out)}")


@main.command(name="judge")
@CASES
@REPOS
@OUT
@IDS
def judge_all(cases: Path, repos: Path, out: Path, ids: tuple[str, ...]) -> None:
    """Say of tasks that are laid out whether they are solved."""
    verdicts = [judge(row, repos, out) for row in read_rows(cases, ids) if ids or (out / row["id"]).is_dir()]
    for verdict in verdicts:
        click.echo(verdict.line())
    click.echo(f"{sum(verdict.solved for verdict in verdicts)} of {len(verdicts)} solved")


if __name__ == "__main__":
    try:
        main(standalone_mode=True)
    except EvalError as error:
        sys.exit(f"{error}")
