"""Over the wire, amounts are integers in minor units."""

import pytest


def numbers(schema, place):
    """Find every place of a schema where something else than a whole number may stand."""
    if isinstance(schema, dict):
        if schema.get("type") == "number":
            yield place
        for name, value in schema.items():
            yield from numbers(value, f"{place}.{name}")
    elif isinstance(schema, list):
        for value in schema:
            yield from numbers(value, place)


def test_no_schema_has_room_for_a_float(app):
    found = list(numbers(app.openapi()["components"]["schemas"], "schemas"))
    assert not found, f"amounts are integers in minor units, never floats: {found}"


@pytest.mark.parametrize("amount", [12.5, 12.0, "12", 0, -1, None])
def test_an_amount_is_a_positive_integer(client, customer, amount):
    body = {"customer_id": customer.id, "amount": amount, "currency": "EUR"}
    assert client.post("/payments", json=body).status_code == 422
