"""Groups of statements: one, the same as other people put it, and near ones that say something else."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FITTED = "paraphrases.toml"
HELD_OUT = "paraphrases_heldout.toml"


@dataclass(frozen=True)
class Group:
    """A statement and what is said around it.

    Attributes:
        domain: What it is about.
        say: The statement.
        same: The same, put freely.
        near: Statements that differ in something that matters.
    """

    domain: str
    say: str
    same: tuple[str, ...]
    near: tuple[str, ...]


def read_groups(name: str) -> list[Group]:
    """The groups of one of the files in `data`."""
    file = Path(__file__).parent / "data" / name
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["group"]
    return [Group(row["domain"], row["say"], tuple(row["same"]), tuple(row["near"])) for row in rows]
