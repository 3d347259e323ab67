"""Speed and size figures as a table, each beside its goal: `python -m evals.bench`."""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evals.cases import load_dataset
from evals.checks import Arm
from evals.errors import EvalError, RecordingError
from evals.runner import Place, replaying
from tools.process import run
from tools.temporary import temporary_folder

REPEATS = 10
RUNS = 3
TIMEOUT_S = 300.0
CHARS_PER_TOKEN = 4  # counted on the request itself: the usage in a recording is that of the day it was made
SAYING = "Measure start-up, the program's own time in a run, and the size of the first model request."


@dataclass(frozen=True)
class Figure:
    """One measured figure; `goal` is the most it may be, None for a peer that is shown for comparison."""

    what: str
    value: float
    unit: str
    goal: float | None = None

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.goal is None or self.value < self.goal


def wall_times(argv: Sequence[str], repeats: int = REPEATS) -> list[float]:
    """Run a command several times, after one run that warms the caches; seconds of each.

    Raises:
        EvalError: the command fails: its time would mean nothing.
    """
    seconds = []
    for _ in range(repeats + 1):
        done = run(argv, cwd=Path.cwd(), timeout_s=TIMEOUT_S)
        if done.exit_code != 0:
            raise EvalError(f"`{' '.join(argv)}` fails: {done.stderr.strip()[-300:]}")
        seconds.append(done.seconds)
    return seconds[1:]


def startup_figures() -> list[Figure]:
    """The time until `--version` and `--help` are there, beside that of an empty Python program."""
    program = str(Path(sys.executable).with_name("oldhand"))
    return [
        Figure("python -c pass", statistics.median(wall_times([sys.executable, "-c", "pass"])), "s"),
        Figure("oldhand --version", statistics.median(wall_times([program, "--version"])), "s", 0.15),
        Figure("oldhand --help", statistics.median(wall_times([program, "--help"])), "s", 0.3),
    ]


def run_figures(recording: Path, task: str, environment: Mapping[str, str], runs: int = RUNS) -> list[Figure]:
    """Replay a run on the sample repository at full speed; the time without the model is the program's own.

    One more run comes first and does not count: it writes the byte code that an installed program has.

    Raises:
        EvalError: a run left the recording or did not end properly.
    """
    as_installed = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    replays = [_replay(recording, task, as_installed) for _ in range(runs + 1)][1:]
    middle = sorted(replays, key=lambda replay: replay.own)[runs // 2]
    return [
        Figure(f"a run on payments, model time taken out, median of {runs}", middle.own, "s", 5.0),
        Figure(f"model time taken out of it ({middle.calls} replayed answers)", middle.model, "s"),
        Figure("its first model request", middle.first_request / CHARS_PER_TOKEN, "tokens", 6000),
    ]


@dataclass(frozen=True)
class Replay:
    """One replayed run: its own seconds and the model's, its model calls, characters of the first request."""

    own: float
    model: float
    calls: int
    first_request: int


def _replay(recording: Path, task: str, environment: Mapping[str, str]) -> Replay:
    server, environment = replaying(recording, environment)
    with temporary_folder() as scratch, server:
        place = Place.prepare("payments", scratch, environment)
        played = place.play(task, TIMEOUT_S)
    if problem := "; ".join([*server.mismatches, *filter(None, [played.problem])]):
        raise EvalError(f"The replayed run did not come to its end: {problem}")
    end = played.finished
    model = end["model_seconds"]
    return Replay(played.seconds - model, model, end["model_calls"], server.request_chars[0])


def recorded_run() -> tuple[Path, str]:
    """The first case of the suite that comes with a recording, and its task.

    Raises:
        RecordingError: none does.
    """
    dataset = load_dataset("payments")
    for case in dataset.cases:
        if Arm.MEMORY in case.recordings and not case.earlier:
            return dataset.folder / case.recordings[Arm.MEMORY], case.task.strip()
    raise RecordingError(
        "No case of the suite has a recording: give one by --recording and --task (python -m evals.recorder "
        "makes it)."
    )


def table_of(figures: Sequence[Figure]) -> Table:
    """Lay figures out for the terminal."""
    table = Table(header_style="bold")
    table.add_column("what")
    for heading in ("measured", "goal"):
        table.add_column(heading, justify="right", no_wrap=True)
    for figure in figures:
        goal = "" if figure.goal is None else f"< {_number(figure.goal, figure.unit)}"
        value = Text(_number(figure.value, figure.unit), "" if figure.met else "bold red")
        table.add_row(figure.what, value, goal)
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where a goal is missed or something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=SAYING)
    parser.add_argument(
        "--recording", type=Path, help="a recorded run on payments (default: the suite's first)"
    )
    parser.add_argument("--task", help="the task of that run, word for word")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    options = parser.parse_args(arguments)
    if (options.recording is None) != (options.task is None):
        parser.error("--recording and --task go together")
    problems = []
    figures = startup_figures()
    try:
        recording, task = (options.recording, options.task) if options.recording else recorded_run()
        figures += run_figures(recording, task, os.environ)
    except EvalError as error:
        problems.append(str(error))
    if options.json:
        sys.stdout.write(
            json.dumps({"figures": [asdict(each) for each in figures], "problems": problems}) + "\n"
        )
    else:
        Console().print(table_of(figures))
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 0 if not problems and all(figure.met for figure in figures) else 1


def _number(value: float, unit: str) -> str:
    return f"{value:.3f} s" if unit == "s" else f"{value:,.0f} {unit}"


if __name__ == "__main__":
    sys.exit(main())
