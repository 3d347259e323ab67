"""pytest, unittest, and whatever else may have pytest under its hood."""

from collections.abc import Sequence
from pathlib import Path

from tools.testing.adapter import Ended, Launch, Setting
from tools.testing.commands import TestCommand
from tools.testing.java_runs import new_reports
from tools.testing.junit import read_junit
from tools.testing.results import TestCase
from tools.testing.unittest_output import read_unittest

_RESULTS = "junit.xml"
_THROUGH_TOX = {"TOX_OVERRIDE": "testenv.pass_env+=PYTEST_ADDOPTS", "TOX_TESTENV_PASSENV": "PYTEST_ADDOPTS"}


class Pytest:
    """pytest, whose JUnit file names the file of each test."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """Add the result file; a selection stands for the places that the command names."""
        argv = without_places(command.argv, setting.root) if select else list(command.argv)
        more = [
            "-q",
            "--continue-on-collection-errors",  # one broken file says nothing about the others
            f"--junitxml={setting.scratch / _RESULTS}",
            "-o", "junit_family=xunit1",
            "-o", f"cache_dir={setting.scratch / 'cache'}",
            "-o", f"faulthandler_timeout={max(1.0, setting.timeout_s * 0.8):g}",  # tells where a test hangs
        ]  # fmt: skip
        if command.folder:  # another setup.py further up must not be taken for the beginning of paths
            more.append(f"--rootdir={setting.root}")
        return Launch([*argv, *more, *select])

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests of its JUnit file."""
        return read_junit(ended.setting.scratch / _RESULTS, ended.setting.root), None


class Unittest:
    """unittest, whose output is read."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """Ask for a line a test."""
        argv = list(command.argv)
        if select:
            argv = without_places(argv, setting.root)
            return Launch([*argv, *map(_unittest_name, select), "-v"])
        return Launch([*argv, "-v"] if len(argv) > 3 else [*argv, "discover", "-v"])

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests that its output names."""
        return read_unittest(ended.done.stderr), None


class Unknown:
    """A command that we know nothing of but its exit code, unless what it starts leaves results we can read.

    pytest listens to PYTEST_ADDOPTS wherever it is started from: by make, tox, nox or a script. Maven and
    Gradle leave files in known places.
    """

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """The command as it is, with a word for a pytest that it may start."""
        if select:
            return None
        addopts = f"-o junit_family=xunit1 --junitxml='{setting.scratch / _RESULTS}'"
        return Launch(list(command.argv), {"PYTEST_ADDOPTS": addopts, **_THROUGH_TOX})

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """What result files tell, where there are any."""
        found = read_junit(ended.setting.scratch / _RESULTS, ended.setting.root)
        return found or new_reports(ended.setting.root, ended.started), None


def without_places(argv: Sequence[str], root: Path) -> list[str]:
    """A command without the files and folders it names."""
    return [
        word
        for before, word in zip(["", *argv], argv, strict=False)
        if word == argv[0] or before.startswith("-") or word.startswith("-")
        or not (root / word.partition("::")[0]).exists()
    ]  # fmt: skip


def _unittest_name(name: str) -> str:
    path, _, rest = name.partition("::")
    module = path.removesuffix(".py").replace("/", ".") if path.endswith(".py") else path
    return ".".join([module, *rest.split("::")]) if rest else module
