"""The memory benchmarks measure what they say: small runs, and their data."""

import random

import pytest

from evals.memory_bench import cascade, hooks, noise
from evals.memory_bench.noise import SPLITS


@pytest.mark.parametrize("split", SPLITS)
def test_no_statement_of_the_noisy_set_is_in_two_roles(split: noise.Split) -> None:
    found = noise.read(split)
    for fact in found.facts:
        texts = [fact.say, *fact.same, *fact.other, *fact.against]
        assert len(set(texts)) == len(texts), fact.say
        assert not any("{" in text for text in texts)


def test_the_parts_share_no_statement() -> None:
    dev, heldout = ({fact.say for fact in noise.read(split).facts} for split in SPLITS)
    assert dev.isdisjoint(heldout)
    assert min(len(dev), len(heldout)) > 50


def test_operators_keep_every_name_and_number() -> None:
    found = noise.read("dev")
    chance = random.Random(1)
    for _ in range(50):
        text = found.disguised("Do not use floats in core/money.py on port 5050", chance)
        assert "core/money.py" in text
        assert "5050" in text


def test_there_are_sixty_questions_and_each_names_what_was_written() -> None:
    asks = 0
    for split in SPLITS:
        for episode in cascade.episodes(split):
            written = {step["as"] for step in episode["steps"] if "add" in step}
            for ask in episode["ask"]:
                asks += 1
                assert {*ask.get("fed", ()), *ask.get("not", ())} <= written
                assert ask.keys() & {"fed", "not", "says"}
    assert asks >= 60


def test_the_hooks_are_timed_beside_git_without_them_and_seen_to_sync() -> None:
    figures = {figure.what: figure.value for figure in hooks.measure(lambda line: None, pairs=1)}
    assert len(figures) == 9
    assert all(value > 0 for what, value in figures.items() if "without" in what)
