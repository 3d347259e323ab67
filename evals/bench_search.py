"""Code search beside its peers: how well it finds the files of real changes, how fast, how it grows.

Nothing is downloaded: what is not there is left out, and said.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from evals import first_message
from evals.localisation import compare, table
from tools.temporary import temporary_folder

_SPEED = (
    ("cold index", "cold_s", "at most 1.5 times ctags with two processes"),
    ("  the same in CPU seconds", "cold_cpu_s", ""),
    ("  of these tree-sitter's parsing", "parse_cpu_s", ""),
    ("  ctags, CPU seconds", "ctags_cpu_s", ""),
    ("  ctags, one process", "ctags_one_s", ""),
    ("  ctags, two processes", "ctags_two_s", ""),
    ("first answer, from no index at all", "first_answer_s", ""),
    ("  the same in CPU seconds", "first_answer_cpu_s", ""),
    ("  files not read by then", "unread", ""),
    ("warm start", "warm_s", "under 0.3"),
    ("one changed file", "changed_s", "under 0.05"),
    ("first query of a process", "first_query_s", ""),
    ("query, median", "query_p50_s", ""),
    ("query, 95th percentile", "query_p95_s", "under 0.15"),
    ("  the same in CPU seconds", "query_p95_cpu_s", ""),
    ("peak memory, MB", "peak_mb", "under 500 with its workers"),
    ("peak memory of a worker, MB", "peak_worker_mb", ""),
    ("index file, MB", "database_mb", ""),
)
_SIZES = (1_000, 5_000, 10_000, 20_000, 50_000)


@click.command()
@click.option(
    "--cases", type=click.Path(exists=True, path_type=Path), help="JSON lines: repo, parent_sha, query, gold"
)
@click.option("--repos", type=click.Path(exists=True, path_type=Path), help="clones, in folders owner+name")
@click.option("--limit", default=0, help="cases of each repository; 0: all")
@click.option("--aider", type=click.Path(exists=True, path_type=Path), help="a Python that has aider-chat")
@click.option("--apart", multiple=True, help="owner/name: in the first message's table its mean stands apart")
@click.option("--tree", type=click.Path(exists=True, path_type=Path), help="a repository to measure speed on")
@click.option("--growth", is_flag=True, help="measure on made-up trees of up to 50,000 files")
def main(
    cases: Path | None,
    repos: Path | None,
    limit: int,
    aider: Path | None,
    apart: tuple[str, ...],
    tree: Path | None,
    growth: bool,
) -> None:
    """Print the tables that the given folders allow; say what is missing for the others."""
    if cases and repos:
        if aider is None:
            click.echo("aider's repo map is left out: name a Python that has aider-chat with --aider.")
        scores, missing = compare(cases, repos, limit, aider)
        click.echo(f"Localisation\n{table(scores)}")
        if missing:
            click.echo(f"Left out, not in {repos}: {', '.join(missing)}")
        sights = first_message.survey(cases, repos, limit, frozenset(apart))
        click.echo(f"\nWhat the first message shows\n{first_message.table(sights)}\n{first_message.LEGEND}")
    else:
        click.echo("Localisation is left out: name the cases with --cases and the clones with --repos.")
    if tree:
        click.echo(f"\nSpeed on {tree.name}\n{speed_table(tree)}")
    else:
        click.echo("Speed is left out: name a repository with --tree.")
    if growth:
        click.echo(f"\nGrowth on made-up trees\n{growth_table()}")


def speed_table(tree: Path) -> str:
    """The figures of `evals.search_speed`, each beside its goal."""
    measured = _measured(str(tree))
    lines = [f"  {int(measured['files'])} files"]
    for label, name, goal in _SPEED:
        figure = f"{measured[name]:10.3f}" if name in measured else f"{'-':>10}"
        lines.append(f"  {label:34}{figure}   {goal}".rstrip())
    if shutil.which("ctags") is None:
        lines.append("  ctags is not installed: its times are left out.")
    return "\n".join(lines)


def _measured(*arguments: str) -> dict[str, float]:
    # Started by -c as the installed program is by its launcher: workers then import no main module again.
    argv = [sys.executable, "-c", "from evals.search_speed import main; main()", *arguments]
    home = Path(__file__).parents[1]
    done = subprocess.run(argv, cwd=home, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def growth_table(sizes: Sequence[int] = _SIZES) -> str:
    """Figures by the number of files; a linear growth shows as a steady time for each file."""
    lines = [
        "   files    cold s   cold CPU s   CPU ms a file   first answer s"
        "    warm s   changed s   peak MB   worker MB"
    ]
    for size in sizes:
        with temporary_folder() as name:
            root = synthetic_tree(name / "tree", size)
            found = _measured(str(root), "--index-only")
        each = 1000 * found["cold_cpu_s"] / size
        cold = f"{size:8}{found['cold_s']:10.2f}{found['cold_cpu_s']:13.2f}{each:16.2f}"
        first = f"{found['first_answer_s']:17.2f}"
        later = f"{found['warm_s']:10.2f}{found['changed_s']:12.3f}"
        lines.append(f"{cold}{first}{later}{found['peak_mb']:10.0f}{found['peak_worker_mb']:12.0f}")
    return "\n".join(lines)


def synthetic_tree(root: Path, size: int) -> Path:
    """A repository of small modules that import and call each other, fifty to a folder."""
    for number in range(size):
        file = root / f"package{number // 2500}" / f"part{number // 50}" / f"module{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_module(number), encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    return root


def _module(number: int) -> str:
    before = max(0, number - 1)
    return (
        f'"""Part {number} of the whole."""\n\n'
        f"from package{before // 2500}.part{before // 50}.module{before} import Worker{before}\n\n\n"
        f"class Worker{number}:\n"
        f'    """Does the work of part {number}."""\n\n'
        f"    def __init__(self, helper: Worker{before}) -> None:\n        self.helper = helper\n\n"
        f"    def run_{number % 97}(self, amount: int) -> int:\n"
        f"        return self.helper.run_{before % 97}(amount + {number})\n\n\n"
        f"def start_{number}() -> Worker{number}:\n    return Worker{number}(Worker{before})\n"
    )


if __name__ == "__main__":
    sys.exit(main())
