"""What happened to a payment, told by the payment itself."""

from dataclasses import dataclass
from datetime import datetime

from core.money import Money


@dataclass(frozen=True)
class Event:
    """Something that happened to a payment."""

    payment_id: str
    at: datetime


@dataclass(frozen=True)
class PaymentAuthorized(Event):
    """The customer's bank has set the amount aside."""

    amount: Money


@dataclass(frozen=True)
class PaymentCaptured(Event):
    """The amount is ours; it may be less than was authorized."""

    amount: Money


@dataclass(frozen=True)
class PaymentCancelled(Event):
    """The bank was told to let go of what it had set aside."""
