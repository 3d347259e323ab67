"""Running the project's tests for one turn: before the change in the background, after it in full."""

import shlex
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Event, Thread

from tools.testing.commands import SHELL, NoTests, TestCommand, TestOptions
from tools.testing.detect import look
from tools.testing.results import TestReport
from tools.testing.runner import TestRunner
from tools.testing.stated import Told
from tools.workspace import Workspace

__test__ = False

THE_RUN = "(the test run itself)"  # failed before the change, and told of no single test
AFFORDABLE_S = 120.0  # a suite that took longer before the change is not run whole after each attempt
QUICK = 1 / 24  # of that; one that took less is run whole at once: starting twice would take longer


class TestBench:
    """Finds the test command once and runs it when asked.

    Args:
        workspace: The repository.
        options: What the person set: a command, an interpreter, a time limit.
        runner: Runs a command and reads its results.
        affordable_s: How long the whole suite may take to be run after each attempt.
        remembered: The commands that memory tells of; asked for when they are needed.
    """

    __test__ = False

    def __init__(
        self,
        workspace: Workspace,
        options: TestOptions,
        runner: TestRunner,
        affordable_s: float = AFFORDABLE_S,
        remembered: Callable[[], Sequence[Told]] = tuple,
    ) -> None:
        self._workspace = workspace
        self._options = options
        self._runner = runner
        self._affordable_s = affordable_s
        self._remembered = remembered
        self._found: TestCommand | NoTests | None = None
        self._baseline: Future[TestReport | None] | None = None
        self._cancel = Event()
        self._seconds: float | None = None

    def command(self) -> TestCommand | None:
        """The project's own test command, or None where there is none."""
        if self._found is None:
            self._found = look(self._workspace, self._options, self._remembered())
        return self._found if isinstance(self._found, TestCommand) else None

    def python(self) -> Path | None:
        """The interpreter that the tests run with, where they are Python's."""
        command = self.command()
        if command is None or command.framework not in ("pytest", "unittest"):
            return None
        return Path(command.argv[0])

    def shown(self) -> str:
        """The test command as a person would type it."""
        command = self.command()
        if command is None:
            return ""
        if command.argv[:2] == ("sh", "-c") and SHELL.search(command.argv[-1]):
            return command.argv[-1]  # as it was given
        program, *arguments = command.argv
        return shlex.join([program.rsplit("/", 1)[-1] if program.startswith("/") else program, *arguments])

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
        """Wait for the baseline; the ids that failed (or `THE_RUN`), or None where it says nothing."""
        report = self._baseline.result() if self._baseline else None
        if report is None:
            return None
        self._seconds = report.seconds
        if report.outcome() in ("timeout", "none"):
            return None
        named = [case.id for case in report.failing()]
        return named if named or report.outcome() == "passed" else [THE_RUN]

    def close(self) -> None:
        """End a baseline that nobody waits for any more."""
        self._cancel.set()
        if self._baseline is not None:
            self._baseline.exception()  # waits, and lets a failure of its own rest: nobody needs the result

    def is_quick(self) -> bool:
        """Whether the whole suite took so little before the change that nothing is gained by a part of it."""
        return self._seconds is not None and self._seconds <= QUICK * self._affordable_s

    def too_long(self, left_s: float | None) -> str | None:
        """Why the whole suite is not run after a change; None where it can be.

        Args:
            left_s: Seconds that the run has left, where it has a limit.
        """
        took = self._seconds
        if took is None:
            return None
        if took > self._affordable_s:
            return (
                f"it took {took:.0f} s before the change, and {self._affordable_s:.0f} s are allowed for it"
            )
        if left_s is not None and took > left_s:
            return f"it took {took:.0f} s before the change, and {left_s:.0f} s are left of the run's time"
        return None

    def is_all_of_it(self, report: TestReport) -> bool:
        """Whether a report tells of every test that was there before the change."""
        before = self._baseline.result() if self._baseline else None
        known = {case.id for case in before.cases} if before else set()
        return bool(known) and known <= {case.id for case in report.cases}

    def selectable(self, tests: Sequence[str]) -> list[str]:
        """Of these files and ids, those that are there, where this project's runner can run them alone."""
        command = self.command()
        there = [test for test in tests if (self._workspace.root / test.split("::")[0]).exists()]
        return there if command and there and self._runner.selects(command, there) else []

    def run(self, select: Sequence[str] = (), within_s: float | None = None) -> TestReport | None:
        """Run the tests on the code as it is now.

        Args:
            select: What to run alone; nothing runs all.
            within_s: Seconds after which it is ended, where they are fewer than the limit for tests.

        Returns:
            The report, or None where there is no test command.
        """
        command = self.command()
        return self._runner.run(command, select, within_s=within_s) if command else None
