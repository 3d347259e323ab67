def post(client, path, key, body=None):
    return client.post(path, json=body, headers={"Idempotency-Key": key})


def test_a_repeated_capture_is_answered_alike_and_happens_once(client, store, payment):
    first = post(client, f"/payments/{payment.id}/capture", "k1")
    again = post(client, f"/payments/{payment.id}/capture", "k1")
    assert again.status_code == first.status_code == 200
    assert again.json() == first.json()
    assert len(store.ledger.entries(payment.id)) == 1


def test_a_repeated_payment_is_made_once(client, store, customer):
    body = {"customer_id": customer.id, "amount": 700, "currency": "EUR"}
    first = post(client, "/payments", "k1", body)
    assert post(client, "/payments", "k1", body).json() == first.json()
    assert len(store.payments.all()) == 1
    post(client, "/payments", "k2", body)
    assert len(store.payments.all()) == 2


def test_a_key_belongs_to_one_body(client, customer):
    body = {"customer_id": customer.id, "amount": 700, "currency": "EUR"}
    post(client, "/payments", "k1", body)
    assert post(client, "/payments", "k1", body | {"amount": 800}).status_code == 422


def test_what_failed_may_be_tried_again(client, payment):
    path = f"/payments/{payment.id}/capture"
    assert post(client, path, "k1", {"amount": 9999}).status_code == 409
    assert post(client, path, "k1", {"amount": 2500}).status_code == 200
