"""Every error that a client can get. docs/errors.md explains them to people."""

from dataclasses import dataclass

from fastapi import HTTPException


@dataclass(frozen=True)
class ErrorEntry:
    """One kind of error: its HTTP status and what the client is told."""

    status: int
    message: str


CATALOGUE = {
    "customer_not_found": ErrorEntry(404, "No customer has this id."),
    "invoice_not_found": ErrorEntry(404, "No invoice has this id."),
    "payment_not_found": ErrorEntry(404, "No payment has this id."),
    "payment_not_authorized": ErrorEntry(409, "The payment is not waiting to be captured or cancelled."),
    "capture_exceeds_authorization": ErrorEntry(409, "More cannot be captured than was authorized."),
    "currency_unknown": ErrorEntry(422, "We do not take this currency."),
    "cursor_unknown": ErrorEntry(422, "No payment has the id given as `after`."),
    "idempotency_key_reused": ErrorEntry(422, "This Idempotency-Key was used with another body."),
}


def error(code: str) -> HTTPException:
    """Return the error of the catalogue, to be raised."""
    entry = CATALOGUE[code]
    return HTTPException(status_code=entry.status, detail=entry.message)
