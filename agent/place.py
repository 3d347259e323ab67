"""A repository, the person in it, and everything that opens without starting the loop."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from agent.config import Loaded, Settings, load
from agent.errors import ConfigError
from agent.identity import person_id, repository_id
from agent.paths import Paths
from agent.recall_level import finer_level
from graph.code_view import RepositoryCode
from graph.kept_flags import kept
from graph.ledger import Ledger, Turn
from graph.test_bench import TestBench
from graph.test_memories import ask_once
from memory.accounts import Actor
from memory.clock import from_text, now
from memory.errors import MemoryStoreError
from memory.governance import Governance
from memory.light import Light
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.retention import read_rules
from memory.scopes import Viewpoint
from memory.store import RecordStore
from tools.git import Git
from tools.index import SymbolIndex
from tools.sandbox import Sandbox, detect
from tools.snapshots import Snapshots
from tools.testing.commands import TestOptions, given
from tools.testing.runner import TestRunner
from tools.workspace import Workspace


@dataclass(frozen=True)
class Place:
    """A repository, who works in it, and with which settings; `flags` are those of the command line."""

    workspace: Workspace
    git: Git
    settings: Settings
    paths: Paths
    repository: str
    user: str
    held_back: tuple[str, ...]
    flags: Mapping[str, Any]

    @cached_property
    def sandbox(self) -> Sandbox:
        """The sandbox that commands run in here, detected once."""
        network = self.settings.network
        if network not in ("on", "off"):
            raise ConfigError(f"sandbox.network must be on or off, not {network!r}.")
        python = _named_program(self.settings.test_cmd) or self.settings.python
        return replace(detect(self.workspace.root, python), network=network == "on")

    @cached_property
    def snapshots(self) -> Snapshots:
        """The states of the work tree that are kept for undo."""
        return Snapshots(self.git, self.paths.snapshots(self.workspace.root))

    def clock(self) -> Callable[[], datetime]:
        """The clock: real time, or the moment fixed in the settings."""
        if self.settings.clock is None:
            return now
        try:
            fixed = from_text(self.settings.clock)
        except ValueError as error:
            raise ConfigError(
                f"The clock must be a date and time such as 2026-03-02T09:00:00Z: {error}."
            ) from error
        return lambda: fixed


def _named_program(command: str | None) -> str | None:
    """The program that a test command names by its whole path: the sandbox has to let it be seen."""
    with suppress(ValueError):
        program = given(command).argv[0] if command else ""
        return program if program.startswith("/") else None
    return None


def open_place(folder: Path, flags: Mapping[str, Any]) -> Place:
    """Find the repository and its settings.

    Raises:
        WorkspaceError: There is no repository.
        ConfigError: The settings make no sense.
    """
    workspace = Workspace.open(folder)
    loaded: Loaded = load(workspace.root, flags)
    git = Git(workspace.root)
    return Place(
        workspace,
        git,
        loaded.settings,
        loaded.paths,
        repository_id(git),
        person_id(loaded.settings.user, git),
        loaded.held_back,
        flags,
    )


def open_place_again(folder: Path, turn: Turn, flags: Mapping[str, Any]) -> Place:
    """The place of a turn that is gone on with: its flags count, and those given now win.

    Raises:
        ConfigError: The settings make no sense.
    """
    known = kept(turn)
    for name in known.withheld:
        if name not in flags:
            told = f"--{name.replace('_', '-')} of {turn.turn} held a secret and was not kept: give it again."
            click.echo(told, err=True)
    return open_place(folder, {**known.values, **flags})


def held_back_notice(place: Place) -> str:
    """What to tell a person about a settings file that they have not trusted."""
    return (
        f"This repository's .oldhand/config.toml sets {', '.join(place.held_back)}; that takes effect only "
        "once you trust the file: oldhand config trust."
    )


def open_index(place: Place) -> SymbolIndex:
    """The symbol index of the repository."""
    return SymbolIndex(place.workspace, place.paths.index(place.workspace.root))


def open_memory(place: Place, via: str = "command") -> tuple[Memory, RepositoryCode]:
    """The memories visible from here, and the code they are checked against.

    Args:
        place: Where, and who.
        via: The surface, for the audit log: "run", "chat", "mcp", …

    Raises:
        MemoryStoreError: The store cannot be opened.
        ConfigError: The level of recall makes no sense.
    """
    code = RepositoryCode(place.workspace, place.git, open_index(place))
    return Memory(_store(place, via), code, view_of(place), clock=place.clock()), code


def open_governance(place: Place, via: str = "command") -> Governance:
    """Retention, audit and deletion of what may be seen from here.

    Raises:
        MemoryStoreError: The store cannot be opened.
        InvalidRetention: The settings say something else about it than how long.
    """
    rules = read_rules(place.settings.retention)
    return Governance(_store(place, via), view_of(place), rules, place.clock())


def sweep_memory(place: Place, via: str) -> None:
    """Delete what has expired or is older than the settings allow, before work begins.

    Raises:
        InvalidRetention: See :func:`open_governance`.
    """
    with suppress(MemoryStoreError):  # busy: the next one does it; unusable: opening the memories says so
        open_governance(place, via).sweep()


def _store(place: Place, via: str) -> RecordStore:
    light = Light()
    finer = finer_level(place.settings, light)
    return open_store(place.paths.memory, light, finer, actor=Actor(place.user, via))


def view_of(place: Place) -> Viewpoint:
    """Whose view of memory this is."""
    settings = place.settings
    return Viewpoint(place.user, place.repository, settings.org, settings.related, settings.environment)


def open_bench(place: Place, *, with_memory: bool = True) -> TestBench:
    """How the project's tests are found and run.

    Args:
        place: The repository, person and settings.
        with_memory: Whether memory may say how.
    """
    settings = place.settings
    # What a whole run may take, its tests may not exceed.
    limit = min(settings.test_timeout, settings.timeout or settings.test_timeout)
    options = TestOptions(settings.test_cmd, settings.python, limit)
    sandbox = place.sandbox
    runner = TestRunner(place.workspace, options.timeout_s, sandbox, sandbox.temp)
    remembered = ask_once(lambda: open_memory(place)[0]) if with_memory else tuple
    return TestBench(place.workspace, options, runner, settings.test_affordable, remembered=remembered)


def open_ledger(place: Place) -> Ledger:
    """The turns of this person.

    Raises:
        ConfigError: The folder for them cannot be used.
    """
    with sessions_folder(place.paths):
        return Ledger(place.paths.sessions / "ledger.db")


@contextmanager
def sessions_folder(paths: Paths) -> Iterator[None]:
    """Work with the folder of ledger, checkpoints and transcripts.

    Raises:
        ConfigError: It cannot be used.
    """
    try:
        yield
    except (OSError, sqlite3.DatabaseError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"The sessions folder cannot be used ({paths.sessions}: {reason}). Make it writable, or "
            "move damaged files away; XDG_DATA_HOME sets another place."
        ) from error
