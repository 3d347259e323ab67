"""The flags that a turn was started with, kept in the ledger: `resume` goes on with the same run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graph.ledger import Turn
from graph.vault import Vault


@dataclass(frozen=True)
class KeptFlags:
    """What is known of the flags of a turn.

    Attributes:
        values: By their field names.
        withheld: Those that were given and hold a secret, so that their values were not kept.
    """

    values: dict[str, Any]
    withheld: tuple[str, ...]


def to_keep(flags: Mapping[str, Any], vault: Vault) -> str:
    """The flags as the ledger keeps them; one that holds a secret loses its value."""
    kept_values = {name: value if vault.hide_all(value) == value else None for name, value in flags.items()}
    return json.dumps(kept_values)


def kept(turn: Turn) -> KeptFlags:
    """What the ledger knows of the flags of a turn."""
    flags = json.loads(turn.flags)
    known = {name: value for name, value in flags.items() if value is not None}
    return KeptFlags(known, tuple(name for name in flags if name not in known))
