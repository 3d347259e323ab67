"""Values that a name beside them calls secret: `password=…`, `"apiKey": "…"`, "the token is …". Pure."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

Place: TypeAlias = tuple[int, int, str]

# In "compass" no password is meant, in "dbPass" one is.
_PASSWORD = (
    r"pass(?:word|wd|phrase|code)|(?-i:(?<![A-Za-z])(?:pass|Pass|PASS|pwd|Pwd|PWD)|(?<=[a-z])(?:Pass|Pwd))(?![a-z])"
    r"|recovery[_\- ]?codes?"
)
_STRONG = (
    r"secrets?|tokens?|client[_\- ]?secret|secret[_\-]?key[_\-]?base"
    r"|(?:api|app|access|account|auth|private|secret|signing|encryption|master|license|deploy|consumer|shared"
    r"|session|storage|service|admin)[_\- ]?keys?"
)
_WEAK = r"credentials?|creds|salt|pepper|otp|mnemonic|seed|cookie|sessionid|bearer|auth|dsn|key"
# `DB_PASSWORD = "…"`, `"apiKey": "…"`, `token: …`, `<password>…</password>`
_ASSIGNED = re.compile(
    rf"(?i)(?P<name>{_PASSWORD}|{_STRONG}|{_WEAK})"
    r"(?:[_\-](?:id|value|prod|dev|test|live|\d))*[`*'\"]*[ \t]*(?P<sign>:=|=>|==|=|:|>)[ \t]*"
    r"(?:[bru]?(?P<quote>['\"`])(?P<quoted>(?:(?!(?P=quote))[^\n\\]|\\.){4,400})(?P=quote)"
    r"|(?P<bare>[^\s,;'\"`()<>{}\[\]]{4,}))"
)
_FLAG = re.compile(
    rf"(?i)(?<!\S)--?(?:[a-z]+-)*(?P<name>{_PASSWORD}|{_STRONG}|auth)[ =]['\"]?(?P<value>[^\s'\"]{{4,}})"
)
_IN_PROSE = re.compile(rf"(?i)(?<![a-z_.\-])(?P<name>{_PASSWORD}|{_STRONG})(?![a-z_])")
_WORD = re.compile(r"[^\s`'\",;()<>]{1,400}")
_VARIABLE = re.compile(
    r"(?:(?<![\w/?&.\-])[A-Z][A-Z0-9_]{2,}=|(?m:^)[ \t]*[A-Z][A-Z0-9_]{2,}[ \t]*[=:][ \t]*)"
    r"['\"]?([^\s'\"]{20,})['\"]?(?!\S)"
)
_HINTS = (
    "pass", "pwd", "secret", "token", "key", "cred", "salt", "pepper", "otp", "recovery", "mnemonic", "seed",
    "cookie", "session", "bearer", "auth", "dsn",
)  # fmt: skip
_BEFORE, _BEHIND = 60, 800  # characters around a hint that are looked at
_PASSWORD_NAME = re.compile(r"(?i)pass|pwd|recovery")
_STRONG_NAME = re.compile(rf"(?i)(?:{_STRONG})$")
_JOINS = frozenset(("is", "was", "are", "=", ":", "→", "->", "=>", "==", "equals"))
# What says that a value is something else, or that a name only describes something.
_OTHER = frozenset((
    "commit", "commits", "sha", "sha1", "sha256", "hash", "hashes", "digest", "checksum", "revision",
    "rev", "etag", "md5", "fingerprint", "id", "ids", "uuid", "guid", "tree", "blob", "build", "version",
    "release", "tag", "fixture", "fixtures", "file", "path", "folder", "named", "called", "column",
    "table", "field", "header", "parameter", "function", "class", "method", "variable", "module", "test",
    "tests", "line", "page", "endpoint", "url", "setting", "image", "layer",
))  # fmt: skip
_NEAR = 10  # words that may stand between a name and its value
_NEAREST = 5  # where nothing joins the two
_NEXT = 2  # where the value could as well be a hash

_TERM = re.compile(
    r"(?i)^(?:sha-?\d*|md5|[hrep]s\d+|aes-?\d*|base\d+|utf-?\d+|oauth\d?|pkcs\d*|v\d+|http\d?|x509|ed25519|rsa\d*|ec2|s3"
    r"|k8s|p256|h2|e2e|p2p|b2b|m2m|a11y|o11y|uuid\d?|i18n|l10n|iso\d*|rfc\d*|argon2\w*|pbkdf2|\d{1,4}|[a-z]+)$"
)
_NUMBERED = re.compile(r"(?i)^(?:[a-z]+\d{1,2}|[a-z]{1,3}\d{1,5})$")
_CONSTANT = re.compile(r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
_FRAGMENT = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^A-Za-z\d]")
_NO_SECRET = frozenset((
    "none", "null", "true", "false", "undefined", "required", "optional", "string", "text", "password",
    "passwd", "secret", "token", "value", "field", "hidden", "masked", "redacted", "example",
    "placeholder", "unset", "empty", "default", "invalid", "missing", "expired", "integer", "varchar",
    "boolean", "object", "array", "number", "function", "lambda", "self", "include", "omit", "same-origin",
    "bearer", "basic", "bytes", "bytearray",
))  # fmt: skip
_CODE = re.compile(
    r"^(?:[A-Za-z_$][\w$]*(?:(?:\.|::|->)[A-Za-z_$][\w$]*)+|\$\{?\w+\}?.*|%[sdr]|%\(\w+\)s|\{\{?.*|<.*|\*+|x{4,}|\.{3,}.*"
    r"|…+|(?:os|process|env|ENV|config|settings|self|args|request)[.\[].*|https?://[^@\s]*"
    r"|[\w./\-]+\.(?:py|js|ts|go|rs|java|md|json|ya?ml|toml|txt|env|sh|rb|php|cs|c|h|cpp|html|sql|ini|cfg)(?::\d+)?)$"
)


def named_values(text: str) -> Iterator[Place]:
    """Where such values stand, and what each is called; they may overlap."""
    for start, end in _windows(text):
        yield from _assigned(text, start, end)
        for match in _FLAG.finditer(text, start, end):
            if _is_secret(match["name"], match["value"], outright=False):
                yield (*match.span("value"), "assigned secret")
        for match in _IN_PROSE.finditer(text, start, end):
            yield from _said(text, match)
    if "=" in text or ":" in text:
        for match in _VARIABLE.finditer(text):
            if _is_dense(match[1]) and not _is_hex(match[1]):
                yield (*match.span(1), "value of a variable")


def _windows(text: str) -> list[tuple[int, int]]:
    """The parts of lines in which a hint stands, in order: patterns over the whole text take far longer."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters are longer in lower case
        return [(0, len(text))]
    found = []
    for hint in _HINTS:
        place = lowered.find(hint)
        while place >= 0:
            line = lowered.rfind("\n", max(0, place - _BEFORE), place) + 1
            ends = lowered.find("\n", place, place + _BEHIND)
            end = ends if ends >= 0 else min(place + _BEHIND, len(text))
            found.append((line or max(0, place - _BEFORE), end))
            place = lowered.find(hint, max(end, place + 1) if end < place + _BEHIND else place + 1)
    return joined(found)


def joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that touch as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _assigned(text: str, start: int, end: int) -> Iterator[Place]:
    for match in _ASSIGNED.finditer(text, start, end):
        if match["quoted"] is not None:
            if _is_secret(match["name"], match["quoted"], outright=True):
                yield (*match.span("quoted"), "assigned secret")
        else:
            value = match["bare"].rstrip(".!?:")
            tight = match["sign"] in "=>" and not text[match.start("sign") - 1].isspace()
            if _is_secret(match["name"], value, outright=tight):
                yield (match.start("bare"), match.start("bare") + len(value), "assigned secret")


def _is_secret(name: str, value: str, *, outright: bool) -> bool:
    """Whether a value is a secret that has this name.

    Args:
        name: The last words of its name.
        value: What stands beside it.
        outright: Whether it is set as in code, in quotes or right behind the sign, not said in words.
    """
    if not _may_be_secret(value):
        return False
    if _PASSWORD_NAME.search(name):
        return outright or _is_random(value)
    if value.isdigit() or "{" in value or _is_identifier(value):
        return False
    if _STRONG_NAME.search(name):
        return _is_random(value) or (outright and " " in value.strip() and len(value) >= 16)
    return _is_dense(value)


def _said(text: str, name: re.Match[str]) -> Iterator[Place]:
    """A value in the words after a name: joined to it ("is", a colon), or as dense as a key."""
    end = text.find("\n", name.end())
    joined = text[name.end() : name.end() + 1] in (":", "=")
    for number, match in enumerate(_WORD.finditer(text, name.end(), len(text) if end < 0 else end)):
        word = match.group().rstrip(".!?:")
        if number > _NEAR or word.lower() in _OTHER:
            return
        near = _is_dense(word) and number <= (_NEXT if _is_hex(word) else _NEAREST)
        near = near or (number == 0 and _PASSWORD_NAME.search(name["name"]) is not None)
        if (joined or near) and _is_random(word) and _is_secret(name["name"], word, outright=False):
            yield (match.start(), match.start() + len(word), "secret")
            return
        joined = match.group().lower() in _JOINS or match.group().endswith((":", "="))


def _may_be_secret(value: str) -> bool:
    """Whether a value that is set outright may be a secret: anything but code, a type or a placeholder."""
    plain = value.strip()
    if len(plain) < 4 or plain.lower() in _NO_SECRET or _CODE.match(plain):
        return False
    return plain[0] not in "/.~" or not _is_identifier(plain)  # a path


def _is_random(value: str) -> bool:
    """Whether a value does not read like words: with digits or signs in it, and not made of terms."""
    if len(value) < 6 or not re.search(r"[\d!@#$%^&*+~?]", value):
        return False
    parts = [part for part in re.split(r"[_\-./:@=,\\]+", value) if part]
    plain = all(_TERM.match(part) or (len(parts) > 1 and _NUMBERED.match(part)) for part in parts)
    return not plain and not _CONSTANT.match(value)


def _is_identifier(value: str) -> bool:
    """Whether a value is put together of words, as a name in code is: a key falls into short pieces."""
    fragments = [piece for piece in _FRAGMENT.findall(value) if piece.isalnum()]
    letters = [piece for piece in fragments if piece.isalpha()]
    digits = sum(len(piece) for piece in fragments if piece.isdigit())
    return bool(letters) and sum(map(len, letters)) >= 4 * len(letters) and digits <= len(value) // 8


def _is_dense(value: str) -> bool:
    """Whether a value has as much in it as a key has: long, mixed, and hardly ever the same twice."""
    if len(value) < 20 or not _may_be_secret(value) or _is_identifier(value):
        return False
    if _is_hex(value):
        return len(value) >= 32
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    counts = Counter(value).values()
    entropy = -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
    return kinds == 3 and entropy >= 3.5 and not re.match(r"sha\d+-", value)


def _is_hex(value: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]+", value) is not None
