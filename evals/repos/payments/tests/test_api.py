from datetime import timedelta

from core.money import Money
from payments.domain.invoices import Invoice, LineItem
from payments.domain.payments import Payment


def test_the_service_is_up(client):
    assert client.get("/health").json() == {"status": "ok"}


def test_a_customer_is_created_and_shown(client):
    body = {"name": "Grace Moss", "email": "grace@example.com", "currency": "USD"}
    created = client.post("/customers", json=body)
    assert created.status_code == 201
    shown = client.get(f"/customers/{created.json()['id']}").json()
    assert shown == created.json()
    assert shown["currency"] == "USD"


def test_a_customer_in_an_unknown_currency_is_refused(client):
    body = {"name": "Grace Moss", "email": "grace@example.com", "currency": "XAU"}
    assert client.post("/customers", json=body).status_code == 422


def test_a_payment_is_authorized_then_captured(client, customer):
    body = {"customer_id": customer.id, "amount": 1999, "currency": "EUR"}
    created = client.post("/payments", json=body)
    assert created.status_code == 201
    assert created.json()["status"] == "authorized"
    captured = client.post(f"/payments/{created.json()['id']}/capture")
    assert captured.status_code == 200
    assert captured.json()["status"] == "captured"
    assert captured.json()["held"] == {"amount": 1999, "currency": "EUR"}


def test_a_part_can_be_captured_and_no_more_than_all(client, payment):
    assert client.post(f"/payments/{payment.id}/capture", json={"amount": 2501}).status_code == 409
    captured = client.post(f"/payments/{payment.id}/capture", json={"amount": 1000})
    assert captured.json()["held"]["amount"] == 1000


def test_a_payment_is_captured_once(client, captured):
    assert client.post(f"/payments/{captured.id}/capture").status_code == 409
    assert client.post(f"/payments/{captured.id}/cancel").status_code == 409


def test_a_cancelled_payment_holds_nothing(client, payment):
    cancelled = client.post(f"/payments/{payment.id}/cancel")
    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["held"]["amount"] == 0


def test_what_does_not_exist_is_not_found(client):
    for path in ("/payments/pay_0", "/customers/cus_0", "/customers/cus_0/invoices", "/invoices/inv_0"):
        assert client.get(path).status_code == 404
    assert client.post("/payments/pay_0/capture").status_code == 404


def test_a_payment_for_nobody_is_not_found(client):
    body = {"customer_id": "cus_0", "amount": 100, "currency": "EUR"}
    assert client.post("/payments", json=body).status_code == 404


def test_payments_are_listed_page_by_page(client, store, clock, customer):
    made = []
    for amount in range(1, 6):
        payment = Payment.authorize(customer.id, Money(amount, "EUR"), clock.now())
        store.payments.save(payment)
        made.append(payment.id)
        clock.advance(timedelta(seconds=1))
    seen, after = [], None
    for _ in range(3):
        params = {"limit": 2} | ({"after": after} if after else {})
        page = client.get("/payments", params=params).json()
        seen += [payment["id"] for payment in page["payments"]]
        after = page["next_after"]
    assert seen == made
    assert after is None


def test_a_page_after_an_unknown_payment_is_refused(client):
    assert client.get("/payments", params={"after": "pay_0"}).status_code == 422


def test_a_customers_invoices_are_listed(client, store, clock, customer):
    lines = (LineItem("Licence", 2, Money(5000, "EUR"), 1900),)
    invoice = Invoice.issue("2026-00001", customer.id, lines, clock.now())
    store.invoices.save(invoice)
    listed = client.get(f"/customers/{customer.id}/invoices").json()
    assert listed == [client.get(f"/invoices/{invoice.id}").json()]
    assert listed[0]["gross"] == {"amount": 11900, "currency": "EUR"}
