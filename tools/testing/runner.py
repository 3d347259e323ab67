"""Runs the tests and reads the results."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Protocol

from tools import process
from tools.errors import ProgramNotFound
from tools.process import Completed
from tools.temporary import make_folder
from tools.testing.adapter import Ended, Launch, Setting
from tools.testing.adapters import ADAPTERS
from tools.testing.commands import TestCommand
from tools.testing.excerpts import plain
from tools.testing.results import TestReport, tail_of
from tools.testing.starting import NOT_FOUND, not_installed, why_unstarted
from tools.workspace import Workspace

_OUTPUT_LIMIT = 400_000
_IN_FOLDER = 'cd -- "$1" && shift && exec "$@"'
_ADDED_TO = {"NODE_OPTIONS", "PYTEST_ADDOPTS"}  # options of the person's own go on counting


class Wrapper(Protocol):
    """What puts a command into a sandbox."""

    def wrap(self, argv: Sequence[str], *, network: bool = False) -> list[str]:
        """Return the command that runs `argv` inside."""
        ...


class TestRunner:
    """Runs a project's tests and says what it saw.

    Args:
        workspace: the repository.
        timeout_s: seconds after which a run is ended.
        sandbox: what to run them in; None runs them as they are.
        scratch: a folder for result files that the sandbox lets them write; None makes one for each run.
    """

    __test__ = False

    def __init__(
        self,
        workspace: Workspace,
        timeout_s: float = 600.0,
        sandbox: Wrapper | None = None,
        scratch: Path | None = None,
    ) -> None:
        self._workspace = workspace
        self._timeout_s = timeout_s
        self._sandbox = sandbox
        self._scratch = scratch

    def run(
        self,
        command: TestCommand,
        select: Sequence[str] = (),
        cancel: Event | None = None,
        within_s: float | None = None,
    ) -> TestReport:
        """Run the tests, or only those of `select`: ids or files, as a report names them.

        Nothing is left in the work tree by us: caches and result files go to a temporary folder. A selection
        that the test runner cannot make is run as a whole; `selects` tells.

        Args:
            command: how, and in which folder: ids are told as seen from the repository's root.
            select: what to run alone.
            cancel: set by another thread, it ends the run as if its time were over.
            within_s: seconds that are left for it, where they are fewer than the time limit.
        """
        scratch = Path(tempfile.mkdtemp(prefix="oldhand-tests-", dir=self._folder))
        limit = self._timeout_s if within_s is None else min(self._timeout_s, max(within_s, 1.0))
        try:
            inside = [below(command.folder, name) for name in select]
            report = self._run(command, inside, self._setting(command, scratch, limit), cancel)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        if not command.folder:
            return report
        cases = [replace(case, id=f"{command.folder}/{case.id}") for case in report.cases]
        return replace(report, cases=cases)

    @cached_property
    def _folder(self) -> Path:
        return self._scratch or make_folder()

    def selects(self, command: TestCommand, select: Sequence[str]) -> bool:
        """Whether these tests can be run alone."""
        with tempfile.TemporaryDirectory(prefix="oldhand-tests-", dir=self._folder) as scratch:
            setting = self._setting(command, Path(scratch), self._timeout_s)
            inside = [below(command.folder, name) for name in select]
            return ADAPTERS[command.framework].launch(command, inside, setting) is not None

    def _setting(self, command: TestCommand, scratch: Path, timeout_s: float) -> Setting:
        return Setting(self._workspace.root / command.folder, scratch, timeout_s, self._confines())

    def _confines(self) -> bool:
        return self._sandbox is not None and self._sandbox.wrap(["true"]) != ["true"]

    def _run(
        self, command: TestCommand, select: Sequence[str], setting: Setting, cancel: Event | None
    ) -> TestReport:
        adapter = ADAPTERS[command.framework]
        launch = adapter.launch(command, select, setting) or adapter.launch(command, (), setting)
        assert launch is not None, "every runner can run all of its tests"
        started = time.time()
        try:
            done = self._launched(launch, command, setting, cancel)
        except ProgramNotFound as error:
            argv, why = tuple(launch.argv), not_installed(command.argv[0])
            return TestReport(argv, command.framework, NOT_FOUND, False, 0.0, [], str(error), why)
        cases, output = adapter.read(Ended(setting, command, done, started))
        exit_code = None if done.timed_out else done.exit_code
        printed = plain(tail_of("\n".join(filter(None, [output, done.stdout])), done.stderr))
        return TestReport(
            argv=tuple(launch.argv),
            framework=command.framework,
            exit_code=exit_code,
            timed_out=done.timed_out,
            seconds=done.seconds,
            cases=cases,
            output_tail=printed,
            unstarted="" if cases else why_unstarted(command, exit_code, printed),
        )

    def _launched(
        self, launch: Launch, command: TestCommand, setting: Setting, cancel: Event | None
    ) -> Completed:
        users = process.user_environment(process.inherited_environment())
        ours = {
            "PYTHONDONTWRITEBYTECODE": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(setting.scratch / "hypothesis"),
            **({"XDG_CACHE_HOME": str(setting.scratch.parent / "cache")} if setting.confined else {}),
            **launch.env,
        }
        for name in _ADDED_TO & ours.keys() & users.keys():
            ours[name] = f"{users[name]} {ours[name]}"
        env = users | ours | dict(command.env)
        argv = launch.argv
        if self._sandbox:  # it begins at the repository's root, wherever it is started
            inside = ["sh", "-c", _IN_FOLDER, "sh", str(setting.root), *argv] if command.folder else argv
            argv = self._sandbox.wrap(inside)
        return process.run(
            argv,
            cwd=setting.root,
            timeout_s=setting.timeout_s,
            env=env,
            output_limit=_OUTPUT_LIMIT,
            cancel=cancel,
        )


def below(folder: str, name: str) -> str:
    """A test's id as its project knows it."""
    return name.removeprefix(f"{folder}/") if folder else name
