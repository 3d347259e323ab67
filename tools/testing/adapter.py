"""The interface to a test runner: told where to write its results, which are then read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tools.process import Completed
from tools.testing.commands import TestCommand
from tools.testing.results import TestCase

_INTO_FILE = 'out=$1; shift; exec "$@" > "$out"'
_ALL_INTO_FILE = _INTO_FILE + " 2>&1"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where tests are run.

    Attributes:
        root: the repository.
        scratch: an empty folder for result files, which both sides of the sandbox see.
        timeout_s: seconds after which the run is ended.
        confined: they run in a sandbox, without network.
    """

    root: Path
    scratch: Path
    timeout_s: float
    confined: bool


@dataclass(frozen=True, slots=True)
class Launch:
    """What is started."""

    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that came to its end.

    Attributes:
        setting: where it ran.
        command: what was run.
        done: what it left behind.
        started: when, in seconds since the epoch, to tell new result files from old ones.
    """

    setting: Setting
    command: TestCommand
    done: Completed
    started: float


class Adapter(Protocol):
    """How one test runner is started and read."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """The command with what it takes to read its results.

        Args:
            command: the project's own.
            select: ids or files to run alone; empty runs all.
            setting: where.

        Returns:
            None where this runner cannot run such a selection.
        """
        ...

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests that the run told of, and its output where that went elsewhere than to us."""
        ...


def into_file(argv: Sequence[str], file: Path, *, errors_too: bool) -> list[str]:
    """A command whose output goes to a file whole; what we capture of it is cut in the middle."""
    return ["sh", "-c", _ALL_INTO_FILE if errors_too else _INTO_FILE, "sh", str(file), *argv]


def text_of(file: Path) -> str:
    """The text of a result file; nothing where it is missing."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def files_of(select: Sequence[str]) -> list[str]:
    """The files of a selection, each once."""
    return list(dict.fromkeys(name.partition("::")[0] for name in select))
