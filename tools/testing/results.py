"""The results of a test run, always checked against the exit code that we saw."""

from dataclasses import dataclass, field
from typing import Literal

CaseOutcome = Literal["passed", "failed", "error", "uncollected", "skipped"]
Outcome = Literal["passed", "failed", "error", "timeout", "none"]
Framework = Literal[
    "pytest", "unittest", "jest", "vitest", "mocha", "node", "go", "cargo", "maven", "gradle", "other"
]

_TAIL = 4_000
_BY_WEIGHT: tuple[CaseOutcome, ...] = ("skipped", "passed", "uncollected", "failed", "error")

_NOTHING_RAN = 5  # pytest, and unittest from Python 3.12 on
_PYTEST_TESTS_FAILED = 1
_SAID_NOTHING_RAN: dict[Framework, str] = {
    "jest": "No tests found, exiting with code 1",
    "vitest": "No test files found, exiting with code 1",
    "mocha": "Error: No test files found",
    "go": "no packages to test",
    "maven": "No tests were executed",
    "gradle": "No tests found for given includes",
}


@dataclass(frozen=True, slots=True)
class TestCase:
    """One test.

    Attributes:
        id: as the command line takes it: `tests/test_money.py::TestMoney::test_add[eur]`.
        outcome: what became of it. `uncollected` is a file or package whose tests could not even be listed.
        message: the failure in one line, "" when there is none.
        excerpt: the few lines that matter: the assertion and where it stands.
        seconds: how long it took.
    """

    __test__ = False

    id: str
    outcome: CaseOutcome
    message: str = ""
    excerpt: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TestReport:
    """A run of the tests.

    Attributes:
        argv: what was run.
        framework: how its results were read.
        exit_code: None when it was ended because the time was over.
        timed_out: the time was over.
        seconds: how long it took.
        cases: the tests, where the framework tells of them.
        output_tail: the end of what it printed.
        unstarted: why the test runner could not be started at all, and what to do; "" where it was.
    """

    __test__ = False

    argv: tuple[str, ...]
    framework: Framework
    exit_code: int | None
    timed_out: bool
    seconds: float
    cases: list[TestCase] = field(default_factory=list)
    output_tail: str = ""
    unstarted: str = ""

    def outcome(self) -> Outcome:
        """The run in one word.

        `passed` needs the exit code 0, no failing test, and, where tests are told, at least one that passed;
        `none` means that no test ran; `error` that the tests could not be run as they should.
        """
        if self.timed_out or self.exit_code is None:
            return "timeout"
        broken = any(case.outcome in ("error", "uncollected") for case in self.cases)
        failed = any(case.outcome == "failed" for case in self.cases)
        if self.exit_code == 0:
            return self._when_exit_is_zero(failed or broken)
        if self._says_that_nothing_ran():
            return "none"
        if failed:
            return "failed"
        if broken or (self.framework == "pytest" and self.exit_code != _PYTEST_TESTS_FAILED):
            return "error"
        if self.framework != "other" and not self.cases:  # it did not come to the tests
            return "error"
        if self.exit_code in (126, 127) or self.exit_code < 0:  # not found, not allowed, or killed
            return "error"
        return "failed"

    def failing(self) -> list[TestCase]:
        """The tests that failed, or broke before they came to their end."""
        return [case for case in self.cases if case.outcome in ("failed", "error")]

    def uncollected(self) -> list[TestCase]:
        """The files whose tests could not be listed: no failing tests, nobody knows what they would say."""
        return [case for case in self.cases if case.outcome == "uncollected"]

    def counts(self) -> dict[CaseOutcome, int]:
        """How many tests there are of each outcome."""
        return {outcome: sum(c.outcome == outcome for c in self.cases) for outcome in reversed(_BY_WEIGHT)}

    def summary(self) -> str:
        """The run in one line: `failed: 2 failed, 41 passed in 3.1 s (exit code 1)`."""
        words = {"uncollected": "not collected"}
        told = ", ".join(f"{count} {words.get(name, name)}" for name, count in self.counts().items() if count)
        code = "timed out" if self.exit_code is None else f"exit code {self.exit_code}"
        return f"{self.outcome()}: {told or 'no test results'} in {self.seconds:.1f} s ({code})"

    def _when_exit_is_zero(self, any_failing: bool) -> Outcome:
        if any_failing:
            return "failed"
        if self.cases or self.framework != "other":
            return "passed" if any(case.outcome == "passed" for case in self.cases) else "none"
        return "passed"

    def _says_that_nothing_ran(self) -> bool:
        if self.framework in ("pytest", "unittest") and self.exit_code == _NOTHING_RAN:
            return True
        said = _SAID_NOTHING_RAN.get(self.framework)
        return said is not None and not self.cases and said in self.output_tail


def tail_of(stdout: str, stderr: str) -> str:
    """The end of what a run printed, errors last."""
    text = f"{stdout.rstrip()}\n{stderr.rstrip()}".strip()
    if len(text) <= _TAIL:
        return text
    return "...\n" + text[-_TAIL:].partition("\n")[2]


def merged(cases: list[TestCase]) -> list[TestCase]:
    """One case a test id: a test that passed and then failed in its teardown has failed."""
    found: dict[str, TestCase] = {}
    for case in cases:
        before = found.get(case.id)
        if before is None or _BY_WEIGHT.index(case.outcome) > _BY_WEIGHT.index(before.outcome):
            found[case.id] = case
    return list(found.values())
