"""Trials of a change: the tests nearest to it, then all of them; what fails by chance is told apart."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Literal

from graph.context import RunContext
from graph.events import FileChanged, Noticed, TestsAwaited
from graph.project_tests import Before, ProjectTests
from tools.testing.nearest import nearest_tests
from tools.testing.results import TestReport

MOST_NEAR = 8  # files of one project's tests
MOST_AGAIN = 8  # more failures than these are no matter of chance
AGAIN_S = 60.0  # for all that is run again after one trial
PATIENCE = 3  # how often a test is run again that is known to fail by chance
_ODD_NAME = re.compile(r"[_A-Z\d]|.{12}")  # a test's name that is no ordinary word


@dataclass(frozen=True)
class Trial:
    """What was run, and what it showed.

    Attributes:
        report: What the runner told.
        scope: Whether it is about all tests or those nearest to the change.
        unseen: Why all tests will not be run after it; None where they are.
        flaky: Tests that failed and did not when they were run again alone, or that are known for that.
    """

    report: TestReport
    scope: Literal["all", "nearest"] = "all"
    unseen: str | None = None
    flaky: tuple[str, ...] = ()


class Trials:
    """Tries a change out.

    Args:
        context: The run.
        project: Whose tests are run.
        planned: The tests that the plan names.
        changes: The files that were changed.
        before: What was wrong before the change, and does not speak against it.
        by_chance: Asks memory for the tests that are known to fail by chance.
    """

    def __init__(
        self,
        context: RunContext,
        project: ProjectTests,
        planned: Sequence[str],
        changes: Sequence[FileChanged],
        before: Before,
        by_chance: Callable[[], Collection[str]],
    ) -> None:
        self._context = context
        self._project = project
        self._planned = planned
        self._changes = changes
        self._before = before.failing or ()
        self._by_chance = by_chance

    @cached_property
    def near(self) -> list[str]:
        """The tests to run first: those that the plan names, then those of the files that were changed."""
        context = self._context
        changed = [change.path for change in self._changes if change.status != "deleted"]
        context.index.refresh()
        graph = context.locator.graph(context.index.files())
        found = nearest_tests(context.index, graph, changed, limit=MOST_NEAR * len(context.bench.projects()))
        near = [test for test in found if self._is_own(test)][:MOST_NEAR]
        planned = [test for test in self._planned if self._is_own(test)]
        return self._project.selectable(list(dict.fromkeys([*planned, *near])))

    def _is_own(self, test: str) -> bool:
        return self._project in self._context.bench.of([test])

    def run(self) -> Iterator[Trial]:
        """Run the nearest tests, where all of them take a while; then all of them, where they may."""
        tests, left = self._project, self._context.budget.seconds_left
        if not tests.is_quick() and self.near:
            self._tell("nearest")
            report = tests.run(self.near, within_s=left())
            # A selection that cannot be run says nothing; the whole suite will.
            if report is not None and report.outcome() not in ("none", "error"):
                if tests.is_all_of_it(report):
                    yield Trial(report, flaky=self._flaky(report))
                    return
                unseen = tests.too_long(left())
                yield Trial(report, "nearest", unseen, self._flaky(report))
                if unseen:
                    return
        if not tests.is_quick():
            self._tell("all")
        report = tests.run(within_s=left())
        if report is not None:
            yield Trial(report, flaky=self._flaky(report))

    def _flaky(self, report: TestReport) -> tuple[str, ...]:
        """The failing tests that pass when they are run again alone, or are known for failing so.

        One that is known counts all the same where the change is near to it: it may be right this time.
        """
        suspects = [case.id for case in report.failing() if case.id not in self._before]
        if report.outcome() == "timeout" or not 0 < len(suspects) <= MOST_AGAIN:
            return ()
        known = set(suspects) & set(self._by_chance())
        passed = self._passing_again(suspects, known)
        for test in passed:
            self._say(f"{test} failed, and passed when it was run again alone: it fails by chance.")
        stubborn = [test for test in suspects if test in known and test not in passed and self._is_far(test)]
        for test in stubborn:
            self._say(f"{test} fails. It is known for failing by chance, and the change is not near to it.")
        return (*passed, *stubborn)

    def _passing_again(self, suspects: list[str], known: Collection[str]) -> list[str]:
        """Those that pass alone: each is run once more, and one that is known for failing a few times."""
        tests, started, passed = self._project, monotonic(), list[str]()
        for again in range(PATIENCE):
            tried = [test for test in suspects if test not in passed and (again == 0 or test in known)]
            left = AGAIN_S - (monotonic() - started)
            if not tried or left <= 0 or tests.selectable(tried) != tried:
                break
            report = tests.run(tried, within_s=left)
            seen = {case.id for case in report.cases if case.outcome == "passed"} if report else set()
            passed += [test for test in tried if test in seen]
        return passed

    def _is_far(self, test: str) -> bool:
        path = test.partition("::")[0]
        return path not in {near.partition("::")[0] for near in self.near}

    def _tell(self, scope: Literal["all", "nearest"]) -> None:
        """Say what is waited for from here on."""
        command = self._project.command()
        if command is not None:
            self._context.emit(TestsAwaited(self._project.folder, command.shown(), scope))

    def _say(self, text: str) -> None:
        self._context.emit(Noticed(text))


def is_promised(test: str, task: str, planned: Collection[str]) -> bool:
    """Whether a run is about this very test: then it counts, though it failed before as well.

    Args:
        test: The id of a test.
        task: What the person asked for.
        planned: The tests that the plan names. A whole file says nothing about one of its tests.
    """
    path, _, inside = test.partition("::")
    if test in planned or any("::" in wanted and test.startswith(wanted) for wanted in planned):
        return True
    names = (name.partition("[")[0] for name in re.split(r"::| > |/", inside))
    asked = [re.escape(name) for name in [path, *names] if name == path or _ODD_NAME.search(name)]
    return re.search(rf"(?<!\w)({'|'.join(asked)})(?!\w)", task) is not None
