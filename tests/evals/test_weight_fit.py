"""Fitting the weights of the search on cases of which we know what speaks for what."""

import json

from click.testing import CliRunner

from evals.weight_fit import held_out, main, read
from tools.ranking import WEIGHTS

NAMES = ["content", "history"]


def dumped(folder, repo, right, wrong, count=6):
    """Cases in which `right` speaks for the changed file and `wrong` for another."""
    rows = [
        {
            "id": f"{repo}-{n}",
            "repo": repo,
            "gold": ["gold.py"],
            "evidence": {"gold.py": {right: 1.0}, "other.py": {wrong: 0.8}, "third.py": {}},
        }
        for n in range(count)
    ]
    file = folder / f"{repo}.json"
    file.write_text(json.dumps(rows))
    return file


def test_what_spoke_for_the_changed_files_gets_the_weight(tmp_path):
    files = [str(dumped(tmp_path, repo, right="history", wrong="content")) for repo in ("one", "two")]
    done = CliRunner().invoke(main, files)
    assert done.exit_code == 0, done.output
    first = done.output.splitlines()[4]
    assert first.strip().startswith('"history":')
    assert '"content": 0.00' in done.output
    assert '"named"' not in done.output
    assert set(WEIGHTS.signals) - {"named"} == {
        line.partition('"')[2].partition('"')[0] for line in done.output.splitlines()[4:]
    }


def test_the_figure_held_out_comes_from_other_repositories_only(tmp_path):
    agreeing = [dumped(tmp_path, repo, "history", "content") for repo in ("one", "two")]
    assert held_out(read(agreeing, NAMES)).sums["Acc@1"] == 12
    contrary = dumped(tmp_path, "three", "content", "history")
    score = held_out(read([*agreeing, contrary], NAMES))
    assert score.cases == 18
    assert score.sums["Acc@1"] == 12  # what the third taught does not help itself


def test_one_repository_alone_is_refused(tmp_path):
    done = CliRunner().invoke(main, [str(dumped(tmp_path, "one", "history", "content"))])
    assert done.exit_code == 1
    assert "two repositories" in done.output
