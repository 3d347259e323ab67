import pytest

from core.money import CurrencyMismatchError, Money
from payments.domain.events import PaymentAuthorized, PaymentCancelled, PaymentCaptured
from payments.domain.payments import (
    CaptureExceedsAuthorizationError,
    Payment,
    PaymentNotAuthorizedError,
    PaymentStatus,
)


@pytest.fixture
def payment(clock):
    return Payment.authorize("cus_1", Money(2500, "EUR"), clock.now())


def test_an_authorization_holds_no_money(payment, clock):
    assert payment.status is PaymentStatus.AUTHORIZED
    assert payment.held == Money(0, "EUR")
    assert payment.take_events() == [PaymentAuthorized(payment.id, clock.now(), Money(2500, "EUR"))]


def test_a_capture_holds_what_was_captured(payment, clock):
    payment.take_events()
    payment.capture(Money(2000, "EUR"), clock.now())
    assert payment.held == Money(2000, "EUR")
    assert payment.take_events() == [PaymentCaptured(payment.id, clock.now(), Money(2000, "EUR"))]


def test_no_more_is_captured_than_was_authorized(payment, clock):
    with pytest.raises(CaptureExceedsAuthorizationError, match="25.01 EUR"):
        payment.capture(Money(2501, "EUR"), clock.now())
    assert payment.status is PaymentStatus.AUTHORIZED


def test_another_currency_is_not_captured(payment, clock):
    with pytest.raises(CurrencyMismatchError):
        payment.capture(Money(2500, "USD"), clock.now())


def test_what_was_cancelled_is_not_captured(payment, clock):
    payment.cancel(clock.now())
    with pytest.raises(PaymentNotAuthorizedError, match="cancelled"):
        payment.capture(Money(2500, "EUR"), clock.now())
    assert isinstance(payment.take_events()[-1], PaymentCancelled)


def test_events_are_handed_over_once(payment):
    assert payment.take_events()
    assert payment.take_events() == []
