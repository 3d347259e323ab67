"""What a run may spend, and what it has spent."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from graph.errors import BudgetSpent


@dataclass(frozen=True)
class Limits:
    """Upper bounds of one turn; None is no bound.

    Args:
        calls: Model calls.
        tokens: Tokens in and out together.
        cost: In the currency of the prices.
        seconds: Wall time.
        attempts: How often tests may fail before a run gives up.
    """

    calls: int | None = 60
    tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None
    attempts: int = 3


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost; nothing is assumed where the person set nothing.

    Args:
        cached: Of those in, the ones that the endpoint had in its cache; None is the full price.
    """

    tokens_in: float
    tokens_out: float
    cached: float | None = None


@dataclass
class Spent:
    """Sums over model calls; of `tokens_in`, `cached` came from the endpoint's cache."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    seconds: float = 0.0

    def count(self, usage: Mapping[str, Any]) -> None:
        """Add one model call: `graph.reply.Usage` as JSON."""
        self.calls += 1
        self.tokens_in += usage["tokens_in"]
        self.tokens_out += usage["tokens_out"]
        self.cached += usage["cached"]
        self.seconds += usage["seconds"]

    def to_json(self) -> dict[str, Any]:
        """The sums as JSON."""
        return {**asdict(self), "seconds": round(self.seconds, 3)}


@dataclass
class Budget:
    """Counts what is spent and stops in time."""

    limits: Limits
    prices: Prices | None = None
    spent: Spent = field(default_factory=Spent)
    by_node: dict[str, Spent] = field(default_factory=dict)
    first_request_tokens: int = 0
    seconds_before: float = 0.0  # wall time of the turn's earlier processes, when it was resumed
    started: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Wall time of the turn, resumed processes added up."""
        return self.seconds_before + time.monotonic() - self.started

    def seconds_left(self) -> float | None:
        """Wall time that is left, or None where it has no limit."""
        limit = self.limits.seconds
        return None if limit is None else max(0.0, limit - self.seconds())

    def cost(self) -> float | None:
        """What the calls cost, or None where no prices are set."""
        if self.prices is None:
            return None
        prices, spent = self.prices, self.spent
        cached = prices.tokens_in if prices.cached is None else prices.cached
        fresh = (spent.tokens_in - spent.cached) * prices.tokens_in
        return 1e-6 * (fresh + spent.cached * cached + spent.tokens_out * prices.tokens_out)

    def check(self) -> None:
        """Refuse another model call when a limit is reached.

        Raises:
            BudgetSpent: It names the limit and how to raise it.
        """
        limits, spent = self.limits, self.spent
        tokens = spent.tokens_in + spent.tokens_out
        cost = self.cost()
        if limits.calls is not None and spent.calls >= limits.calls:
            raise _spent(f"{spent.calls} model calls were made", "--max-turns")
        if limits.tokens is not None and tokens >= limits.tokens:
            raise _spent(f"{tokens:,} tokens were used", "--max-tokens")
        if limits.cost is not None and cost is not None and cost >= limits.cost:
            raise _spent(f"The calls cost {cost:.2f}", "--max-cost")
        self.check_time()

    def check_time(self) -> None:
        """Refuse anything more when the time is over.

        Raises:
            BudgetSpent: It says how to allow more.
        """
        if self.seconds_left() == 0.0:
            raise _spent(f"{self.seconds():.0f} seconds have passed", "--timeout")

    def count(self, node: str, usage: Mapping[str, Any]) -> None:
        """Add one model call.

        Args:
            node: The step that made it.
            usage: `graph.reply.Usage` as JSON.
        """
        if self.spent.calls == 0:
            self.first_request_tokens = usage["tokens_in"]
        self.spent.count(usage)
        self.by_node.setdefault(node, Spent()).count(usage)

    def go_on(self, seconds: float, usages: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Add what earlier processes of the turn have spent.

        Args:
            seconds: Their wall time.
            usages: Their model calls, in order, each with its step.
        """
        self.seconds_before = seconds
        for node, usage in usages:
            self.count(node, usage)


def _spent(what: str, flag: str) -> BudgetSpent:
    return BudgetSpent(f"{what}; continue with `oldhand resume` and a higher {flag}.")
