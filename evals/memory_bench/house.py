"""A repository with the program installed for it, and a person's data in folders of their own."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.repos import IDENTITY
from tools.process import inherited_environment


@dataclass(frozen=True)
class House:
    """A repository, and a person's data beside it."""

    repository: Path
    data: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a program finds in here."""
        homes = {
            f"XDG_{name}_HOME": str(self.data.parent / name.lower()) for name in ("CONFIG", "CACHE", "STATE")
        }
        return {**homes, "XDG_DATA_HOME": str(self.data), "OLDHAND_USER": "bench", **IDENTITY}

    @property
    def store(self) -> Path:
        """The file that holds the memories."""
        return self.data / "oldhand/memory/memory.db"

    def run(self, *argv: str | Path, hand_down: Sequence[int] = ()) -> None:
        """Run a program as the person would.

        Args:
            argv: The program and its arguments.
            hand_down: Open files that it and whatever it starts have as well.
        """
        env = {**inherited_environment(), **self.environment}
        subprocess.run(
            argv,
            cwd=self.repository,
            env=env,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if hand_down else None,
            pass_fds=hand_down,
        )


def program() -> Path:
    """Where `oldhand` is: beside our own Python."""
    return Path(sys.executable).with_name("oldhand")
