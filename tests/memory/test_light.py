import pytest

from memory.light import Light


@pytest.fixture(scope="module")
def light():
    return Light()


def test_a_text_with_near_words_is_more_like_a_query_than_one_without(light):
    texts = ["We sign in with a password", "The cat sleeps", "Invoices are rounded up"]
    scores = light.likeness("how does login check credentials", texts)
    assert max(scores) == scores[0]
    assert all(0 <= score <= 1 for score in scores)


def test_a_word_that_every_text_has_decides_nothing(light):
    texts = [f"payments {rest}" for rest in ("are retried", "are logged", "wait in a queue")]
    scores = light.likeness("payments queue", texts)
    assert max(scores) == scores[2]


def test_text_without_words_is_like_nothing(light):
    assert light.likeness("?!", ["a queue"]) == [0.0]
    assert light.likeness("queue", []) == []
    assert light.likeness("queue", ["", "…"]) == pytest.approx([0, 0], abs=0.5)


def test_parts_of_identifiers_meet(light):
    scores = light.likeness("refresh the token", ["SessionTokenRefresher runs hourly", "The parser is slow"])
    assert scores[0] > scores[1]
