"""Running the tests and reading what came of it."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Protocol

from tools import process
from tools.errors import ProgramNotFound
from tools.process import Completed
from tools.testing.adapter import Ended, Launch, Setting
from tools.testing.adapters import ADAPTERS
from tools.testing.commands import TestCommand
from tools.testing.excerpts import plain
from tools.testing.results import TestReport, tail_of
from tools.workspace import Workspace

_OUTPUT_LIMIT = 400_000
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
            command: how.
            select: what to run alone.
            cancel: set by another thread, it ends the run as if its time were over.
            within_s: seconds that are left for it, where they are fewer than the time limit.
        """
        scratch = Path(tempfile.mkdtemp(prefix="oldhand-tests-", dir=self._scratch))
        limit = self._timeout_s if within_s is None else min(self._timeout_s, max(within_s, 1.0))
        try:
            return self._run(
                command, select, Setting(self._workspace.root, scratch, limit, self._confines()), cancel
            )
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def selects(self, command: TestCommand, select: Sequence[str]) -> bool:
        """Whether these tests can be run alone."""
        with tempfile.TemporaryDirectory(prefix="oldhand-tests-", dir=self._scratch) as scratch:
            setting = Setting(self._workspace.root, Path(scratch), self._timeout_s, self._confines())
            return ADAPTERS[command.framework].launch(command, select, setting) is not None

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
            return TestReport(tuple(launch.argv), command.framework, 127, False, 0.0, [], str(error))
        cases, output = adapter.read(Ended(setting, command, done, started))
        return TestReport(
            argv=tuple(launch.argv),
            framework=command.framework,
            exit_code=None if done.timed_out else done.exit_code,
            timed_out=done.timed_out,
            seconds=done.seconds,
            cases=cases,
            output_tail=plain(tail_of("\n".join(filter(None, [output, done.stdout])), done.stderr)),
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
        return process.run(
            self._sandbox.wrap(launch.argv) if self._sandbox else launch.argv,
            cwd=setting.root,
            timeout_s=setting.timeout_s,
            env=env,
            output_limit=_OUTPUT_LIMIT,
            cancel=cancel,
        )
