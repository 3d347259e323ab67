"""Ids that say what they are of: `pay_…`, `inv_…`, `cus_…`."""

import secrets
from typing import Literal

Prefix = Literal["cus", "inv", "pay"]


def new_id(prefix: Prefix) -> str:
    """Return a fresh id, hard to guess: 80 random bits after the prefix."""
    return f"{prefix}_{secrets.token_hex(10)}"


def is_id(text: str, prefix: Prefix) -> bool:
    """Tell whether a text has the form of an id of this kind."""
    head, _, tail = text.partition("_")
    return head == prefix and len(tail) == 20 and all(letter in "0123456789abcdef" for letter in tail)
