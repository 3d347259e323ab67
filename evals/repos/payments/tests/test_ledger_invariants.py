"""Finance closes the month from the ledger: no money moves without an entry. See docs/ledger.md."""

import pytest

from core.money import Money, total
from payments.app import create_app
from payments.domain.ledger import Account, Entry, Posting, UnbalancedEntryError

MOVES_NO_MONEY = {"/payments/{payment_id}/cancel"}
"""What changes a payment before its money was taken. Every other route must post to the ledger."""


def payment_routes():
    """Find every route that acts on one payment."""
    paths = create_app().openapi()["paths"]
    return [path for path in paths if path.startswith("/payments/{payment_id}/") and "post" in paths[path]]


def sample(schema, document):
    """Make up the least that a schema accepts."""
    if "$ref" in schema:
        return sample(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], document)
    if examples := schema.get("examples") or schema.get("enum"):
        return examples[0]
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        return {name: sample(properties[name], document) for name in schema.get("required", [])}
    return {"integer": 100, "string": "requested by customer", "boolean": True, "array": []}[schema["type"]]


def body_for(path, document):
    """Make up a request body for a route, or None where it takes none."""
    content = document["paths"][path]["post"].get("requestBody", {}).get("content", {})
    return sample(content["application/json"]["schema"], document) if content else None


def drive(path, request):
    """Call a route in the first state of a payment that it accepts; return what it posted."""
    client, store = request.getfixturevalue("client"), request.getfixturevalue("store")
    for state in ("payment", "captured"):
        payment = request.getfixturevalue(state)
        before = len(store.ledger.entries())
        answer = client.post(path.format(payment_id=payment.id), json=body_for(path, client.app.openapi()))
        if answer.is_success:
            return store.ledger.entries()[before:]
    pytest.fail(f"POST {path} was refused in every state: {answer.text}")


@pytest.mark.parametrize("path", payment_routes())
def test_every_route_that_moves_money_posts_to_the_ledger(path, request, store):
    posted = drive(path, request)
    if path in MOVES_NO_MONEY:
        assert not posted, f"POST {path} moves no money but posted {posted}"
    else:
        assert posted, f"POST {path} moves money but posted nothing to the ledger"
    check_books(store)


def check_books(store):
    """What the ledger says we hold is what the payments say we hold."""
    held = total((payment.held for payment in store.payments.all()), "EUR")
    cash = store.ledger.balance(Account.CASH, "EUR")
    owed = store.ledger.balance(Account.CUSTOMER_FUNDS, "EUR")
    assert cash == held, f"the ledger says that we hold {cash}, the payments say {held}"
    assert cash + owed == Money(0, "EUR")


def test_an_entry_that_does_not_balance_is_refused(clock):
    postings = (Posting(Account.CASH, Money(100, "EUR")), Posting(Account.CUSTOMER_FUNDS, Money(-99, "EUR")))
    with pytest.raises(UnbalancedEntryError, match="off by"):
        Entry("pay_1", clock.now(), postings)


def test_currencies_balance_each_for_itself(clock):
    postings = (Posting(Account.CASH, Money(100, "EUR")), Posting(Account.CUSTOMER_FUNDS, Money(-100, "USD")))
    with pytest.raises(UnbalancedEntryError):
        Entry("pay_1", clock.now(), postings)
