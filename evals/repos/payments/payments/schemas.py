"""What goes over the wire. Amounts are integers in minor units."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.money import Money
from payments.domain.invoices import Invoice, InvoiceStatus
from payments.domain.payments import Payment, PaymentStatus

Amount = Annotated[int, Field(strict=True, gt=0, description="In minor units: 1250 is 12.50 EUR.")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]


class Body(BaseModel):
    """A request's body; what we do not know is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid")


class MoneyOut(BaseModel):
    """An amount with its currency."""

    amount: int
    currency: str

    @classmethod
    def of(cls, money: Money) -> "MoneyOut":
        """Translate from the domain."""
        return cls(amount=money.amount, currency=money.currency)


class NewCustomer(Body):
    """What is needed to open a customer's account."""

    name: str = Field(min_length=1)
    email: str = Field(pattern="^[^@ ]+@[^@ ]+$")
    currency: Currency


class CustomerOut(BaseModel):
    """A customer."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    email: str
    currency: str
    created_at: datetime


class NewPayment(Body):
    """A payment that the customer's bank has authorized."""

    customer_id: str
    amount: Amount
    currency: Currency


class Capture(Body):
    """How much to capture; all of it when nothing is said."""

    amount: Amount | None = None


class PaymentOut(BaseModel):
    """A payment."""

    id: str
    customer_id: str
    status: PaymentStatus
    amount: MoneyOut
    held: MoneyOut
    created_at: datetime

    @classmethod
    def of(cls, payment: Payment) -> "PaymentOut":
        """Translate from the domain."""
        return cls(
            id=payment.id,
            customer_id=payment.customer_id,
            status=payment.status,
            amount=MoneyOut.of(payment.amount),
            held=MoneyOut.of(payment.held),
            created_at=payment.created_at,
        )


class PaymentPage(BaseModel):
    """Some payments, and where the next ones begin."""

    payments: list[PaymentOut]
    next_after: str | None


class LineItemOut(BaseModel):
    """A line of an invoice."""

    description: str
    quantity: int
    unit_price: MoneyOut
    tax_rate: int
    net: MoneyOut


class InvoiceOut(BaseModel):
    """An invoice with its totals."""

    id: str
    number: str
    customer_id: str
    status: InvoiceStatus
    lines: list[LineItemOut]
    net: MoneyOut
    tax: MoneyOut
    gross: MoneyOut
    issued_at: datetime
    due_on: date

    @classmethod
    def of(cls, invoice: Invoice) -> "InvoiceOut":
        """Translate from the domain."""
        lines = [
            LineItemOut(
                description=line.description,
                quantity=line.quantity,
                unit_price=MoneyOut.of(line.unit_price),
                tax_rate=line.tax_rate,
                net=MoneyOut.of(line.net),
            )
            for line in invoice.lines
        ]
        return cls(
            id=invoice.id,
            number=invoice.number,
            customer_id=invoice.customer_id,
            status=invoice.status,
            lines=lines,
            net=MoneyOut.of(invoice.net),
            tax=MoneyOut.of(invoice.tax),
            gross=MoneyOut.of(invoice.gross),
            issued_at=invoice.issued_at,
            due_on=invoice.due_on,
        )
