import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from evals.bench_search import growth_table, main, synthetic_tree
from evals.first_message import Change, headless, measure, read_message, survey
from evals.localisation import Score, compare, table
from evals.localisation_cases import cases_of
from tools import index
from tools.syntax import symbols_in


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


def test_first_answers_are_scored_beside_those_of_a_whole_index(folder, monkeypatch):
    monkeypatch.setattr(index, "_MUCH_BYTES", 1)
    root = folder / "repos" / "acme+shop"
    for number in range(150):
        (root / f"part{number}.py").write_text(f"def work_{number}():\n    return {number}\n")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Many parts")
    row = json.loads((folder / "cases.jsonl").read_text().splitlines()[0])
    (folder / "cases.jsonl").write_text(json.dumps({**row, "parent_sha": git(root, "rev-parse", "HEAD")}))
    scores, _ = compare(folder / "cases.jsonl", folder / "repos", first=True)
    assert scores["with some read"].cases == scores["  all read"].cases == 1
    assert scores["with some read"].sums["Acc@1"] == 1


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


SOURCE = "class Money:\n    def split(self, parts):\n        a = 1\n        b = 2\n        return parts\n"
MESSAGE = """Map (file: names):
money.py: Money
  Money: split
mail.py: send_mail

money.py
```
   1\tclass Money:
   2\t    def split(self, parts):
     …
   4\t        b = 2
```"""


@pytest.mark.parametrize(
    ("hunk", "added", "told"),
    [
        (range(4, 5), False, 1.0),
        (range(3, 5), False, 0.0),
        (range(4, 6), True, 1.0),
        (range(5, 7), True, 0.0),
    ],
)
def test_a_change_is_seen_when_all_its_lines_are_shown(hunk, added, told):
    shown = read_message(MESSAGE)
    change = Change("money.py", symbols_in("money.py", SOURCE.encode()), [hunk], frozenset([hunk] * added))
    figures = measure(shown, ["money.py::Money.split"], [change])
    assert (figures["excerpt"], figures["lines"], figures["in map"]) == (1.0, told, 1.0)
    assert figures["excerpts"] == 1


def test_a_piece_without_the_lines_that_open_it_is_headless():
    outline = symbols_in("money.py", SOURCE.encode())
    assert headless(read_message(MESSAGE), lambda path: outline) == 0.0
    bare = MESSAGE.replace("   1\tclass Money:\n   2\t    def split(self, parts):\n     …\n", "")
    assert headless(read_message(bare), lambda path: outline) == 1.0


def test_first_messages_are_made_and_measured_at_the_parent_commit(folder):
    root = folder / "repos" / "acme+shop"
    (root / "money.py").write_text("class Money:\n    def split(self, parts):\n        return [parts]\n")
    git(root, "commit", "-q", "-a", "-m", "Split money into a list")
    row = json.loads((folder / "cases.jsonl").read_text().splitlines()[0])
    (folder / "cases.jsonl").write_text(json.dumps({**row, "sha": git(root, "rev-parse", "HEAD")}))
    sights = survey(folder / "cases.jsonl", folder / "repos", apart=frozenset({"acme/shop"}))
    assert list(sights) == ["all", "apart", "  acme/shop"]
    assert (sights["all"].sums["lines"], sights["all"].sums["in map"]) == (1.0, 1.0)


def test_growth_is_a_line_for_each_size_with_time_and_memory():
    head, *lines = growth_table((40, 80)).splitlines()
    assert "peak MB" in head
    figures = [[float(word) for word in line.split()] for line in lines]
    assert [row[0] for row in figures] == [40, 80]
    assert all(row[2] > 0 and row[7] > 10 for row in figures)
