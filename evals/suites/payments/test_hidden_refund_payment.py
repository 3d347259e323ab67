import pytest

from payments.domain.ledger import Account


def cash(store):
    return store.ledger.balance(Account.CASH, "EUR").amount


def refund(client, payment, amount=None, **headers):
    body = None if amount is None else {"amount": amount}
    return client.post(f"/payments/{payment.id}/refund", json=body, headers=headers)


def test_everything_is_refunded_when_nothing_else_is_said(client, store, captured):
    answer = refund(client, captured)
    assert answer.is_success
    assert answer.json()["held"] == {"amount": 0, "currency": "EUR"}
    assert client.get(f"/payments/{captured.id}").json() == answer.json()
    assert cash(store) == 0


def test_a_payment_is_refunded_in_parts(client, store, captured):
    assert refund(client, captured, 1000).json()["held"]["amount"] == 1500
    assert cash(store) == 1500
    assert refund(client, captured, 500).json()["held"]["amount"] == 1000
    assert refund(client, captured).json()["held"]["amount"] == 0
    assert cash(store) == 0
    assert store.ledger.balance(Account.CUSTOMER_FUNDS, "EUR").amount == 0


def test_no_more_is_refunded_than_we_hold(client, store, captured):
    assert refund(client, captured, 2501).status_code == 409
    refund(client, captured, 2000)
    assert refund(client, captured, 501).status_code == 409
    assert cash(store) == 500


def test_what_was_not_captured_is_not_refunded(client, store, payment):
    assert refund(client, payment).status_code == 409
    client.post(f"/payments/{payment.id}/cancel")
    assert refund(client, payment, 100).status_code == 409
    assert store.ledger.entries(payment.id) == []


def test_a_refund_repeated_with_its_key_happens_once(client, store, captured):
    for _ in range(2):
        assert refund(client, captured, 700, **{"Idempotency-Key": "k"}).is_success
    assert cash(store) == 1800


@pytest.mark.parametrize("amount", [0, -1, 12.5, "12"])
def test_an_amount_is_a_positive_integer(client, store, captured, amount):
    assert refund(client, captured, amount).status_code == 422
    assert cash(store) == 2500


def test_a_payment_that_does_not_exist_is_not_found(client):
    assert client.post("/payments/pay_0/refund").status_code == 404
