"""Fits the second witness of curation, and says how far to believe it: on groups that it was not fitted on.

By maximum likelihood (L2 against large weights): of two statements that say the same every word that one has
alone is innocent, of two others at least one is not. The thresholds are set by what comes out wrong where
each fifth of the groups is judged by weights fitted on the other four. Of the noise of `evals.bench_memory`
only the part that rules are tuned on is read, never the held-out one.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from evals.memory_bench.alterations import altered_in_each_way
from evals.memory_bench.noise import Noise
from evals.memory_bench.noise import read as read_noise
from evals.memory_bench.statement_groups import FITTED, Group, read_groups
from memory import paraphrase
from memory.light import Light
from memory.likeness import alike, alone
from memory.paraphrase import SIGNALS, comparable, doubts
from memory.wording import read

FOLDS = 5
LIMITS = (0.001, 0.0025, 0.005, 0.01)
MISTAKEN = 0.1
"""Of words that were not looked at before, about so many are taken for akin that are not."""
_L2 = 0.5
_ROUNDS = 400
_SLOW_DOWN = 0.6

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """Two statements of a group, whether they say the same, and how much that counts in fitting."""

    group: int
    one: str
    two: str
    same: bool
    weight: float = 1.0


@dataclass(frozen=True)
class Asked:
    """The pairs that the witness is asked about: its doubts of each, and which are the same."""

    pairs: Sequence[Pair]
    signals: Vector
    owner: NDArray[np.int64]

    @property
    def same(self) -> Vector:
        """1 where a pair says the same, else 0."""
        return np.array([pair.same for pair in self.pairs], float)

    @property
    def weights(self) -> Vector:
        """How much each pair counts."""
        return np.array([pair.weight for pair in self.pairs])

    def only(self, wanted: Callable[[Pair], bool]) -> "Asked":
        """Some of the pairs."""
        chosen = np.array([wanted(pair) for pair in self.pairs])
        numbers = np.cumsum(chosen) - 1
        kept = chosen[self.owner]
        pairs = [pair for pair, keep in zip(self.pairs, chosen, strict=True) if keep]
        return Asked(pairs, self.signals[kept], numbers[self.owner[kept]])

    def logs(self, weights: Vector) -> Vector:
        """The logarithm of each pair's likelihood."""
        return _summed(-np.logaddexp(0, -self.signals @ weights), self)


def pairs_of(groups: Sequence[Group], noise: Noise) -> list[Pair]:
    """All pairs to fit on: of the groups, of the noise for tuning, and with one thing altered."""
    chance = random.Random(16)
    free = [Group("noise", say, (same,), ()) for say, same in noise.free]
    facts = [Group("noise", fact.say, fact.same, (*fact.other, *fact.against)) for fact in noise.facts]
    found: list[Pair] = []
    for number, group in enumerate((*groups, *facts, *free)):
        said = (group.say, *group.same)
        found += [Pair(number, one, two, same=True) for one, two in combinations(said, 2)]
        found += [Pair(number, one, two, same=False) for one, two in product(said, group.near)]
        for text in said:
            others = altered_in_each_way(text, chance)
            found += [Pair(number, chance.choice(said), other, same=False) for other in others]
    return found


def asked(pairs: Sequence[Pair]) -> Asked:
    """What the rules leave to the witness.

    The list of senses was mended by these very groups, so it errs more on others: each pair that does not say
    the same is there a second time, with a small weight, as if the list took two words of it for one.
    """
    words, chance = Light(), random.Random(2)
    kept: list[Pair] = []
    signals: list[Vector] = []
    owner: list[int] = []
    for pair in pairs:
        one, two = read(pair.one), read(pair.two)
        if alike(one, two) or not comparable(one, two):
            continue
        found = doubts(one, two, words)
        signals += [doubt.signals for doubt in found]
        owner += [len(kept)] * len(found)
        kept.append(pair)
        left = [sorted(alone(one, two)), sorted(alone(two, one))]
        if pair.same or not all(left):
            continue
        mistaken = chance.choice(left[0]), chance.choice(left[1])
        found = doubts(one, two, words, [mistaken])
        signals += [doubt.signals for doubt in found]
        owner += [len(kept)] * len(found)
        kept.append(replace(pair, weight=MISTAKEN))
    return Asked(kept, np.array(signals), np.array(owner))


def fit(cases: Asked) -> Vector:
    """The weights under which the pairs are likeliest what they are; Adam (Kingma, Ba 2015)."""
    weights, mean, square = (np.zeros(len(SIGNALS)) for _ in range(3))
    same = cases.same
    for step in range(1, _ROUNDS + 1):
        innocent = 1 / (1 + np.exp(-cases.signals @ weights))
        likely = np.exp(_summed(np.log(np.maximum(innocent, 1e-12)), cases))
        pull = cases.weights * np.where(same == 1, -1.0, likely / (1 - likely + 1e-6))
        slope = cases.signals.T @ ((1 - innocent) * pull[cases.owner]) + 2 * _L2 * weights
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        rate = 0.1 if step < _SLOW_DOWN * _ROUNDS else 0.02
        weights -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def held_out(cases: Asked) -> Vector:
    """The logarithm of each pair's likelihood, by weights fitted on the other groups."""
    logs = np.zeros(len(cases.pairs))
    for fold in range(FOLDS):
        weights = fit(cases.only(lambda pair, fold=fold: pair.group % FOLDS != fold))  # type: ignore[misc]
        held = np.array([pair.group % FOLDS == fold for pair in cases.pairs])
        logs[held] = cases.logs(weights)[held]
    return logs


def threshold(logs: Vector, cases: Asked, share: float, distinct: int) -> float:
    """The least likelihood at which at most a share of the distinct pairs is taken for the same."""
    wrong = np.sort(np.exp(logs[(cases.same == 0) & (cases.weights == 1)]))[::-1]
    return float(wrong[int(share * distinct)]) + 1e-6


def _summed(values: Vector, cases: Asked) -> Vector:
    sums: Vector = np.bincount(cases.owner, values, minlength=len(cases.pairs)).astype(np.float64)
    return sums


@click.command()
@click.option("--wrong", default=0.0002, help="Share of distinct pairs that may be taken for the same.")
@click.option("--wrong-fed", default=0.0008, help="The same for what was told in the turn itself.")
@click.option("--write", is_flag=True, help="Write the weights to memory/paraphrase.toml.")
@click.option("--show", default=0, help="How many of the worst mistakes to print.")
def main(*, wrong: float, wrong_fed: float, write: bool, show: int) -> None:
    """Fit the witness on the statement groups and the noise for tuning."""
    pairs = pairs_of(read_groups(FITTED), read_noise("dev"))
    cases = asked(pairs)
    same = sum(pair.same for pair in pairs)
    distinct = len(pairs) - same
    merged = [pair for pair in pairs if alike(read(pair.one), read(pair.two))]
    by_rules = sum(pair.same for pair in merged)
    click.echo(
        f"{same:,} pairs that say the same, {distinct:,} that do not; asked about {len(cases.pairs):,}"
    )
    click.echo(
        f"by rules alone: {1 - by_rules / same:.1%} kept, {(len(merged) - by_rules) / distinct:.2%} wrong"
    )
    logs = held_out(cases)
    for limit in (*LIMITS, wrong, wrong_fed):
        least = threshold(logs, cases, limit, distinct)
        found = sum(cases.same[np.exp(logs) >= least])
        click.echo(f"another {limit:.2%} wrong: {1 - (by_rules + found) / same:.1%} kept, from {least:.3f}")
    weights = fit(cases)
    for name, weight in zip(SIGNALS, weights, strict=True):
        click.echo(f"  {name:28}{weight:6.2f}")
    _show(cases, logs, weights, show)
    if write:
        least, fed = (threshold(logs, cases, limit, distinct) for limit in (wrong, wrong_fed))
        _write(weights, least, fed)


def _show(cases: Asked, logs: Vector, weights: Vector, count: int) -> None:
    words = Light()
    order = np.argsort(-logs)
    wrong = [n for n in order if not cases.pairs[n].same and cases.pairs[n].weight == 1][:count]
    missed = [n for n in order[::-1] if cases.pairs[n].same][:count]
    for number in (*wrong, *missed):
        pair = cases.pairs[number]
        found = doubts(read(pair.one), read(pair.two), words)
        said = ", ".join(f"{doubt.words} {doubt.signals @ weights:.1f}" for doubt in found)
        verdict = f"{'missed' if pair.same else 'wrong'} {np.exp(logs[number]):.2f}"
        click.echo(f"{verdict} {pair.one!r} {pair.two!r}: {said}")


def _write(weights: Vector, likely: float, likely_fed: float) -> None:
    lines = [
        "# Written by `python -m evals.fit_paraphrases --write`.",
        f"likely = {likely:.4f}",
        f"likely_fed = {likely_fed:.4f}",
        "",
        "[weights]",
        *(f'"{name}" = {weight:.3f}' for name, weight in zip(SIGNALS, weights, strict=True)),
    ]
    file = Path(paraphrase.__file__).with_name("paraphrase.toml")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
