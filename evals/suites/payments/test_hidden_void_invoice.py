import pytest

from core.money import Money
from payments.domain.invoices import Invoice, LineItem


@pytest.fixture
def invoice(store, clock, customer):
    lines = (LineItem("Licence", 1, Money(5000, "EUR"), 1900),)
    invoice = Invoice.issue("2026-00001", customer.id, lines, clock.now())
    store.invoices.save(invoice)
    return invoice


def structured(body):
    """Find the object with the three keys, wherever the answer puts it."""
    if not isinstance(body, dict):
        return None
    if {"code", "message", "details"} <= body.keys():
        return body
    return next((found for value in body.values() if (found := structured(value))), None)


def test_an_open_invoice_is_voided(client, invoice):
    answer = client.post(f"/invoices/{invoice.id}/void")
    assert answer.is_success
    assert answer.json()["status"] == "void"
    assert client.get(f"/invoices/{invoice.id}").json() == answer.json()


def test_an_invoice_is_voided_once_and_the_error_is_structured(client, invoice):
    client.post(f"/invoices/{invoice.id}/void")
    answer = client.post(f"/invoices/{invoice.id}/void")
    assert answer.status_code == 409
    error = structured(answer.json())
    assert error, f"no code, message and details in {answer.text}"
    assert isinstance(error["code"], str)
    assert isinstance(error["message"], str)
