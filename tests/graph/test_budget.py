import time
from typing import Any

import pytest

from graph.budget import Budget, Limits, Prices
from graph.errors import BudgetSpent


def usage(tokens_in: int = 100, tokens_out: int = 20, **more: Any) -> dict[str, Any]:
    """What one call cost."""
    return {"tokens_in": tokens_in, "tokens_out": tokens_out, "cached": 0, "seconds": 0.5, **more}


@pytest.mark.parametrize(
    ("limits", "calls", "sentence"),
    [
        (
            Limits(calls=2),
            2,
            "2 model calls were made; continue with `oldhand resume` and a higher --max-turns.",
        ),
        (
            Limits(tokens=240),
            2,
            "240 tokens were used; continue with `oldhand resume` and a higher --max-tokens.",
        ),
        (Limits(cost=0.5), 2, "The calls cost 0.54; continue with `oldhand resume` and a higher --max-cost."),
        (
            Limits(seconds=0.0),
            0,
            "0 seconds have passed; continue with `oldhand resume` and a higher --timeout.",
        ),
    ],
)
def test_a_limit_that_is_reached_allows_no_further_call(limits: Limits, calls: int, sentence: str) -> None:
    budget = Budget(limits, Prices(tokens_in=1500.0, tokens_out=6000.0))
    for _ in range(calls):
        budget.check()
        budget.count("plan", usage())
    with pytest.raises(BudgetSpent) as spent:
        budget.check()
    assert str(spent.value) == sentence


def test_no_limit_means_none() -> None:
    budget = Budget(Limits(calls=None))
    for _ in range(200):
        budget.count("plan", usage(10_000))
    budget.check()


def test_costs_are_added_up_by_the_prices_and_unknown_without() -> None:
    budget = Budget(Limits(), Prices(tokens_in=2.0, tokens_out=10.0))
    budget.count("plan", usage(1_000_000, 0))
    budget.count("plan", usage(0, 100_000))
    assert budget.cost() == pytest.approx(3.0)
    assert Budget(Limits()).cost() is None


def test_what_was_cached_costs_its_own_price_where_one_is_set() -> None:
    prices = Prices(tokens_in=2.0, tokens_out=10.0, cached=0.5)
    budget = Budget(Limits(), prices)
    budget.count("edit", usage(1_000_000, 100_000, cached=800_000))
    assert budget.cost() == pytest.approx(0.4 + 0.4 + 1.0)


def test_a_resumed_turn_goes_on_counting() -> None:
    budget = Budget(Limits(calls=3, seconds=60))
    budget.go_on(50.0, [("plan", usage(300, cached=80)), ("edit", usage(500))])
    budget.count("edit", usage(700))
    spent = budget.spent
    assert (spent.calls, spent.tokens_in, spent.cached, budget.first_request_tokens) == (3, 1500, 80, 300)
    assert spent.seconds == pytest.approx(1.5)
    assert {node: of.tokens_in for node, of in budget.by_node.items()} == {"plan": 300, "edit": 1200}
    assert 50.0 <= budget.seconds() < 55.0
    with pytest.raises(BudgetSpent, match="3 model calls"):
        budget.check()


def test_seconds_pass() -> None:
    budget = Budget(Limits())
    time.sleep(0.02)
    assert budget.seconds() >= 0.02
