"""Invoices: what a customer owes, line by line."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.ids import new_id
from core.money import Money, total

PAYMENT_TERM = timedelta(days=14)


class InvoiceStatus(StrEnum):
    """Where an invoice is in its life."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"


class InvoiceError(ValueError):
    """The invoice cannot be written or changed like that."""


@dataclass(frozen=True)
class LineItem:
    """One line: so many of something at a price without tax.

    Attributes:
        tax_rate: in basis points; 1900 is 19 %.
    """

    description: str
    quantity: int
    unit_price: Money
    tax_rate: int = 0

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise InvoiceError("the quantity of a line is at least one")
        if not 0 <= self.tax_rate <= 10_000:
            raise InvoiceError("a tax rate is between 0 and 10000 basis points")

    @property
    def net(self) -> Money:
        """The line's amount without tax."""
        return self.unit_price * self.quantity


@dataclass
class Invoice:
    """A numbered invoice in one currency. Its lines never change once it has a number."""

    id: str
    number: str
    customer_id: str
    currency: str
    lines: tuple[LineItem, ...]
    issued_at: datetime
    due_on: date
    status: InvoiceStatus = InvoiceStatus.OPEN
    paid_by: str | None = None

    @classmethod
    def issue(cls, number: str, customer_id: str, lines: tuple[LineItem, ...], at: datetime) -> "Invoice":
        """Write an invoice; it is open and due after the usual term."""
        if not lines:
            raise InvoiceError("an invoice has at least one line")
        currencies = {line.unit_price.currency for line in lines}
        if len(currencies) > 1:
            raise InvoiceError(f"an invoice is in one currency, not in {', '.join(sorted(currencies))}")
        due_on = (at + PAYMENT_TERM).date()
        return cls(new_id("inv"), number, customer_id, currencies.pop(), lines, at, due_on)

    @property
    def net(self) -> Money:
        """The sum of the lines without tax."""
        return total((line.net for line in self.lines), self.currency)

    @property
    def tax(self) -> Money:
        """The tax, rounded once for each rate and not for each line, as the tax office does it."""
        by_rate: dict[int, list[Money]] = defaultdict(list)
        for line in self.lines:
            by_rate[line.tax_rate].append(line.net)
        shares = (total(nets, self.currency).share(rate) for rate, nets in by_rate.items())
        return total(shares, self.currency)

    @property
    def gross(self) -> Money:
        """What the customer has to pay."""
        return self.net + self.tax

    def pay(self, payment_id: str, amount: Money) -> None:
        """Settle the invoice with a payment of the exact amount."""
        if self.status is not InvoiceStatus.OPEN:
            raise InvoiceError(f"invoice {self.number} is {self.status}")
        if amount != self.gross:
            raise InvoiceError(f"invoice {self.number} is about {self.gross}, not {amount}")
        self.status = InvoiceStatus.PAID
        self.paid_by = payment_id

    def void(self) -> None:
        """Withdraw an open invoice; its number stays used."""
        if self.status is not InvoiceStatus.OPEN:
            raise InvoiceError(f"invoice {self.number} is {self.status}")
        self.status = InvoiceStatus.VOID

    def is_overdue(self, today: date) -> bool:
        """Tell whether the customer is late."""
        return self.status is InvoiceStatus.OPEN and today > self.due_on
