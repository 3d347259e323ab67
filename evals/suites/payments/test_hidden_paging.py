import pytest

from core.money import Money
from payments.domain.payments import Payment


def read_all(client, limit):
    seen, after = [], None
    for _ in range(60):
        params = {"limit": limit} | ({"after": after} if after else {})
        page = client.get("/payments", params=params).json()
        seen += [payment["id"] for payment in page["payments"]]
        after = page["next_after"]
        if after is None:
            return seen
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("limit", [1, 7, 20, 50, 100])
def test_payments_of_one_instant_are_all_listed_once(client, store, clock, customer, limit):
    made = set()
    for amount in range(1, 51):
        payment = Payment.authorize(customer.id, Money(amount, "EUR"), clock.now())
        store.payments.save(payment)
        made.add(payment.id)
    seen = read_all(client, limit)
    assert len(seen) == 50
    assert set(seen) == made
