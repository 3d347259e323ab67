"""The person asked for errors as structured JSON with code, message and details, a session before."""


def structured(body):
    """Find the object with the three keys, wherever the answer puts it."""
    if not isinstance(body, dict):
        return None
    if {"code", "message", "details"} <= body.keys():
        return body
    return next((found for value in body.values() if (found := structured(value))), None)


def test_a_refund_of_too_much_is_told_in_structured_form(client, captured):
    answer = client.post(f"/payments/{captured.id}/refund", json={"amount": 2501})
    assert answer.status_code == 409
    error = structured(answer.json())
    assert error, f"no code, message and details in {answer.text}"
    assert isinstance(error["code"], str)
    assert isinstance(error["message"], str)
