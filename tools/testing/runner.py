"""Running the tests and reading what came of it."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Protocol

from tools import process
from tools.errors import ProgramNotFound
from tools.testing.detect import TestCommand
from tools.testing.junit import read_junit
from tools.testing.results import TestCase, TestReport, tail_of
from tools.testing.unittest_output import read_unittest
from tools.workspace import Workspace

_OUTPUT_LIMIT = 400_000


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
        self, command: TestCommand, select: Sequence[str] = (), cancel: Event | None = None
    ) -> TestReport:
        """Run the tests, or only those of `select`: ids or files, as the framework takes them.

        Nothing is left in the work tree by us: caches and result files go to a temporary folder. `cancel`,
        set by another thread, ends the run as if its time were over.
        """
        scratch = Path(tempfile.mkdtemp(prefix="oldhand-tests-", dir=self._scratch))
        try:
            return self._run(command, tuple(select), scratch, cancel)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _run(
        self, command: TestCommand, select: tuple[str, ...], scratch: Path, cancel: Event | None
    ) -> TestReport:
        junit = scratch / "junit.xml"
        argv = self._argv(command, select, junit)
        env = process.user_environment(process.inherited_environment()) | {
            "PYTHONDONTWRITEBYTECODE": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(scratch / "hypothesis"),
            **dict(command.env),
        }
        wrapped = self._sandbox.wrap(argv) if self._sandbox else argv
        try:
            done = process.run(
                wrapped,
                cwd=self._workspace.root,
                timeout_s=self._timeout_s,
                env=env,
                output_limit=_OUTPUT_LIMIT,
                cancel=cancel,
            )
        except ProgramNotFound as error:
            return TestReport(tuple(argv), command.framework, 127, False, 0.0, [], str(error))
        cases: list[TestCase] = []
        if command.framework == "pytest":
            cases = read_junit(junit, self._workspace.root)
        elif command.framework == "unittest":
            cases = read_unittest(done.stderr)
        return TestReport(
            argv=tuple(argv),
            framework=command.framework,
            exit_code=None if done.timed_out else done.exit_code,
            timed_out=done.timed_out,
            seconds=done.seconds,
            cases=cases,
            output_tail=tail_of(done.stdout, done.stderr),
        )

    def _argv(self, command: TestCommand, select: tuple[str, ...], junit: Path) -> list[str]:
        argv = list(command.argv)
        if command.framework == "other":
            return argv
        if select:
            argv = self._without_places(argv)
        if command.framework == "unittest":
            modules = [self._unittest_name(name) for name in select]
            return [*argv, *modules, "-v"] if modules or len(argv) > 3 else [*argv, "discover", "-v"]
        return [
            *argv,
            "-q",
            "--continue-on-collection-errors",  # one broken file says nothing about the others
            f"--junitxml={junit}",
            "-o", "junit_family=xunit1",
            "-o", f"cache_dir={junit.with_name('cache')}",
            "-o", f"faulthandler_timeout={max(1.0, self._timeout_s * 0.8):g}",  # tells where a test hangs
            *select,
        ]  # fmt: skip

    def _without_places(self, argv: list[str]) -> list[str]:
        """The command without the files and folders it names: the selection stands for them."""
        root = self._workspace.root
        return [
            word
            for before, word in zip(["", *argv], argv, strict=False)
            if word == argv[0] or before.startswith("-") or word.startswith("-")
            or not (root / word.partition("::")[0]).exists()
        ]  # fmt: skip

    def _unittest_name(self, name: str) -> str:
        path, _, rest = name.partition("::")
        module = path.removesuffix(".py").replace("/", ".") if path.endswith(".py") else path
        return ".".join([module, *rest.split("::")]) if rest else module
