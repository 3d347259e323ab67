import pytest

LINES = [
    {"description": "Licence", "quantity": 2, "unit_price": 5000, "tax_rate": 1900},
    {"description": "Manual", "quantity": 1, "unit_price": 999, "tax_rate": 700},
]


def create(client, customer, lines, **more):
    return client.post("/invoices", json={"customer_id": customer.id, "lines": lines, **more})


def test_an_invoice_is_created_with_its_totals(client, customer):
    created = create(client, customer, LINES)
    assert created.status_code == 201
    invoice = created.json()
    assert invoice["customer_id"] == customer.id
    assert invoice["status"] == "open"
    assert invoice["net"] == {"amount": 10999, "currency": "EUR"}
    assert invoice["tax"] == {"amount": 1970, "currency": "EUR"}
    assert invoice["gross"] == {"amount": 12969, "currency": "EUR"}
    assert client.get(f"/invoices/{invoice['id']}").json() == invoice
    assert client.get(f"/customers/{customer.id}/invoices").json() == [invoice]


def test_the_tax_rate_may_be_left_out(client, customer):
    created = create(client, customer, [{"description": "Stamp", "quantity": 1, "unit_price": 85}])
    assert created.json()["gross"]["amount"] == 85


def test_numbers_have_no_gaps_even_after_a_refusal(client, customer):
    numbers = [create(client, customer, LINES).json()["number"]]
    assert create(client, customer, []).status_code >= 400
    numbers.append(create(client, customer, LINES).json()["number"])
    assert numbers == ["2026-00001", "2026-00002"]


def test_an_invoice_repeated_with_its_key_is_made_once(client, customer):
    body = {"customer_id": customer.id, "lines": LINES}
    first, again = (client.post("/invoices", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert again.json() == first.json()
    assert len(client.get(f"/customers/{customer.id}/invoices").json()) == 1


def test_an_invoice_for_nobody_is_not_found(client):
    body = {"customer_id": "cus_0", "lines": LINES}
    assert client.post("/invoices", json=body).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"quantity": 0}, {"quantity": 1.5}, {"unit_price": 12.5}, {"tax_rate": 10_001}, {"tax_rate": -1}],
)
def test_a_line_that_makes_no_sense_is_refused(client, customer, wrong):
    answer = create(client, customer, [LINES[0] | wrong])
    assert 400 <= answer.status_code < 500
    assert client.get(f"/customers/{customer.id}/invoices").json() == []
