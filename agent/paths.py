"""Where a person's data lies: under the XDG folders, never in a repository."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """The folders of one person on one machine.

    Attributes:
        config: Settings.
        data: Memories, sessions, checkpoints.
        cache: What can be rebuilt, such as symbol indexes.
    """

    config: Path
    data: Path
    cache: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Paths":
        """The XDG base directories, with their defaults."""
        home = Path(environment.get("HOME") or Path.home())

        def base(name: str, default: str) -> Path:
            value = environment.get(name, "")
            return (Path(value) if value.startswith("/") else home / default) / "oldhand"

        return cls(
            config=base("XDG_CONFIG_HOME", ".config"),
            data=base("XDG_DATA_HOME", ".local/share"),
            cache=base("XDG_CACHE_HOME", ".cache"),
        )

    @property
    def settings(self) -> Path:
        """The person's settings file."""
        return self.config / "config.toml"

    @property
    def memory(self) -> Path:
        """The folder of the memory store."""
        return self.data / "memory"

    @property
    def sessions(self) -> Path:
        """The folder of ledger, checkpoints and transcripts."""
        return self.data / "sessions"

    @property
    def endpoints(self) -> Path:
        """What is known about models at their endpoints."""
        return self.cache / "endpoints.json"

    def index(self, root: Path) -> Path:
        """The symbol index of a repository."""
        return self.cache / "index" / f"{_name_of(root)}.db"

    def snapshots(self, root: Path) -> Path:
        """The private git folder that snapshots of a work tree are made with."""
        return self.cache / "snapshots" / _name_of(root)


def _name_of(root: Path) -> str:
    return f"{root.name}-{blake2b(str(root).encode(), digest_size=8).hexdigest()}"
