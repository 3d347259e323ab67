"""The tests of one project: as they were before the change, and run again on what was changed."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from tools.testing.commands import NoTests, TestCommand
from tools.testing.projects import Project
from tools.testing.results import TestReport
from tools.testing.runner import TestRunner

__test__ = False

THE_RUN = "(the test run itself)"  # failed before the change, and told of no single test
MOMENT_S = 1.0  # who waits longer for the tests of before is told
QUICK = 1 / 24  # of what is affordable; one that took less is run whole at once: starting twice takes longer


@dataclass(frozen=True)
class Before:
    """What a project's tests said before the change.

    Attributes:
        project: The project's folder.
        failing: The tests that failed, or `THE_RUN`; None where it is not known.
        uncollected: The files whose tests could not be listed, each with the reason in a line.
        unstarted: Why the test runner could not be started at all.
    """

    project: str
    failing: list[str] | None = None
    uncollected: dict[str, str] = field(default_factory=dict)
    unstarted: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any] | None, project: str) -> "Before":
        """Out of plain data; where there is none, nothing is known."""
        return cls(**data) if data else cls(project)


class ProjectTests:
    """Runs the tests of one project when asked.

    Args:
        root: The repository.
        project: The project.
        runner: Runs a command and reads its results.
        affordable_s: How long all of its tests may take to be run after each attempt.
    """

    def __init__(self, root: Path, project: Project, runner: TestRunner, affordable_s: float) -> None:
        self.project = project
        self._root = root
        self._runner = runner
        self._affordable_s = affordable_s
        self._baseline: Future[TestReport | None] = Future()
        self._cancel = Event()
        self._lock = Lock()
        self._begun = False

    @property
    def folder(self) -> str:
        """Where it lies; "" is the repository's root."""
        return self.project.folder

    def command(self) -> TestCommand | None:
        """Its test command, or None where there is none."""
        way = self.project.way
        return way if isinstance(way, TestCommand) else None

    def why_not(self) -> str:
        """Why no tests can be run, for the person."""
        way = self.project.way
        return way.reason if isinstance(way, NoTests) else ""

    def measure(self) -> None:
        """Run the tests as the code is now, once; who comes second goes away."""
        if self._is_first():
            self._measure()

    def _is_first(self) -> bool:
        with self._lock:
            begun, self._begun = self._begun, True
        return not begun

    def _measure(self) -> None:
        try:
            self._baseline.set_result(self.run(cancel=self._cancel))
        except BaseException as error:  # noqa: BLE001 - raised again in whoever waits for it
            self._baseline.set_exception(error)

    def before(self, tell: Callable[[], None] | None = None) -> Before:
        """What the tests said before the change; it is waited for, or seen to now.

        Args:
            tell: Called where that takes longer than a moment.
        """
        if self._is_first():
            Thread(target=self._measure, name="baseline", daemon=True).start()
        if not wait([self._baseline], MOMENT_S).done and tell is not None:
            tell()
        report = self._baseline.result()
        if report is None or report.outcome() in ("timeout", "none"):
            return Before(self.folder)
        uncollected = {case.id: case.message for case in report.uncollected()}
        named = [case.id for case in report.failing()]
        known = named or uncollected or report.outcome() == "passed"
        return Before(self.folder, named if known else [THE_RUN], uncollected, report.unstarted)

    def close(self) -> None:
        """End a baseline that nobody waits for any more."""
        self._cancel.set()
        if self._begun:
            self._baseline.exception()  # waits, and lets a failure of its own rest: nobody needs the result

    def is_quick(self) -> bool:
        """Whether all tests took so little before the change that nothing is gained by a part of them."""
        took = self._seconds()
        return took is not None and took <= QUICK * self._affordable_s

    def too_long(self, left_s: float | None) -> str | None:
        """Why not all tests are run after a change; None where they can be.

        Args:
            left_s: Seconds that the run has left, where it has a limit.
        """
        took = self._seconds()
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
        before = self._measured()
        known = {case.id for case in before.cases} if before else set()
        return bool(known) and known <= {case.id for case in report.cases}

    def selectable(self, tests: Sequence[str]) -> list[str]:
        """Of these files and ids, those that are there, where this project's runner can run them alone."""
        command = self.command()
        there = [test for test in tests if (self._root / test.split("::")[0]).exists()]
        return there if command and there and self._runner.selects(command, there) else []

    def run(
        self, select: Sequence[str] = (), within_s: float | None = None, cancel: Event | None = None
    ) -> TestReport | None:
        """Run the tests on the code as it is now.

        Args:
            select: What to run alone; nothing runs all.
            within_s: Seconds after which it is ended, where they are fewer than the limit for tests.
            cancel: Ends it when set.

        Returns:
            The report, or None where there is no test command.
        """
        command = self.command()
        return self._runner.run(command, select, within_s=within_s, cancel=cancel) if command else None

    def _measured(self) -> TestReport | None:
        return self._baseline.result() if self._begun else None

    def _seconds(self) -> float | None:
        before = self._measured()
        return before.seconds if before else None
