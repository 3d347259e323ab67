"""How well the search step finds the files and symbols of real changes, beside ripgrep and BM25 alone.

Cases are commits: from the first words of the message to the source files that were changed, searched at
the parent commit. All ways of searching rank the same candidates: source files that are not tests.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from tools import ripgrep
from tools.clues import clues_in
from tools.index import SymbolIndex
from tools.locate import Hints, Locator
from tools.paths import role_of
from tools.ranking import Evidence
from tools.ripgrep import Wanted
from tools.words import STOP_WORDS
from tools.workspace import Workspace

_MOST_RG_LINES = 20_000


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
        """The means, for a table."""
        names = ("Acc@1", "Acc@5", "all@5", "R@10", "MRR", "sym@10", "ms")
        return "  ".join(f"{100 * self.sums[name] / max(1, self.cases):6.1f}" for name in names)


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


@click.command()
@click.option("--cases", type=click.Path(exists=True, path_type=Path), required=True)
@click.option(
    "--repos", type=click.Path(exists=True, path_type=Path), required=True, help="owner+name folders"
)
@click.option("--limit", default=0, help="cases of each repository; 0: all")
@click.option(
    "--signals", type=click.Path(path_type=Path), help="write each case's evidence here, to fit weights on"
)
def main(cases: Path, repos: Path, limit: int, signals: Path | None) -> None:
    """Compare ways of finding the files of a change."""
    clones = {folder.name.replace("+", "/", 1): folder for folder in repos.iterdir() if folder.is_dir()}
    scores: dict[str, Score] = defaultdict(Score)
    dumped: list[dict[str, object]] = []
    for repo in sorted(clones):
        of_repo = read_cases(cases, [repo])
        with tempfile.TemporaryDirectory(prefix="oldhand-localisation-") as folder:
            _run(of_repo[: limit or None], clones[repo], Path(folder), scores, dumped)
    if signals:
        signals.write_text(json.dumps(dumped), encoding="utf-8")
    click.echo(f"{'':14}  Acc@1   Acc@5   all@5    R@10     MRR  sym@10      ms")
    for name, score in scores.items():
        click.echo(f"{name:14}{score.row()}   {score.cases} cases")


def _run(
    cases: list[Case], clone: Path, folder: Path, scores: dict[str, Score], dumped: list[dict[str, object]]
) -> None:
    root = folder / "tree"
    git_dir = next(path for path in (clone / "repo", clone) if path.exists())
    subprocess.run(["git", "clone", "-q", "--no-checkout", str(git_dir), str(root)], check=True)
    index = None
    for case in cases:
        subprocess.run(["git", "checkout", "-q", "-f", case.parent], cwd=root, check=True)
        workspace = Workspace.open(root)
        index = index or SymbolIndex(workspace, folder / "index.db")
        index.refresh()
        locator = Locator(workspace, index)
        _time(scores["ripgrep"], case, lambda c=case: by_ripgrep(root, c.query))  # type: ignore[misc]
        _time(scores["BM25"], case, lambda c=case, i=index: by_bm25(i, c.query))  # type: ignore[misc]
        started = time.monotonic()
        found = locator.find(case.query)
        ranked = [file.path for file in found.files if role_of(file.path) == "code"]
        for name in ("oldhand", f"  {case.repo.rpartition('/')[2]}"):
            scores[name].add(ranked, case.files, time.monotonic() - started)
            symbols = {symbol.symbol.id() for symbol in found.symbols[:10]}
            if case.symbols:
                scores[name].sums["sym@10"] += len(symbols & case.symbols) / min(10, len(case.symbols))
        evidence, _ = locator.evidence(clues_in(case.query), Hints())
        dumped.append(_dump(case, evidence))


def _time(score: Score, case: Case, search: Callable[[], list[str]]) -> None:
    started = time.monotonic()
    ranked = search()
    score.add(ranked, case.files, time.monotonic() - started)


def _dump(case: Case, evidence: Evidence) -> dict[str, object]:
    return {
        "id": case.id,
        "repo": case.repo,
        "gold": sorted(case.files),
        "evidence": {p: s for p, s in evidence.scaled().items() if role_of(p) == "code"},
    }


if __name__ == "__main__":
    sys.exit(main())
