"""The files of one project in a repository."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class ProjectFiles:
    """A folder whose tests are run from it: the repository's root, or a project below.

    Attributes:
        root: the folder.
        files: what git lists in it and in no project below, as seen from it.
        folder: the folder as seen from the repository's root; "" is the root itself.
    """

    root: Path
    files: list[str]
    folder: str = ""

    @cached_property
    def homes(self) -> list[Path]:
        """The folder and those around it, up to the repository's root: environments are shared from there."""
        around = [self.root, *self.root.parents]
        return around[: self.folder.count("/") + 2 if self.folder else 1]
