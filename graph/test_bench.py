"""Running the project's tests for one turn: before the change in the background, after it in full."""

import shlex
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from tools.testing.detect import NoTests, TestCommand, TestOptions, look
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
    """

    __test__ = False

    def __init__(self, workspace: Workspace, options: TestOptions, runner: Callable[[], TestRunner]) -> None:
        self._workspace = workspace
        self._options = options
        self._make_runner = runner
        self._found: TestCommand | NoTests | None = None
        self._baseline: Future[TestReport] | None = None
        self._seconds: float | None = None

    def command(self) -> TestCommand | None:
        """The project's own test command, or None where there is none."""
        if self._found is None:
            self._found = look(self._workspace, self._options)
        return self._found if isinstance(self._found, TestCommand) else None

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
        """Run the tests as the code is now, while the model thinks."""
        command = self.command()
        if command is None or self._baseline is not None:
            return
        pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="baseline")
        self._baseline = pool.submit(self._make_runner().run, command)
        pool.shutdown(wait=False)

    def settle(self) -> list[str] | None:
        """Wait for the baseline; the ids that failed, or None where it says nothing."""
        if self._baseline is None:
            return None
        report = self._baseline.result()
        self._seconds = report.seconds
        if report.outcome() in ("timeout", "none"):
            return None
        return [case.id for case in report.failing()]

    def run(self, first: Sequence[str] = ()) -> TestReport | None:
        """Run the tests on the code as it is now.

        Args:
            first: Files or ids that the plan names. Where the whole suite takes long they go first and
                decide alone when they fail.

        Returns:
            The report, or None where there is no test command.
        """
        command = self.command()
        if command is None:
            return None
        runner = self._make_runner()
        named = [test for test in first if (self._workspace.root / test.split("::")[0]).exists()]
        if named and command.framework == "pytest" and (self._seconds or 0.0) > AFFORDABLE_S:
            report = runner.run(command, named)
            if report.outcome() not in ("none", "error"):
                return report
        return runner.run(command)
