"""What is taken for a secret, and what is not."""

import time

import pytest

from evals.memory_bench import forgetting, secrets
from evals.memory_bench.innocent_texts import innocents
from evals.memory_bench.secret_corpus import planted
from memory.secrets import find_secrets, mask


@pytest.mark.parametrize("seed", range(5))
def test_planted_secrets_of_all_kinds_are_masked(seed: int) -> None:
    for found in planted(seed):
        masked = mask(found.text)
        assert masked.found, found.kind
        assert not any(trace in masked.text for trace in found.traces()), found.kind
        assert mask(masked.text).text == masked.text


@pytest.mark.parametrize("seed", range(5))
def test_innocent_texts_are_left_alone(seed: int) -> None:
    masked = [mask(text).text for text in innocents(1000, seed) if mask(text).found]
    assert len(masked) < 20, masked[:5]


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens=4096 and limit_tokens=100000 are the defaults",
        "The API key header is called X-Api-Key-V2.",
        "{ authInfo: { token, clientId: 'e2e-scoped-caller', scopes } }",
        "cacheKey = 'orders:v2:page1'; sortKey: createdAt2",
        "password: str = Field(min_length=8)",
        "The compass points north: 12 degrees",
        "The secret is stored in AWS Secrets Manager under prod/db/password1",
        "[GitHub token removed] and [secret 3f9a1c: GitHub token]",
    ],
)
def test_what_only_talks_of_secrets_is_no_secret(text: str) -> None:
    assert find_secrets(text) == []


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password: Summer2024!", "Summer2024!"),
        ("PGPASSWORD=letmein99 psql", "letmein99"),
        ("login admin / password admin123", "admin123"),
        ("Password for root → Xk9#mmQ2", "Xk9#mmQ2"),
        ('{"password":"qwerty"}', "qwerty"),
        ("token=ab12cd34ef56ab78", "ab12cd34ef56ab78"),
        ("dbPass = 'correct horse'", "correct horse"),
        ("mysql://root:toor@localhost/db", "toor"),
    ],
)
def test_a_name_beside_a_value_tells(text: str, secret: str) -> None:
    assert secret not in mask(text).text


def test_a_stand_in_becomes_a_note_for_good() -> None:
    masked = mask("CI pushes with [secret 3f9a1c: GitHub token].")
    assert masked.text == "CI pushes with [GitHub token removed]."
    assert masked.found == ("GitHub token",)


def test_long_texts_take_no_longer_for_each_letter() -> None:
    for text in ("aB3" * 300_000, "a.b-c" * 200_000, "x=1;" * 200_000, "https://" * 100_000):
        began = time.process_time()
        find_secrets(text)
        assert time.process_time() - began < 10


def test_forgotten_texts_are_gone_byte_by_byte() -> None:
    assert all(figure.met for figure in forgetting.measure(lambda _: None))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_way_into_storage_lets_a_secret_through() -> None:
    assert all(figure.met for figure in secrets.measure(lambda _: None))
