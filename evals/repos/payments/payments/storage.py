"""The repositories, in memory. One `Store` is one database."""

from payments.bookkeeping import entry_for
from payments.domain.customers import Customer
from payments.domain.invoices import Invoice
from payments.domain.ledger import Ledger
from payments.domain.payments import Payment


class NotFoundError(KeyError):
    """Nothing is stored under this id."""


class Customers:
    """The customers."""

    def __init__(self) -> None:
        self._by_id: dict[str, Customer] = {}

    def save(self, customer: Customer) -> None:
        """Store a customer, new or changed."""
        self._by_id[customer.id] = customer

    def get(self, customer_id: str) -> Customer:
        """Return a customer, or raise NotFoundError."""
        if customer_id not in self._by_id:
            raise NotFoundError(customer_id)
        return self._by_id[customer_id]


class Invoices:
    """The invoices, and their numbers."""

    def __init__(self) -> None:
        self._by_id: dict[str, Invoice] = {}

    def save(self, invoice: Invoice) -> None:
        """Store an invoice, new or changed."""
        self._by_id[invoice.id] = invoice

    def get(self, invoice_id: str) -> Invoice:
        """Return an invoice, or raise NotFoundError."""
        if invoice_id not in self._by_id:
            raise NotFoundError(invoice_id)
        return self._by_id[invoice_id]

    def of_customer(self, customer_id: str) -> list[Invoice]:
        """Return a customer's invoices, oldest first."""
        return [invoice for invoice in self._by_id.values() if invoice.customer_id == customer_id]

    def all(self) -> list[Invoice]:
        """Return every invoice, oldest first."""
        return list(self._by_id.values())

    def next_number(self, year: int) -> str:
        """Return the number after the last one of the year; the tax office wants no gaps."""
        used = sum(invoice.number.startswith(f"{year}-") for invoice in self._by_id.values())
        return f"{year}-{used + 1:05d}"


class Payments:
    """The payments; saving one also books what happened to it."""

    def __init__(self, ledger: Ledger) -> None:
        self._by_id: dict[str, Payment] = {}
        self._ledger = ledger

    def save(self, payment: Payment) -> None:
        """Store a payment, new or changed."""
        self._by_id[payment.id] = payment
        for event in payment.take_events():
            if entry := entry_for(event):
                self._ledger.post(entry)

    def get(self, payment_id: str) -> Payment:
        """Return a payment, or raise NotFoundError."""
        if payment_id not in self._by_id:
            raise NotFoundError(payment_id)
        return self._by_id[payment_id]

    def all(self) -> list[Payment]:
        """Return every payment, oldest first."""
        return sorted(self._by_id.values(), key=lambda payment: (payment.created_at, payment.id))

    def page(self, limit: int, after: str | None = None) -> list[Payment]:
        """Return the next payments after a given one, oldest first."""
        payments = self.all()
        if after is not None:
            last = self.get(after)
            payments = [payment for payment in payments if payment.created_at > last.created_at]
        return payments[:limit]


class Store:
    """Everything that the service remembers."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.customers = Customers()
        self.invoices = Invoices()
        self.payments = Payments(self.ledger)
