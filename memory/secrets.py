"""Secrets are found and masked before anything is written."""

import re
from dataclasses import dataclass
from functools import partial

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"),
    ("AWS access key", r"\b((?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16})\b"),
    ("GitHub token", r"\b((?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,}))"),
    ("GitLab token", r"\b(gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[A-Za-z0-9_\-]{18,})"),
    ("Anthropic key", r"\b(sk-ant-[A-Za-z0-9_\-]{20,})"),
    ("OpenAI key", r"\b(sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_\-]{20,})"),
    ("Stripe key", r"\b((?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{20,})"),
    ("Slack token", r"\b(xox[abeoprs]-[A-Za-z0-9\-]{10,})"),
    ("Slack webhook", r"(https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_\-]+)"),
    ("Google key", r"\b(AIza[0-9A-Za-z_\-]{35})"),
    ("Google OAuth secret", r"\b(GOCSPX-[A-Za-z0-9_\-]{20,})"),
    ("npm token", r"\b(npm_[A-Za-z0-9]{30,})"),
    ("PyPI token", r"\b(pypi-[A-Za-z0-9_\-]{30,})"),
    ("Hugging Face token", r"\b(hf_[A-Za-z0-9]{30,})"),
    ("SendGrid key", r"\b(SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,})"),
    ("Twilio key", r"\b(SK[0-9a-f]{32})\b"),
    ("DigitalOcean token", r"\b(do[opr]_v1_[0-9a-f]{60,})"),
    ("JSON web token", r"\b(eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+)"),
    ("password in a URL", r"\b[a-z][a-z0-9+.\-]*://[^\s/:@'\"]*:([^\s/@'\"]{2,})@"),
    (
        "authorization header",
        r"(?i)\bauthorization\s*[:=]\s*['\"]?(?:bearer|basic|token)\s+([A-Za-z0-9._~+/=\-]{8,})",
    ),
    ("bearer token", r"\b[Bb]earer\s+(?=[A-Za-z0-9._~+/\-]*\d)([A-Za-z0-9._~+/\-]{20,}=*)"),
    (
        "assigned secret",
        r"(?i)\b(?:[a-z0-9]+[_\-.])*(?:password|passwd|passphrase|pwd|secret|secret[_\-]?key|api[_\-]?key|"
        r"access[_\-]?key|auth[_\-]?token|access[_\-]?token|refresh[_\-]?token|token|private[_\-]?key|"
        r"client[_\-]?secret|credentials?)['\"]?\s*(?:=|:=|:)\s*"
        r"(?:\"([^\"\n]{6,})\"|'([^'\n]{6,})'|(?=[^\s,;]*[\d!@#$%^&*+/])([^\s,;'\"`()<>{}\[\]]{8,}))",
    ),
)  # fmt: skip
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS)


@dataclass(frozen=True, slots=True)
class Masked:
    """Text without its secrets.

    Attributes:
        found: What was masked, by name, each once.
    """

    text: str
    found: tuple[str, ...]


def mask(text: str) -> Masked:
    """Replace every secret in a text by a note of what stood there."""
    found: dict[str, None] = {}
    for name, pattern in _COMPILED:
        text, count = pattern.subn(partial(_without_secret, name), text)
        if count:
            found.setdefault(name)
    return Masked(text, tuple(found))


def _without_secret(name: str, match: re.Match[str]) -> str:
    """The match with its first group that took part (or all of it) replaced."""
    group = next((number for number, value in enumerate(match.groups(), 1) if value is not None), 0)
    start, end = (position - match.start() for position in match.span(group))
    whole = match.group()
    return f"{whole[:start]}[{name} removed]{whole[end:]}"
