"""A payment's life: authorized, then captured or cancelled."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.ids import new_id
from core.money import Money
from payments.domain.events import Event, PaymentAuthorized, PaymentCancelled, PaymentCaptured


class PaymentStatus(StrEnum):
    """Where a payment is in its life."""

    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    CANCELLED = "cancelled"


class PaymentNotAuthorizedError(Exception):
    """The payment is not waiting to be captured or cancelled."""


class CaptureExceedsAuthorizationError(Exception):
    """More cannot be captured than the bank has set aside."""


@dataclass
class Payment:
    """One payment of one customer.

    Attributes:
        amount: what was authorized.
        held: what we hold of the customer's money for this payment.
    """

    id: str
    customer_id: str
    amount: Money
    created_at: datetime
    held: Money
    status: PaymentStatus = PaymentStatus.AUTHORIZED
    _events: list[Event] = field(default_factory=list, repr=False)

    @classmethod
    def authorize(cls, customer_id: str, amount: Money, at: datetime) -> "Payment":
        """Open a payment for an amount that the bank has set aside."""
        payment = cls(new_id("pay"), customer_id, amount, at, held=Money.zero(amount.currency))
        payment._events.append(PaymentAuthorized(payment.id, at, amount))
        return payment

    def capture(self, amount: Money, at: datetime) -> None:
        """Take the money: all of what was authorized, or less."""
        self._check_authorized()
        if self.amount < amount:
            raise CaptureExceedsAuthorizationError(f"{amount} is more than the authorized {self.amount}")
        self.status = PaymentStatus.CAPTURED
        self.held = amount
        self._events.append(PaymentCaptured(self.id, at, amount))

    def cancel(self, at: datetime) -> None:
        """Let go of the money before it was taken."""
        self._check_authorized()
        self.status = PaymentStatus.CANCELLED
        self._events.append(PaymentCancelled(self.id, at))

    def take_events(self) -> list[Event]:
        """Hand over what happened since the last time this was asked."""
        events, self._events = self._events, []
        return events

    def _check_authorized(self) -> None:
        if self.status is not PaymentStatus.AUTHORIZED:
            raise PaymentNotAuthorizedError(f"payment {self.id} is {self.status}")
