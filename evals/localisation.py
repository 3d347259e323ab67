"""How well the search step finds the files and symbols of real changes, compared with other tools.

The others: ripgrep alone, BM25 alone, and aider's repo map where a Python that has aider is named.

Cases are commits: from the first words of the message to the source files that were changed, searched at
the parent commit. All ways of searching rank the same candidates: source files that are not tests.
"""

import json
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from tools import ripgrep
from tools.clues import clues_in
from tools.index import SymbolIndex
from tools.locate import Found, Hints, Locator
from tools.paths import role_of
from tools.ranking import WEIGHTS, Evidence
from tools.ripgrep import Wanted
from tools.temporary import temporary_folder
from tools.witnesses import Witnesses
from tools.words import STOP_WORDS
from tools.workspace import Workspace

_MOST_RG_LINES = 20_000
_CHARS_A_TOKEN = 4
_WIDTH = 9  # of a column


@dataclass(frozen=True)
class Case:
    """One commit to find the place of."""

    id: str
    repo: str
    parent: str
    query: str
    files: frozenset[str]
    symbols: frozenset[str]


@dataclass
class Score:
    """Sums over cases; `row` gives means in percent, and milliseconds."""

    cases: int = 0
    sums: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, ranked: Sequence[str], gold: frozenset[str], seconds: float) -> None:
        """Count one case."""
        first = next((n for n, path in enumerate(ranked, 1) if path in gold), 0)
        self.cases += 1
        self.sums["Acc@1"] += first == 1
        self.sums["Acc@5"] += 0 < first <= 5
        self.sums["all@5"] += gold <= set(ranked[:5])
        self.sums["R@10"] += len(gold & set(ranked[:10])) / len(gold)
        self.sums["MRR"] += 1 / first if first else 0
        self.sums["ms"] += seconds * 10

    def row(self) -> str:
        """The means, for a table; a dash where nothing was measured."""
        return "".join(self._cell(name) for name in COLUMNS)

    def _cell(self, name: str) -> str:
        if name not in self.sums:
            return f"{'-':>{_WIDTH}}"
        return f"{100 * self.sums[name] / max(1, self.cases):{_WIDTH}.{0 if name == 'tokens' else 1}f}"


COLUMNS = ("Acc@1", "Acc@5", "all@5", "R@10", "MRR", "sym@10", "tokens", "ms")


class Aider:
    """Aider's repo map, asked in a process of its own environment.

    Args:
        python: the Python of an environment in which aider-chat is installed.
    """

    def __init__(self, python: Path) -> None:
        peer = Path(__file__).with_name("aider_peer.py")
        self._process = subprocess.Popen(
            [str(python), str(peer)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        with suppress(BrokenPipeError):
            self._process.communicate()

    def rank(self, root: Path, files: list[str], query: str) -> tuple[list[str], int, float]:
        """The files in the order of the map, its tokens, and the seconds it took.

        Raises:
            click.ClickException: the process has ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"root": str(root), "files": files, "query": query}) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline() or "null")
        except (BrokenPipeError, json.JSONDecodeError):
            answer = None
        if answer is None:
            self.close()
            raise click.ClickException("aider's repo map gave no answer. Is aider-chat in that environment?")
        return answer["ranked"], answer["tokens"], answer["seconds"]


def read_cases(file: Path, repos: Iterable[str]) -> list[Case]:
    """The cases of some repositories, in the order of the file."""
    wanted = set(repos)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Case(
            row["id"], row["repo"], row["parent_sha"], row["query"],
            frozenset(row["gold_files"]), frozenset(row["gold_symbols"]),
        )
        for row in rows
        if row["repo"] in wanted
    ]  # fmt: skip


def by_ripgrep(root: Path, query: str) -> list[str]:
    """Files by how many words of the query they hold, then by how often."""
    words = {w.lower() for w in re.findall(r"\w{3,}", query)} - STOP_WORDS
    distinct: Counter[str] = Counter()
    often: Counter[str] = Counter()
    for word in sorted(words):
        found = ripgrep.find(root, Wanted((word,), any_case=True), limit=_MOST_RG_LINES)
        lines = Counter(match.path for match in found.lines if role_of(match.path) == "code")
        distinct.update(lines.keys())
        often += lines
    return sorted(distinct, key=lambda path: (-distinct[path], -often[path], path))


def by_bm25(index: SymbolIndex, query: str) -> list[str]:
    """Files by BM25 over their words, split and stemmed."""
    index.refresh()
    return [path for path, _ in index.match(clues_in(query).words).by_content if role_of(path) == "code"]


def compare(
    cases: Path,
    repos: Path,
    limit: int = 0,
    aider: Path | None = None,
    signals: Path | None = None,
    *,
    first: bool = False,
) -> tuple[dict[str, Score], list[str]]:
    """Search for every case in every way.

    Args:
        cases: JSON lines: id, repo, parent_sha, query, gold_files, gold_symbols.
        repos: folders named owner+name.
        limit: cases of each repository; 0: all.
        aider: a Python that has aider.
        signals: where to write each case's evidence, to fit weights on.
        first: also answer each case from no index at all, where that is not to read all first.

    Returns:
        The scores by name, and the repositories of the cases that are missing.
    """
    clones = {folder.name.replace("+", "/", 1): folder for folder in repos.iterdir() if folder.is_dir()}
    wanted = {json.loads(line)["repo"] for line in cases.read_text(encoding="utf-8").splitlines()}
    bench = _Bench(Aider(aider) if aider else None, first=first)
    for repo in sorted(wanted & clones.keys()):
        of_repo = read_cases(cases, [repo])
        with temporary_folder() as folder:
            bench.run(of_repo[: limit or None], clones[repo], folder)
    if bench.aider:
        bench.aider.close()
    if signals:
        signals.write_text(json.dumps(bench.dumped), encoding="utf-8")
    return bench.scores, sorted(wanted - clones.keys())


def table(scores: dict[str, Score]) -> str:
    """The scores as a table."""
    head = " " * 16 + "".join(f"{name:>{_WIDTH}}" for name in COLUMNS) + "   cases"
    return "\n".join([head, *(f"{name:16}{score.row()}{score.cases:8}" for name, score in scores.items())])


class _Bench:
    """The ways of searching, and their scores so far."""

    def __init__(self, aider: Aider | None, *, first: bool) -> None:
        self.aider = aider
        self._first = first
        self.scores: dict[str, Score] = defaultdict(Score)
        self.dumped: list[dict[str, object]] = []

    def run(self, cases: list[Case], repository: Path, folder: Path) -> None:
        """Try the cases of one repository."""
        root = folder / "tree"
        git_dir = next(path for path in (repository / "repo", repository) if path.exists())
        subprocess.run(["git", "clone", "-q", "--no-checkout", str(git_dir), str(root)], check=True)
        index = SymbolIndex(Workspace.open(root), folder / "index.db")
        for case in cases:
            subprocess.run(["git", "checkout", "-q", "-f", case.parent], cwd=root, check=True)
            index.refresh()
            self._case(case, root, index)
        index.close()

    def _case(self, case: Case, root: Path, index: SymbolIndex) -> None:
        started = time.monotonic()
        ranked = by_ripgrep(root, case.query)
        self.scores["ripgrep"].add(ranked, case.files, time.monotonic() - started)
        started = time.monotonic()
        ranked = by_bm25(index, case.query)
        self.scores["BM25"].add(ranked, case.files, time.monotonic() - started)
        if self.aider:
            found, tokens, seconds = self.aider.rank(root, index.files(), case.query)
            ranked = [path for path in found if role_of(path) == "code"]
            self.scores["aider's map"].add(ranked, case.files, seconds)
            self.scores["aider's map"].sums["tokens"] += tokens / 100
        self._oldhand(case, index)

    def _oldhand(self, case: Case, index: SymbolIndex) -> None:
        found, seconds = _answer(case, index)
        for name in ("oldhand", f"  {case.repo.rpartition('/')[2]}"):
            self._count(name, case, found, seconds)
        if self._first:
            with temporary_folder() as folder:
                new = SymbolIndex(index.workspace, folder / "index.db")
                at_once, taken = _answer(case, new)
                new.close()
            if at_once.files_unread:
                self._count("with some read", case, at_once, taken)
                self._count("  all read", case, found, seconds)
        clues, witnesses = clues_in(case.query), Witnesses(index.workspace, index, WEIGHTS)
        evidence, _ = witnesses.ask(clues, Hints())
        witnesses.look_closely(evidence, clues, Hints())
        self.dumped.append(_dump(case, evidence))

    def _count(self, name: str, case: Case, found: Found, seconds: float) -> None:
        score = self.scores[name]
        ranked = [file.path for file in found.files if role_of(file.path) == "code"]
        score.add(ranked, case.files, seconds)
        score.sums["tokens"] += len(found.text()) / _CHARS_A_TOKEN / 100
        symbols = {symbol.symbol.id() for symbol in found.symbols[:10]}
        if case.symbols:
            score.sums["sym@10"] += len(symbols & case.symbols) / min(10, len(case.symbols))


def _answer(case: Case, index: SymbolIndex) -> tuple[Found, float]:
    started = time.monotonic()
    found = Locator(index.workspace, index).find(case.query)
    return found, time.monotonic() - started


def _dump(case: Case, evidence: Evidence) -> dict[str, object]:
    return {
        "id": case.id,
        "repo": case.repo,
        "gold": sorted(case.files),
        "evidence": {p: s for p, s in evidence.scaled().items() if role_of(p) == "code"},
    }


@click.command()
@click.option("--cases", type=click.Path(exists=True, path_type=Path), required=True)
@click.option(
    "--repos", type=click.Path(exists=True, path_type=Path), required=True, help="owner+name folders"
)
@click.option("--limit", default=0, help="cases of each repository; 0: all")
@click.option("--aider", type=click.Path(exists=True, path_type=Path), help="a Python that has aider")
@click.option(
    "--signals", type=click.Path(path_type=Path), help="write each case's evidence here, to fit weights on"
)
@click.option("--first", is_flag=True, help="also answer from no index at all, in large repositories")
def main(
    cases: Path, repos: Path, limit: int, aider: Path | None, signals: Path | None, *, first: bool
) -> None:
    """Compare ways of finding the files of a change."""
    scores, missing = compare(cases, repos, limit, aider, signals, first=first)
    click.echo(table(scores))
    if missing:
        click.echo(f"Left out, not in {repos}: {', '.join(missing)}")


if __name__ == "__main__":
    sys.exit(main())
