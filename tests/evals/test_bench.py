"""The figures of `python -m evals.bench`: measured, or said to be missing."""

import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from evals.bench import Figure, main, table_of, wall_times
from evals.errors import EvalError


def test_a_command_is_timed_as_often_as_asked() -> None:
    seconds = wall_times([sys.executable, "-c", "import time; time.sleep(0.05)"], repeats=3)
    assert len(seconds) == 3
    assert min(seconds) >= 0.05


def test_the_time_of_a_command_that_fails_means_nothing() -> None:
    with pytest.raises(EvalError, match="fails: out of order"):
        wall_times([sys.executable, "-c", "import sys; sys.exit('out of order')"], repeats=1)


def test_a_goal_is_met_only_below_it() -> None:
    assert Figure("peer", 9.0, "s").met
    assert Figure("start", 0.149, "s", 0.15).met
    assert not Figure("start", 0.15, "s", 0.15).met


def test_figures_are_laid_out_beside_their_goals() -> None:
    screen = StringIO()
    figures = [Figure("start", 0.1234, "s", 0.15), Figure("first request", 5432, "tokens", 6000)]
    Console(width=90, file=screen).print(table_of(figures))
    for text in ("0.123 s", "< 0.150 s", "5,432 tokens", "< 6,000 tokens"):
        assert text in screen.getvalue()


def test_a_recording_needs_its_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--recording", str(tmp_path / "run.jsonl")])
    assert ended.value.code == 2
    assert "go together" in capsys.readouterr().err
