"""Fits the weights of the search's evidence on cases, and says how far to trust them.

By maximum likelihood: a softmax over the source files of each case should give much to the files that were
changed (L2 against large weights, none below 0). What is reported beside the fit is what each repository's
cases get from weights fitted on the others: that is what an unseen repository may expect.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from evals.localisation import Score
from tools.ranking import WEIGHTS

_L2 = 1.0
_ROUNDS = 200
_NOT_FITTED = frozenset({"named"})  # the cases' queries name no file: what that is worth stays a decision

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One case: its candidates, what speaks for each, and which of them were changed."""

    repo: str
    files: list[str]
    signals: NDArray[np.float64]
    gold: frozenset[str]

    def ranked(self, weights: Vector) -> list[str]:
        """The candidates, best first."""
        scores = self.signals @ weights
        order = sorted(range(len(self.files)), key=lambda n: (-scores[n], self.files[n]))
        return [self.files[n] for n in order]


def read(dumped: Sequence[Path], names: Sequence[str]) -> list[Judged]:
    """The cases that `evals.localisation --signals` wrote."""
    cases = []
    for row in (row for file in dumped for row in json.loads(file.read_text(encoding="utf-8"))):
        files = sorted(row["evidence"])
        table = [[row["evidence"][path].get(name, 0.0) for name in names] for path in files]
        cases.append(Judged(row["repo"], files, np.array(table), frozenset(row["gold"])))
    return [case for case in cases if case.files]


def fit(cases: Sequence[Judged]) -> Vector:
    """The weights under which the changed files are likeliest; Adam (Kingma, Ba 2015), projected to 0."""
    table = np.vstack([case.signals for case in cases])
    sizes = [len(case.files) for case in cases]
    starts = np.cumsum([0, *sizes[:-1]])
    case_of = np.repeat(np.arange(len(cases)), sizes)
    is_gold = np.array([path in case.gold for case in cases for path in case.files], dtype=float)
    weights, mean, square = (np.zeros(table.shape[1]) for _ in range(3))
    for step in range(1, _ROUNDS + 1):
        scores = table @ weights
        likely = np.exp(scores - np.maximum.reduceat(scores, starts)[case_of])
        likely /= np.add.reduceat(likely, starts)[case_of]
        right = np.maximum(np.add.reduceat(likely * is_gold, starts), 1e-12)
        wanted = likely * is_gold / right[case_of]
        wanted[right[case_of] <= 1e-12] = likely[right[case_of] <= 1e-12]  # no candidate is right: no pull
        slope = table.T @ (likely - wanted) + 2 * _L2 * weights
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        rate = 0.1 if step < 0.6 * _ROUNDS else 0.02
        change = (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        weights = np.maximum(0.0, weights - rate * change)
    return weights


def judge(cases: Sequence[Judged], weights_for: Callable[[str], Vector]) -> Score:
    """How well the cases are ranked by the weights for their repository."""
    score = Score()
    for case in cases:
        score.add(case.ranked(weights_for(case.repo)), case.gold, 0.0)
    return score


def held_out(cases: Sequence[Judged]) -> Score:
    """The same with weights that were fitted on all other repositories."""
    fitted = {
        repo: fit([case for case in cases if case.repo != repo]) for repo in {case.repo for case in cases}
    }
    return judge(cases, fitted.__getitem__)


@click.command()
@click.argument(
    "dumped", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def main(dumped: tuple[Path, ...]) -> None:
    """Fit weights on what `evals.localisation --signals` wrote into DUMPED."""
    names = [name for name in WEIGHTS.signals if name not in _NOT_FITTED]
    cases = read(dumped, names)
    if len({case.repo for case in cases}) < 2:
        raise click.ClickException(
            "Name cases of two repositories at least: one is tried on the others' weights."
        )
    now = np.array([WEIGHTS.signals[name] for name in names])
    fitted = fit(cases)
    click.echo(" " * 12 + "".join(f"{name:>9}" for name in ("Acc@1", "Acc@5", "all@5", "R@10", "MRR")))
    for label, score in (
        ("as they are", judge(cases, lambda _: now)),
        ("fitted", judge(cases, lambda _: fitted)),
        ("held out", held_out(cases)),
    ):
        click.echo(f"{label:12}{score.row()[:45]}")
    # Only their ratio matters to the ranking; the sum stays, so that what is not fitted keeps its worth.
    scaled = fitted * now.sum() / fitted.sum()
    for name, weight in sorted(zip(names, scaled, strict=True), key=lambda pair: -pair[1]):
        click.echo(f'    "{name}": {weight:.2f},')


if __name__ == "__main__":
    sys.exit(main())
