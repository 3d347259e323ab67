"""Is memory true, and is it fast? `python -m evals.bench_memory --data FOLDER --repos FOLDER`.

Every figure stands beside its goal; what could not be measured is named.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from evals.errors import EvalError
from evals.memory_bench import (
    cascade,
    colleagues,
    duplicates,
    forgetting,
    hooks,
    latency,
    locomo,
    paraphrases,
    processes,
    secrets,
    staleness,
    supersession,
    sync_speed,
    year,
)
from evals.memory_bench.figures import Figure, table_of

Measure = Callable[[], list[Figure]]
NAMES = (
    "staleness", "sync", "locomo", "supersession", "duplicates", "paraphrases", "cascade", "latency",
    "processes", "mcp", "secrets", "forget", "hooks", "year",
)  # fmt: skip


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder with the replay and LoCoMo files.")
@click.option("--repos", type=click.Path(path_type=Path), help="Folder with clones named owner+name.")
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="Just these (may repeat).")
@click.option(
    "--quick", is_flag=True, help="One leap, two conversations, 10,000 memories, ten seconds, 50 tasks."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def main(data: Path | None, repos: Path | None, only: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Measure memory; exit code 1 where a goal is missed or something could not be measured."""
    console = Console(width=110)
    results: dict[str, list[Figure]] = {}
    problems = []
    for name, measure in _measures(data, repos, quick=quick).items():
        if only and name not in only:
            continue
        began = time.monotonic()
        try:
            results[name] = measure()
        except (EvalError, OSError) as error:
            problems.append(f"{name}: {error}")
            continue
        _report(f"{name}: {time.monotonic() - began:.0f} s")
        if not as_json:
            console.print(table_of(name, results[name]))
    if as_json:
        figures = {name: [figure.to_json() for figure in found] for name, found in results.items()}
        click.echo(json.dumps({"figures": figures, "problems": problems}, indent=2))
    for problem in problems:
        click.echo(f"Not measured: {problem}", err=True)
    missed = any(not figure.met for found in results.values() for figure in found)
    sys.exit(1 if missed or problems else 0)


def _measures(data: Path | None, repos: Path | None, *, quick: bool) -> dict[str, Measure]:
    def file(name: str) -> Path:
        if data is None or not (data / name).is_file():
            raise EvalError(f"{name} is not there: name its folder with --data.")
        return data / name

    def clones() -> Path:
        if repos is None or not repos.is_dir():
            raise EvalError("The clones are not there: name their folder with --repos.")
        return repos

    return {
        "staleness": lambda: staleness.measure(
            file("refactor_probes_dev.jsonl"), clones(), _report, by_commit=not quick
        ),
        "sync": lambda: sync_speed.measure(clones(), _report),
        "locomo": lambda: locomo.measure(file("locomo10.zip"), _report, only=2 if quick else 0),
        "supersession": lambda: supersession.measure(_report),
        "duplicates": lambda: duplicates.measure(_report),
        "paraphrases": lambda: paraphrases.measure(_report),
        "cascade": lambda: cascade.measure(_report),
        "latency": lambda: latency.measure(_report, latency.SIZES[:2] if quick else latency.SIZES),
        "processes": lambda: processes.measure(_report, 10.0 if quick else processes.SECONDS),
        "mcp": lambda: colleagues.measure(_report, 200 if quick else colleagues.CALLS),
        "secrets": lambda: secrets.measure(_report),
        "forget": lambda: forgetting.measure(_report),
        "hooks": lambda: hooks.measure(_report, 5 if quick else hooks.PAIRS),
        "year": lambda: year.measure(clones(), _report, count=50 if quick else year.TASKS),
    }


def _report(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
