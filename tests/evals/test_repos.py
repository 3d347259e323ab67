"""The sample repository is laid out alike everywhere, and is healthy."""

import subprocess
import sys
from pathlib import Path

import pytest

from evals import repos
from evals.errors import MissingRequirements, UnknownRepository
from evals.repos import lay_out, require_packages

SOLUTIONS = Path(__file__).parent / "solutions"


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def own_tests(folder: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)


def test_the_root_commit_is_always_the_same(tmp_path: Path) -> None:
    first, second = (lay_out("payments", tmp_path / name) for name in ("first", "second"))
    assert git(first, "rev-parse", "HEAD") == git(second, "rev-parse", "HEAD")
    assert git(first, "rev-list", "--count", "HEAD") == "1"
    assert git(first, "branch", "--show-current") == "main"
    assert git(first, "log", "-1", "--format=%an %aI") == "Payments Team 2026-03-02T09:00:00+00:00"


def test_a_persons_git_settings_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = git(lay_out("payments", tmp_path / "plain"), "rev-parse", "HEAD")
    settings = (
        "[core]\nautocrlf = true\nfileMode = false\n[commit]\ngpgSign = true\n[user]\nname = Somebody\n"
    )
    (tmp_path / ".gitconfig").write_text(settings)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert git(lay_out("payments", tmp_path / "other"), "rev-parse", "HEAD") == plain


def test_its_tests_pass_and_leave_nothing_untracked(tmp_path: Path) -> None:
    folder = lay_out("payments", tmp_path / "payments")
    done = own_tests(folder)
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout
    assert git(folder, "status", "--porcelain") == ""


def test_a_refund_that_forgets_the_ledger_is_caught_by_the_guard_alone(tmp_path: Path) -> None:
    """What the second session of the demo runs into: one failing test, with a sentence that says why."""
    folder = lay_out("payments", tmp_path / "payments")
    git(folder, "apply", str(SOLUTIONS / "refund-without-ledger.patch"))
    done = own_tests(folder)
    assert done.returncode == 1
    assert "1 failed" in done.stdout
    assert "POST /payments/{payment_id}/refund moves money but posted nothing to the ledger" in done.stdout


def test_a_repository_that_is_not_shipped_is_refused_with_the_names_of_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownRepository, match=r"'billing'.*There is: payments"):
        lay_out("billing", tmp_path / "billing")


def test_a_folder_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        lay_out("payments", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_where_its_tests_could_not_run_that_is_said_before_anything_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_packages("payments")
    (tmp_path / "shop").mkdir()
    needs = (
        'dependencies = ["pydantic>=2"]\noptional-dependencies = {test = ["no.such-thing[x]>=1", "pytest"]}'
    )
    (tmp_path / "shop" / "pyproject.toml").write_text(f"[project]\n{needs}\n")
    monkeypatch.setattr(repos, "REPOS", tmp_path)
    with pytest.raises(MissingRequirements, match=r"shop need no.such-thing\. .*pip install no.such-thing$"):
        require_packages("shop")
