"""How fast the index and the search are on one repository, beside Universal Ctags over the same files.

Works on a clone in a temporary folder; prints one JSON object. Run in a process of its own, so that the
memory it reports is what the index and the search took.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles

import click
from tree_sitter import Parser

from tools.index import SymbolIndex
from tools.languages import grammar, language_of
from tools.locate import Locator
from tools.paths import role_of
from tools.temporary import temporary_folder
from tools.workspace import Workspace

_QUERIES = 60
_FIRST_QUERIES = 5
_CHANGES = 9
_SETTLED_S = 2.2  # files fresher than two seconds are read again, as git does
_SPACE = "\n\ndef measured():\n    return None\n"


def clone(tree: Path, folder: Path) -> Path:
    """A copy of a repository's last commit, with its history."""
    root = folder / "tree"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(tree), str(root)], check=True)
    return root


def index_times(root: Path, database: Path) -> dict[str, float]:
    """Seconds for a cold index, a warm start and one changed file (the median of several)."""
    workspace = Workspace.open(root)
    times: dict[str, float] = {}
    cpu = _cpu()
    started = time.perf_counter()
    index = SymbolIndex(workspace, database)
    done = index.refresh()
    times["cold_s"] = time.perf_counter() - started
    times["cold_cpu_s"] = _cpu() - cpu
    times["files"] = done.files
    index.close()
    time.sleep(_SETTLED_S)
    SymbolIndex(workspace, database).refresh()
    started = time.perf_counter()
    index = SymbolIndex(workspace, database)
    index.refresh()
    times["warm_s"] = time.perf_counter() - started
    changed = [path for path in index.files() if role_of(path) == "code"]
    seconds = []
    for path in changed[:: max(1, len(changed) // _CHANGES)][:_CHANGES]:
        with (root / path).open("a", encoding="utf-8") as file:
            file.write(_SPACE)
        started = time.perf_counter()
        index.refresh()
        seconds.append(time.perf_counter() - started)
    times["changed_s"] = median(seconds) if seconds else 0.0
    index.close()
    return times


def first_answers(root: Path, database: Path) -> dict[str, float]:
    """Seconds from no index at all to the answer to a question, the median of several questions."""
    workspace = Workspace.open(root)
    index = SymbolIndex(workspace, database)
    asked = _questions(index)
    index.close()
    seconds, used, unread = [], [], 0
    for number, query in enumerate(asked[:: max(1, len(asked) // _FIRST_QUERIES)][:_FIRST_QUERIES]):
        cpu = _cpu()
        started = time.perf_counter()
        index = SymbolIndex(workspace, database.with_name(f"first{number}.db"))
        found = Locator(workspace, index).find(query)
        seconds.append(time.perf_counter() - started)
        used.append(_cpu() - cpu)
        unread = max(unread, found.files_unread)
        index.close()
    if not seconds:
        return {}
    return {"first_answer_s": median(seconds), "first_answer_cpu_s": median(used), "unread": unread}


def _questions(index: SymbolIndex) -> list[str]:
    """Subjects of commits; in a tree without its history what its definitions say of themselves."""
    argv = ["git", "log", f"-n{_QUERIES}", "--no-merges", "--format=%s"]
    logged = subprocess.run(argv, cwd=index.workspace.root, capture_output=True, text=True, check=False)
    asked = logged.stdout.splitlines()
    if len(asked) < _QUERIES:
        said = [symbol.doc for path in index.files()[:: 1 + len(index.files()) // 500]
                for symbol in index.outline(path)[:1] if " " in symbol.doc]  # fmt: skip
        asked += said[: _QUERIES - len(asked)]
    return asked


def query_times(root: Path, database: Path) -> dict[str, float]:
    """Seconds for the first search of a process, and the median and 95th percentile of the others."""
    workspace = Workspace.open(root)
    index = SymbolIndex(workspace, database)
    asked = _questions(index)
    locator = Locator(workspace, index)
    seconds: list[float] = []
    used: list[float] = []
    for query in asked:
        started = time.perf_counter()
        cpu = _cpu()
        locator.find(query)
        seconds.append(time.perf_counter() - started)
        used.append(_cpu() - cpu)
    index.close()
    later, used = seconds[1:] or seconds, used[1:] or used
    return {
        "first_query_s": seconds[0],
        "query_p50_s": median(later),
        "query_p95_s": _p95(later),
        "query_p95_cpu_s": _p95(used),
    }


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def ctags_times(root: Path, files: list[str]) -> dict[str, float]:
    """Seconds that Universal Ctags takes for the same files, with one process and with two."""
    if shutil.which("ctags") is None:
        return {}
    with temporary_folder() as folder:
        lists = [folder / f"list{n}" for n in range(3)]
        for place, part in zip(lists, (files, files[::2], files[1::2]), strict=True):
            place.write_text("\n".join(part) + "\n", encoding="utf-8")
        cpu = _cpu()
        one = _seconds(root, [["ctags", "-f", f"{folder}/one", "-L", str(lists[0])]])
        used = _cpu() - cpu
        two = _seconds(root, [["ctags", "-f", f"{folder}/{n}", "-L", str(lists[n])] for n in (1, 2)])
    return {"ctags_one_s": one, "ctags_two_s": two, "ctags_cpu_s": used}


def parse_time(root: Path, files: list[str]) -> dict[str, float]:
    """CPU seconds of tree-sitter's parsing alone: no index that parses can take less."""
    sources = [(language, (root / path).read_bytes()) for path in files if (language := language_of(path))]
    parsers = {language: Parser(grammar(language)) for language, _ in sources}
    cpu = _cpu()
    for language, source in sources:
        parsers[language].parse(source)
    return {"parse_cpu_s": _cpu() - cpu}


def _seconds(root: Path, commands: list[list[str]]) -> float:
    started = time.perf_counter()
    running = [subprocess.Popen(argv, cwd=root, stderr=subprocess.DEVNULL) for argv in commands]
    for process in running:
        process.wait()
    return time.perf_counter() - started


def _cpu() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


@click.command()
@click.argument("tree", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--index-only", is_flag=True, help="index TREE itself, to which lines are added; no more")
def main(tree: Path, index_only: bool) -> None:
    """Measure the index and the search on a clone of TREE."""
    with temporary_folder() as folder:
        database = folder / "index.db"
        if index_only:
            measured = index_times(tree, database) | first_answers(tree, database)
        else:
            measured = _all_times(clone(tree, folder), database)
        measured["database_mb"] = database.stat().st_size / 1e6
    measured["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    measured["peak_worker_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    click.echo(json.dumps(measured))


def _all_times(root: Path, database: Path) -> dict[str, float]:
    measured = index_times(root, database)
    index = SymbolIndex(Workspace.open(root), database)
    files = index.files()
    index.close()
    measured |= ctags_times(root, files) | parse_time(root, files)
    return measured | query_times(root, database) | first_answers(root, database)


if __name__ == "__main__":
    sys.exit(main())
