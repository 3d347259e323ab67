"""What tests and examples put in the place of a secret, such as `refresh_token: 'refresh123'`. Pure.

Such a value is no secret only by all of this: it stands in code of a test or an example, is set by name,
and is made of nothing but words of that name and a few digits, or of words that say "not real" with them.
"""

import re
from pathlib import PurePosixPath

from memory.secrets import Found, find_secrets
from tools.paths import is_aside, role_of

_SET = re.compile(r"[\w$.\-]+['\"`]?\]?[ \t]*(?::=|=>|==|=|:)[ \t]*[bru]?['\"`]?$")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_PLAIN = re.compile(r"[A-Za-z0-9]+(?:[ _.\-][A-Za-z0-9]+)*")
_FAKE = frozenset((
    "test", "tests", "testing", "dummy", "example", "sample", "fake", "mock", "stub", "placeholder",
    "changeme", "foo", "bar", "baz", "xxx", "xxxx", "invalid", "wrong", "expired",
))  # fmt: skip
_BESIDE = frozenset((
    "my", "your", "new", "old", "valid", "not", "real", "password", "secret", "token", "key", "api", "access",
    "refresh", "client", "auth",
))  # fmt: skip
_SETTINGS = frozenset(
    ("settings", "config", "configuration", "conf", "secrets", "credentials", "env", "local")
)
_LONGEST, _DIGITS = 40, 6
_LINE = 200  # characters before a value in which its name is looked for


def stubs_in(path: str, text: str) -> set[str]:
    """The stubs of a file, each as it is set: see `as_set`."""
    if not _holds_stubs(path):
        return set()
    places = [place for place in find_secrets(text) if place.name == "assigned secret"]
    return {as_set(text, place) for place in places if _is_stub(text, place)}


def as_set(text: str, place: Found) -> str:
    """A value with its name before it, as the line has them; "" where no name sets it."""
    line = text[max(0, place.start - _LINE) : place.start].rpartition("\n")[2]
    name = _SET.search(line)
    return name.group() + text[place.start : place.end] if name else ""


def _holds_stubs(path: str) -> bool:
    role = role_of(path)
    words = set(re.split(r"[^a-z]+", PurePosixPath(path).stem.lower()))
    return (role == "test" or (role == "example" and is_aside(path))) and not words & _SETTINGS


def _is_stub(text: str, place: Found) -> bool:
    value, whole = text[place.start : place.end], as_set(text, place)
    if not whole or len(value) > _LONGEST or not _PLAIN.fullmatch(value):
        return False
    named = {piece.lower() for piece in _PIECE.findall(whole[: -len(value)])}
    pieces = _PIECE.findall(value)
    digits = sum(len(piece) for piece in pieces if piece.isdigit())
    words = {piece.lower() for piece in pieces if not piece.isdigit()}
    is_fake = words <= named or bool(words & _FAKE and words <= named | _FAKE | _BESIDE)
    return bool(words) and is_fake and digits <= _DIGITS
