import json
import subprocess
from pathlib import Path

import pytest

from evals.errors import EvalError
from evals.real_tasks import judge, prepare, read_rows

TEST = "from shop import price\n\n\ndef test_price():\n    assert price() == {}\n"


@pytest.fixture
def repos(tmp_path: Path) -> Path:
    """A folder of clones with one in it: a fault, and the commit that mends it with its test."""
    root = tmp_path / "repos" / "ann+shop"
    root.mkdir(parents=True)
    for number, wanted in (("1", "1"), ("2", "2")):
        (root / "shop.py").write_text(
            f"def price():\n    return {number}\n\n\ndef name():\n    return 'shop'\n"
        )
        (root / "test_shop.py").write_text(
            TEST.format(wanted)
            + "\n\ndef test_name():\n    from shop import name\n\n    assert name() == 'shop'\n"
        )
        subprocess.run(
            "git init -q -b main; git add -A; git -c user.name=a -c user.email=a@b commit -qm x",
            shell=True, cwd=root, check=True,
        )  # fmt: skip
    return root.parent


@pytest.fixture
def row(repos: Path, tmp_path: Path) -> dict[str, object]:
    """The task of it."""
    shas = subprocess.run(
        ["git", "rev-list", "HEAD"], cwd=repos / "ann+shop", capture_output=True, text=True, check=True
    ).stdout.split()
    made: dict[str, object] = {
        "id": "shop-1", "repo": "ann/shop", "parent_sha": shas[1], "sha": shas[0], "statement": "Two.",
        "test_files": ["test_shop.py"], "test_run": ["test_shop.py"], "n_pass_to_pass": 1,
        "fail_to_pass": ["test_shop.py::test_price"], "setup": {"pip": ["pytest"], "pythonpath": "."},
    }  # fmt: skip
    (tmp_path / "cases.jsonl").write_text(json.dumps(made) + "\n")
    return made


@pytest.mark.slow  # it installs pytest into an environment of its own
def test_a_task_is_laid_out_without_its_future_and_judged_by_it(
    row: dict[str, object], repos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    root = prepare(row, repos, out)
    log = subprocess.run(
        ["git", "log", "--all", "--format=%H"], cwd=root, capture_output=True, text=True, check=True
    )
    assert log.stdout.split() == [row["parent_sha"]]
    assert (root.parent / "task.txt").read_text() == "Two.\n"
    before = judge(row, repos, out)
    assert (before.solved, before.mended, before.others) == (False, 0, 1)
    (root / "shop.py").write_text((root / "shop.py").read_text().replace("return 1", "return 2"))
    assert judge(row, repos, out).line() == "shop-1: solved, 1 of 1 mended, 1 of 1 others pass"
    assert "== 1" in (root / "test_shop.py").read_text()  # the hidden test stays hidden


def test_what_is_not_there_is_named(row: dict[str, object], repos: Path, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no task other-1"):
        read_rows(tmp_path / "cases.jsonl", ["other-1"])
    with pytest.raises(EvalError, match="prepare it first"):
        judge(row, repos, tmp_path / "out")
    with pytest.raises(EvalError, match="no clone of ann/other"):
        prepare({**row, "repo": "ann/other"}, repos, tmp_path / "out")
