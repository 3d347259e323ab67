"""Money in integer minor units: 12.50 EUR is `Money(1250, "EUR")`.

Never a float: 0.1 + 0.2 is not 0.3, and an auditor will find the cent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

EXPONENTS = {"EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3, "USD": 2}
"""How many decimal places each currency that we take has (ISO 4217)."""

BASIS_POINTS = 10_000
"""One whole, in hundredths of a percent."""


class UnknownCurrencyError(ValueError):
    """We do not take this currency."""


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies cannot be added or compared."""


@dataclass(frozen=True)
class Money:
    """An amount in the minor units of its currency; negative is money going the other way."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"an amount is an integer in minor units, not {self.amount!r}")
        if self.currency not in EXPONENTS:
            raise UnknownCurrencyError(f"we do not take {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Nothing, in this currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """Read a decimal amount such as "12.50"; more places than the currency has are refused."""
        minor = Decimal(text).scaleb(EXPONENTS[currency])
        if minor != minor.to_integral_value():
            raise ValueError(f"{text} has more decimal places than {currency}")
        return cls(int(minor), currency)

    def __add__(self, other: "Money") -> "Money":
        self._check(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._check(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._check(other)
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        self._check(other)
        return self.amount <= other.amount

    def __str__(self) -> str:
        places = EXPONENTS[self.currency]
        return f"{Decimal(self.amount).scaleb(-places):.{places}f} {self.currency}"

    def share(self, basis_points: int) -> "Money":
        """Return a share of this amount, rounded half away from zero as tax law asks."""
        scaled = abs(self.amount) * basis_points
        rounded = (2 * scaled + BASIS_POINTS) // (2 * BASIS_POINTS)
        return Money(rounded if self.amount >= 0 else -rounded, self.currency)

    def split(self, parts: int) -> list["Money"]:
        """Split into parts that differ by at most one minor unit and add up to the whole."""
        each, left = divmod(self.amount, parts)
        return [Money(each + (place < left), self.currency) for place in range(parts)]

    def _check(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} do not mix")


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Add amounts up; of none at all it is nothing in `currency`."""
    return sum(amounts, start=Money.zero(currency))
