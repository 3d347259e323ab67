"""Running the project's tests for one turn: before the change in the background, after it in full."""

import shlex
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Event, Thread

from tools.testing.commands import NoTests, TestCommand, TestOptions
from tools.testing.detect import look
from tools.testing.results import TestReport
from tools.testing.runner import TestRunner
from tools.workspace import Workspace

__test__ = False

AFFORDABLE_S = 60.0  # a suite that took longer before the change is not run whole after each attempt


class TestBench:
    """Finds the test command once and runs it when asked.

    Args:
        workspace: The repository.
        options: What the person set: a command, an interpreter, a time limit.
        runner: Runs a command and reads its results.
        affordable_s: How long the whole suite may take to be run after each attempt.
    """

    __test__ = False

    def __init__(
        self,
        workspace: Workspace,
        options: TestOptions,
        runner: TestRunner,
        affordable_s: float = AFFORDABLE_S,
    ) -> None:
        self._workspace = workspace
        self._options = options
        self._runner = runner
        self._affordable_s = affordable_s
        self._found: TestCommand | NoTests | None = None
        self._baseline: Future[TestReport | None] | None = None
        self._cancel = Event()
        self._seconds: float | None = None

    def command(self) -> TestCommand | None:
        """The project's own test command, or None where there is none."""
        if self._found is None:
            self._found = look(self._workspace, self._options)
        return self._found if isinstance(self._found, TestCommand) else None

    def python(self) -> Path | None:
        """The interpreter that the tests run with, where they are Python's."""
        command = self.command()
        if command is None or command.framework == "other":
            return None
        return Path(command.argv[0])

    def shown(self) -> str:
        """The test command as a person would type it."""
        command = self.command()
        if command is None:
            return ""
        program, *arguments = command.argv
        return shlex.join([program.rsplit("/", 1)[-1], *arguments])

    def why_not(self) -> str:
        """Why no tests can be run, for the person."""
        return self._found.reason if isinstance(self._found, NoTests) else ""

    def start_baseline(self) -> None:
        """Run the tests as the code is now, in the background: nobody need wait for it but an edit."""
        if self._baseline is not None:
            return
        baseline: Future[TestReport | None] = Future()
        self._baseline = baseline

        def work() -> None:
            try:
                command = self.command()
                run = self._runner.run
                baseline.set_result(run(command, cancel=self._cancel) if command else None)
            except BaseException as error:  # noqa: BLE001 - raised again in whoever waits for it
                baseline.set_exception(error)

        # A daemon: where the run ends first, the program need not wait.
        Thread(target=work, name="baseline", daemon=True).start()

    def settle(self) -> list[str] | None:
        """Wait for the baseline; the ids that failed, or None where it says nothing."""
        report = self._baseline.result() if self._baseline else None
        if report is None:
            return None
        self._seconds = report.seconds
        if report.outcome() in ("timeout", "none"):
            return None
        return [case.id for case in report.failing()]

    def close(self) -> None:
        """End a baseline that nobody waits for any more."""
        self._cancel.set()
        if self._baseline is not None:
            self._baseline.exception()  # waits, and lets a failure of its own rest: nobody needs the result

    def run(self, first: Sequence[str] = ()) -> TestReport | None:
        """Run the tests on the code as it is now.

        Args:
            first: Files or ids that the plan names. Where the whole suite took long before the change, they
                stand for it.

        Returns:
            The report, or None where there is no test command.
        """
        command = self.command()
        if command is None:
            return None
        named = [test for test in first if (self._workspace.root / test.split("::")[0]).exists()]
        if named and command.framework == "pytest" and (self._seconds or 0.0) > self._affordable_s:
            report = self._runner.run(command, named)
            if report.outcome() not in ("none", "error"):
                return report
        return self._runner.run(command)
