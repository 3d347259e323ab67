"""The nightly CSV for the old accounting system.

To be removed once finance has moved to the ledger.
"""

import csv
import io
from collections.abc import Iterable

from core.money import EXPONENTS, Money
from payments.domain.invoices import Invoice

COLUMNS = ("NUMBER", "DATE", "CUSTOMER", "NET", "TAX", "GROSS", "CUR", "STATE")
STATES = {"open": "O", "paid": "B", "void": "S"}


def export_invoices(invoices: Iterable[Invoice]) -> str:
    """Return the invoices as the old system reads them: semicolons, decimal commas, its own letters."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(invoice) for invoice in invoices)
    return buffer.getvalue()


def _row(invoice: Invoice) -> tuple[str, ...]:
    return (
        invoice.number,
        invoice.issued_at.strftime("%d.%m.%Y"),
        invoice.customer_id,
        _decimal(invoice.net),
        _decimal(invoice.tax),
        _decimal(invoice.gross),
        invoice.currency,
        STATES[invoice.status],
    )


def _decimal(money: Money) -> str:
    places = EXPONENTS[money.currency]
    whole, minor = divmod(abs(money.amount), 10**places)
    sign = "-" if money.amount < 0 else ""
    return f"{sign}{whole},{minor:0{places}d}" if places else f"{sign}{whole}"
