import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from evals.bench_search import main, synthetic_tree
from evals.localisation import Score, compare, table
from evals.localisation_cases import cases_of


def git(root, *arguments):
    settings = ["-c", "user.name=a", "-c", "user.email=a@b"]
    done = subprocess.run(
        ["git", *settings, *arguments], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "repos" / "acme+shop"
    root.mkdir(parents=True)
    (root / "money.py").write_text("class Money:\n    def split(self, parts):\n        return parts\n")
    (root / "mail.py").write_text("def send_mail(to):\n    return to\n")
    git(root, "init", "-q", ".")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    case = {
        "id": "1", "repo": "acme/shop", "parent_sha": git(root, "rev-parse", "HEAD"),
        "query": "split money evenly", "gold_files": ["money.py"], "gold_symbols": ["money.py::Money.split"],
    }  # fmt: skip
    other = {**case, "repo": "acme/missing"}
    (tmp_path / "cases.jsonl").write_text(f"{json.dumps(case)}\n{json.dumps(other)}\n")
    return tmp_path


def test_every_way_of_searching_is_scored_on_the_same_cases_and_what_is_missing_is_said(folder):
    scores, missing = compare(folder / "cases.jsonl", folder / "repos")
    assert [(name, score.cases) for name, score in scores.items()] == [
        ("ripgrep", 1), ("BM25", 1), ("oldhand", 1), ("  shop", 1),
    ]  # fmt: skip
    assert all(score.sums["Acc@1"] == 1 for score in scores.values())
    assert scores["oldhand"].sums["sym@10"] == 1
    assert missing == ["acme/missing"]


def test_cases_are_made_of_changes_to_code_that_came_with_tests(folder):
    root = folder / "repos" / "acme+shop"
    (root / "test_money.py").write_text("def test_split():\n    pass\n")
    (root / "money.py").write_text("class Money:\n    def split(self, parts):\n        return [parts]\n")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Split money into a list (#12)")
    (root / "mail.py").write_text("def send_mail(to):\n    return None\n")
    git(root, "commit", "-q", "-a", "-m", "No test came with this one")
    (case,) = cases_of(root, "acme/shop", 40)
    assert case["query"] == "Split money into a list"
    assert (case["gold_files"], case["gold_symbols"]) == (["money.py"], ["money.py::Money.split"])
    assert case["parent_sha"] == git(root, "rev-parse", "HEAD~2")


def test_a_wrong_ranking_scores_nothing():
    score = Score()
    score.add(["b.py", "c.py"], frozenset({"a.py"}), 0.1)
    assert score.sums["Acc@5"] == score.sums["MRR"] == score.sums["R@10"] == 0
    assert "0.0" in table({"none": score})


def test_a_peer_that_gives_no_answer_is_a_sentence(folder):
    silent = folder / "python"
    silent.write_text("#!/bin/sh\nexit 1\n")
    silent.chmod(0o755)
    arguments = [
        "--cases",
        str(folder / "cases.jsonl"),
        "--repos",
        str(folder / "repos"),
        "--aider",
        str(silent),
    ]
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 1
    assert "aider's repo map gave no answer" in ended.output


def test_without_folders_the_bench_says_what_it_needs():
    ended = CliRunner().invoke(main, [])
    assert ended.exit_code == 0
    assert "--cases" in ended.output
    assert "--tree" in ended.output


def test_speed_is_measured_on_a_copy(tmp_path):
    root = synthetic_tree(tmp_path / "tree", 60)
    git(root, "commit", "-q", "-m", "start the workers")
    git(root, "commit", "-q", "--allow-empty", "-m", "run part 12")
    argv = [sys.executable, "-c", "from evals.search_speed import main; main()", str(root)]
    measured = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    assert measured["files"] == 60
    assert {"cold_s", "warm_s", "changed_s", "query_p95_s", "peak_mb"} <= measured.keys()
    assert git(root, "status", "--porcelain") == ""
