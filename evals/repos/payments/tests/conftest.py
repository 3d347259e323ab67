from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from core.clock import FixedClock
from core.money import Money
from payments.app import create_app
from payments.domain.customers import Customer
from payments.domain.payments import Payment
from payments.storage import Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def app(store: Store, clock: FixedClock) -> FastAPI:
    return create_app(store, clock)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture
def customer(store: Store, clock: FixedClock) -> Customer:
    ada = Customer("cus_00000000000000000ada", "Ada Vance", "ada@example.com", "EUR", clock.now())
    store.customers.save(ada)
    return ada


@pytest.fixture
def payment(store: Store, clock: FixedClock, customer: Customer) -> Payment:
    """25.00 EUR of Ada's, authorized."""
    payment = Payment.authorize(customer.id, Money(2500, "EUR"), clock.now())
    store.payments.save(payment)
    return payment


@pytest.fixture
def captured(store: Store, clock: FixedClock, payment: Payment) -> Payment:
    """25.00 EUR of Ada's, captured."""
    payment.capture(payment.amount, clock.now())
    store.payments.save(payment)
    return payment
