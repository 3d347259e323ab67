"""The books: double entry, append only. See docs/ledger.md."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.money import Money, total


class Account(StrEnum):
    """Where money can be."""

    CASH = "cash"
    CUSTOMER_FUNDS = "customer_funds"


class UnbalancedEntryError(ValueError):
    """The postings of an entry do not add up to zero."""


@dataclass(frozen=True)
class Posting:
    """Money coming into an account; negative when it leaves."""

    account: Account
    amount: Money


@dataclass(frozen=True)
class Entry:
    """One movement of money, with where it came from and where it went."""

    reference: str
    at: datetime
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        sums: dict[str, int] = defaultdict(int)
        for posting in self.postings:
            sums[posting.amount.currency] += posting.amount.amount
        if any(sums.values()):
            raise UnbalancedEntryError(f"the entry for {self.reference} is off by {dict(sums)}")


class Ledger:
    """All entries, in the order they were made."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def post(self, entry: Entry) -> None:
        """Add an entry. There is no way to change or remove one: post its opposite."""
        self._entries.append(entry)

    def entries(self, reference: str | None = None) -> list[Entry]:
        """Return the entries, or those about one payment."""
        return [entry for entry in self._entries if reference in (None, entry.reference)]

    def balance(self, account: Account, currency: str) -> Money:
        """Return what an account holds in one currency."""
        return total((posting.amount for posting in self._postings(account, currency)), currency)

    def _postings(self, account: Account, currency: str) -> Iterable[Posting]:
        for entry in self._entries:
            for posting in entry.postings:
                if posting.account is account and posting.amount.currency == currency:
                    yield posting
