"""Texts without a secret that look a little like one: hashes, ids, names of test data, URLs, code, words."""

import base64
import hashlib
from collections.abc import Callable
from random import Random
from uuid import UUID

Maker = Callable[[Random], str]

WORDS = (
    "harbour", "lantern", "violet", "pebble", "summer", "granite", "willow", "copper", "meadow", "thunder",
    "orchard", "saddle", "marble", "juniper", "falcon", "cobalt", "ribbon", "maple", "anchor", "velvet",
)  # fmt: skip
PLACES = (
    "api/orders.py", "core/money.py", "web/session.ts", "cmd/serve/main.go", "lib/Cache.java", "src/lexer.rs"
)  # fmt: skip
NOUNS = (
    "invoice", "token bucket", "password reset", "session", "API key rotation", "cache", "secret santa list",
    "cookie banner",
)  # fmt: skip

# {word} {name} {camel} {place} {noun} {sha1} {sha256} {md5} {uuid} {b64} {n} are filled in anew each time.
TEXTS = (
    "The regression came with commit {sha1} and was gone with {sha1}.",
    "The sha256 of the release archive is {sha256}.",
    "Fixture {word} holds order {uuid}, which must stay unpaid.",
    'ETag of the sample file: "{md5}"; the client caches by it.',
    "Test data {b64} decodes to a broken {word} header.",
    "tests/data/{b64}.bin is a truncated upload.",
    "The image is pinned: {word}@sha256:{sha256}.",
    "`{name}_{name}` in {place} must be called before `{name}`.",
    "{camel}Factory builds a {camel} for each {word}; never make one by hand.",
    "Docs: https://docs.example.org/{word}/{name}/v{n}?page={n}#{word}-{n}",
    "The {noun} lives in {place} and is covered by tests/test_{name}.py.",
    "The password field is validated in {place}:{n}; it wants {n} characters.",
    "Tokens are counted with {word}_tokens(text, limit={n}) in {place}; max_tokens={n} elsewhere.",
    "The secret is read from settings.{word}_SECRET_V{n}, never from the code.",
    "api_key = os.environ['{word}_API_KEY'] in {place}; a missing key is an error.",
    "Passwords are hashed with argon2id, {n} passes; SHA-256 was dropped.",
    "The session cookie is named {word}_sid_v{n} and lasts {n} days.",
    "Primary key of {word}s is (tenant_id, {word}_id); the foreign key is {name}_id.",
    "token = get_token(user_{n}) is cached per request in {place}.",
    "Run `pytest tests/{word}/test_{name}.py::test_{name}_{n} -k 'not slow'`.",
    "Migration 2026{n}_{name} must run before {uuid} is imported.",
    "The colour of {word} buttons is #3f2a9c; dark mode takes #a01b{n}.",
    "Request id {uuid} shows the timeout of {n} ms in the {word} service.",
    'integrity="sha512-{b64}{b64}{b64}" belongs to {word}.js {n}.{n}.0.',
    "We keep money as integers of cents; {name} in {place} rounds half to even.",
    "The lexer knows {n} kinds of tokens; `{camel}Token` is the newest, see {place}.",
    'The key of the cache is f"{word}:user:page" and expires after {n} s.',
    "Docker layer {md5} holds the {word} binaries; go.sum says h1:{b64}{b64}=",
    "The error code for a wrong password is E{n}_{word}_FAILED.",
    "Auth: OAuth2 with PKCE (S256); the token endpoint is https://id.example.org/{word}/token?v={n}.",
    "Feature flag {word}-{word}-{n} is on for tenant {uuid}.",
    "Version {n}.{n}.1-rc2+{sha1} broke the {word} importer.",
    "The token refresh bug of {word} was fixed in {sha1}.",
    "fetch(url, {{credentials: 'include'}}) in {place} is needed for {word}s behind the proxy.",
)


def innocents(count: int = 1000, seed: int = 11) -> list[str]:
    """That many texts, each made by one of the patterns in turn."""
    rng = Random(seed)
    return [_filled(TEXTS[number % len(TEXTS)], rng) for number in range(count)]


def _filled(text: str, rng: Random) -> str:
    makers: dict[str, Maker] = {
        "word": lambda r: r.choice(WORDS),
        "name": lambda r: "_".join(r.choice(WORDS) for _ in range(r.randint(2, 4))),
        "camel": lambda r: "".join(r.choice(WORDS).title() for _ in range(r.randint(3, 5))),
        "place": lambda r: r.choice(PLACES),
        "noun": lambda r: r.choice(NOUNS),
        "sha1": lambda r: hashlib.sha1(r.randbytes(16), usedforsecurity=False).hexdigest(),
        "sha256": lambda r: hashlib.sha256(r.randbytes(16)).hexdigest(),
        "md5": lambda r: hashlib.md5(r.randbytes(16), usedforsecurity=False).hexdigest(),
        "uuid": lambda r: str(UUID(int=r.getrandbits(128), version=4)),
        "b64": lambda r: base64.urlsafe_b64encode(r.randbytes(18)).decode(),
        "n": lambda r: str(r.randint(1, 9999)),
    }
    pieces = text.split("{")
    filled = pieces[0]
    for piece in pieces[1:]:
        name, closing, rest = piece.partition("}")
        filled += makers[name](rng) + rest if closing and name in makers else "{" + piece
    return filled.replace("{{", "{").replace("}}", "}")
