"""The HTTP endpoints: translate, call the domain, save."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from core.clock import Clock
from core.ids import new_id
from core.money import EXPONENTS, Money
from payments.domain.customers import Customer
from payments.domain.invoices import Invoice
from payments.domain.payments import CaptureExceedsAuthorizationError, Payment, PaymentNotAuthorizedError
from payments.errors import error
from payments.idempotency import IdempotentRoute
from payments.schemas import (
    Capture,
    CustomerOut,
    InvoiceOut,
    NewCustomer,
    NewPayment,
    PaymentOut,
    PaymentPage,
)
from payments.storage import NotFoundError, Store

router = APIRouter(route_class=IdempotentRoute)


def get_store(request: Request) -> Store:
    """The store that the application was made with."""
    return request.app.state.store


def get_clock(request: Request) -> Clock:
    """The clock that the application was made with."""
    return request.app.state.clock


StoreDep = Annotated[Store, Depends(get_store)]
ClockDep = Annotated[Clock, Depends(get_clock)]


def find_customer(customer_id: str, store: StoreDep) -> Customer:
    """The customer that the path names."""
    try:
        return store.customers.get(customer_id)
    except NotFoundError:
        raise error("customer_not_found") from None


def find_payment(payment_id: str, store: StoreDep) -> Payment:
    """The payment that the path names."""
    try:
        return store.payments.get(payment_id)
    except NotFoundError:
        raise error("payment_not_found") from None


def find_invoice(invoice_id: str, store: StoreDep) -> Invoice:
    """The invoice that the path names."""
    try:
        return store.invoices.get(invoice_id)
    except NotFoundError:
        raise error("invoice_not_found") from None


CustomerDep = Annotated[Customer, Depends(find_customer)]
PaymentDep = Annotated[Payment, Depends(find_payment)]
InvoiceDep = Annotated[Invoice, Depends(find_invoice)]


@router.get("/health")
def health() -> dict[str, str]:
    """Tell the load balancer that we are up."""
    return {"status": "ok"}


@router.post("/customers", status_code=201)
def create_customer(body: NewCustomer, store: StoreDep, clock: ClockDep) -> CustomerOut:
    """Open a customer's account."""
    if body.currency not in EXPONENTS:
        raise error("currency_unknown")
    customer = Customer(new_id("cus"), body.name, body.email, body.currency, clock.now())
    store.customers.save(customer)
    return CustomerOut.model_validate(customer)


@router.get("/customers/{customer_id}")
def get_customer(customer: CustomerDep) -> CustomerOut:
    """Show a customer."""
    return CustomerOut.model_validate(customer)


@router.get("/customers/{customer_id}/invoices")
def list_invoices(customer: CustomerDep, store: StoreDep) -> list[InvoiceOut]:
    """List a customer's invoices, oldest first."""
    return [InvoiceOut.of(invoice) for invoice in store.invoices.of_customer(customer.id)]


@router.get("/invoices/{invoice_id}")
def get_invoice(invoice: InvoiceDep) -> InvoiceOut:
    """Show an invoice."""
    return InvoiceOut.of(invoice)


@router.post("/payments", status_code=201)
def create_payment(body: NewPayment, store: StoreDep, clock: ClockDep) -> PaymentOut:
    """Record a payment that the customer's bank has authorized."""
    customer = find_customer(body.customer_id, store)
    if body.currency not in EXPONENTS:
        raise error("currency_unknown")
    payment = Payment.authorize(customer.id, Money(body.amount, body.currency), clock.now())
    store.payments.save(payment)
    return PaymentOut.of(payment)


@router.get("/payments")
def list_payments(
    store: StoreDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: str | None = None,
) -> PaymentPage:
    """List payments, oldest first, a page at a time; `after` is the last id of the page before."""
    try:
        payments = store.payments.page(limit + 1, after)
    except NotFoundError:
        raise error("cursor_unknown") from None
    shown = payments[:limit]
    next_after = shown[-1].id if len(payments) > limit else None
    return PaymentPage(payments=[PaymentOut.of(payment) for payment in shown], next_after=next_after)


@router.get("/payments/{payment_id}")
def get_payment(payment: PaymentDep) -> PaymentOut:
    """Show a payment."""
    return PaymentOut.of(payment)


@router.post("/payments/{payment_id}/capture")
def capture_payment(
    payment: PaymentDep, store: StoreDep, clock: ClockDep, body: Capture | None = None
) -> PaymentOut:
    """Take the money that was authorized, or a part of it."""
    asked = body.amount if body else None
    amount = payment.amount if asked is None else Money(asked, payment.amount.currency)
    try:
        payment.capture(amount, clock.now())
    except PaymentNotAuthorizedError:
        raise error("payment_not_authorized") from None
    except CaptureExceedsAuthorizationError:
        raise error("capture_exceeds_authorization") from None
    store.payments.save(payment)
    return PaymentOut.of(payment)


@router.post("/payments/{payment_id}/cancel")
def cancel_payment(payment: PaymentDep, store: StoreDep, clock: ClockDep) -> PaymentOut:
    """Let go of the money before it was taken."""
    try:
        payment.cancel(clock.now())
    except PaymentNotAuthorizedError:
        raise error("payment_not_authorized") from None
    store.payments.save(payment)
    return PaymentOut.of(payment)
