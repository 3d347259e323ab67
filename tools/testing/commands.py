"""Test commands as data: what a person gives, and which test runner a line of words starts."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tools.testing.results import Framework

SHELL = re.compile(r"[|&;<>()$`\n*?]")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PYTHON = re.compile(r"^(python|py)[\d.]*$")
_STARTERS = {  # programs that run another in an environment of theirs, and the words they need for it
    "npx": (), "bunx": (), "pnpx": (), "cross-env": (), "c8": (), "nyc": (), "dotenv": ("--",),
    "uv": ("run",), "poetry": ("run",), "pipenv": ("run",), "pdm": ("run",), "rye": ("run",),
    "hatch": ("run",),
    "pnpm": ("exec",), "yarn": ("exec",), "coverage": ("run", "-m"), "xvfb-run": (), "time": (),
}  # fmt: skip
_PROGRAMS: dict[str, Framework] = {
    "pytest": "pytest", "py.test": "pytest", "jest": "jest", "vitest": "vitest", "mocha": "mocha",
}  # fmt: skip
_GOALS = {"test", "verify", "check", "install"}


@dataclass(frozen=True, slots=True)
class TestOptions:
    """What a person may say about the tests.

    Attributes:
        command: the command that runs them.
        python: the interpreter to run them with.
        timeout_s: seconds after which a run is ended.
    """

    __test__ = False

    command: str | None = None
    python: str | None = None
    timeout_s: float = 600.0


@dataclass(frozen=True, slots=True)
class TestCommand:
    """How the tests are run.

    Attributes:
        argv: the program and its arguments.
        framework: how its results are read.
        why: how we know, in words for a person.
        env: variables to set for it.
        script: what a package manager's script starts, where the command is such a script.
        by_node: node hands the runner its arguments: those added to the command would not reach it in its
            script, or be found there by what is tested.
        source: the file that tells of the tests, where there is one.
        folder: where it is run, from the repository's root; "" is the root itself.
    """

    __test__ = False

    argv: tuple[str, ...]
    framework: Framework
    why: str
    env: tuple[tuple[str, str], ...] = ()
    script: tuple[str, ...] = ()
    by_node: bool = False
    source: str | None = None
    folder: str = ""

    def shown(self) -> str:
        """The command as a person would type it at the repository's root."""
        if self.argv[:2] == ("sh", "-c") and SHELL.search(self.argv[-1]):
            typed = self.argv[-1]  # as it was given
        else:
            program, *arguments = self.argv
            typed = shlex.join([program.rpartition("/")[2] if program[0] == "/" else program, *arguments])
        return f"cd {shlex.quote(self.folder)} && {typed}" if self.folder else typed


@dataclass(frozen=True, slots=True)
class NoTests:
    """There is no way to run tests here, and why; the reason says what to do."""

    reason: str


def given(command: str, why: str = "the command you gave") -> TestCommand:
    """A command as a person wrote it; its results are read as those of the test runner that it starts.

    Raises:
        ValueError: Its quotation marks do not match.
    """
    if not SHELL.search(command):
        env, words = without_assignments(shlex.split(command))
        if words:
            return TestCommand(tuple(words), framework_of(words), why, env)
    return TestCommand(("sh", "-c", command), "other", why)


def without_assignments(words: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """The variables that the first words of a command set, and the rest."""
    first = 0
    while first < len(words) and (words[first] in ("env", "cross-env") or _ASSIGNMENT.match(words[first])):
        first += 1
    pairs = (word.partition("=") for word in words[:first] if _ASSIGNMENT.match(word))
    return tuple((name, value) for name, _, value in pairs if value), list(words[first:])


def framework_of(words: Sequence[str]) -> Framework:
    """The test runner that a command starts; "other" for one whose results cannot be read."""
    _, words = without_assignments(words)
    words = _started(words)
    name = PurePosixPath(words[0]).name if words else ""
    if name in _PROGRAMS:
        return _PROGRAMS[name]
    if _PYTHON.match(name) and "-m" in words[:-1]:
        module = words[list(words).index("-m") + 1]
        return "pytest" if module == "pytest" else "unittest" if module == "unittest" else "other"
    if name in ("node", "nodejs"):
        return "node" if "--test" in words else _node_program(words)
    if name == "react-scripts" and "test" in words:
        return "jest"
    if words[1:2] == ["test"] and name in ("go", "cargo"):
        return "go" if name == "go" else "cargo"
    if _GOALS & set(words[1:]) and name in ("mvn", "mvnw"):
        return "maven"
    if name in ("gradle", "gradlew") and any(word.rpartition(":")[2] in _GOALS for word in words[1:]):
        return "gradle"
    return "other"


def _started(words: Sequence[str]) -> list[str]:
    """The command behind `npx`, `uv run`, `coverage run -m` and the like."""
    rest = list(words)
    while rest and (needs := _STARTERS.get(PurePosixPath(rest[0]).name)) is not None:
        if tuple(rest[1 : 1 + len(needs)]) != needs:
            break
        rest = rest[1 + len(needs) :]
        while rest and rest[0].startswith("-"):
            rest = rest[1:]
        _, rest = without_assignments(rest)
    return rest


def _node_program(words: Sequence[str]) -> Framework:
    """The runner whose file node is given: `node --experimental-vm-modules node_modules/jest/bin/jest.js`."""
    program = next((word for word in words[1:] if not word.startswith("-")), "")
    name = PurePosixPath(program).name.partition(".")[0].removeprefix("_")
    return _PROGRAMS.get(name, "other") if "node_modules" in program else "other"
