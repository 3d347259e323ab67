"""Finding a project's own way to run its tests."""

import json
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools import process
from tools.git import Git
from tools.testing.interpreter import Interpreter, candidates, where_is
from tools.testing.results import Framework
from tools.workspace import Workspace

_SHELL = re.compile(r"[|&;<>()$`\n*?]")
_TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test)\.py$")
_MAKE_TEST = re.compile(r"^(test|check)\s*:(?!=)", re.MULTILINE)
_PYTEST_SECTIONS = (
    ("pytest.ini", ""),
    (".pytest.ini", ""),
    ("pyproject.toml", "[tool.pytest"),
    ("setup.cfg", "[tool:pytest]"),
    ("tox.ini", "[pytest]"),
)


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
    """

    __test__ = False

    argv: tuple[str, ...]
    framework: Framework
    why: str
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NoTests:
    """There is no way to run tests here, and why; the reason says what to do."""

    reason: str


def detect(workspace: Workspace, options: TestOptions) -> TestCommand | None:
    """How this project's tests are run; None when there is no way (`look` says why)."""
    found = look(workspace, options)
    return found if isinstance(found, TestCommand) else None


def look(workspace: Workspace, options: TestOptions) -> TestCommand | NoTests:
    """How this project's tests are run, or why they cannot be.

    A command that was given counts before all else; then pytest and unittest, if there are Python tests;
    then what the files of other languages make plain.
    """
    if options.command:
        try:
            return given(options.command)
        except ValueError as error:
            return NoTests(f"The test command {options.command!r} cannot be read: {error}. Mend --test-cmd.")
    files = Git(workspace.root).files()
    signs = _python_signs(workspace.root, files)
    python_problem = None
    if signs:
        found = _python(workspace.root, files, signs, options)
        if isinstance(found, TestCommand):
            return found
        python_problem = found
    other = _other(workspace.root)
    if other:
        return other
    return python_problem or NoTests(
        "No tests were found: no test_*.py files, no pytest settings, no package.json, go.mod, Cargo.toml or "
        "Makefile with tests. Name the command with --test-cmd."
    )


def given(command: str) -> TestCommand:
    """A command as a person wrote it; results are read as pytest's when it runs pytest."""
    why = "the command you gave"
    if not _SHELL.search(command):
        words = shlex.split(command)
        assigned = [word for word in words if re.match(r"[A-Za-z_]\w*=", word)]
        first = 0
        while first < len(words) and (words[first] == "env" or words[first] in assigned):
            first += 1
        env = tuple(
            (name, value) for name, _, value in (word.partition("=") for word in words[:first]) if value
        )
        if first < len(words):
            return TestCommand(tuple(words[first:]), _framework_of(words[first:]), why, env)
    return TestCommand(("sh", "-c", command), "other", why)


def _framework_of(words: list[str]) -> Framework:
    names = [PurePosixPath(word).name for word in words]
    if any(name in ("pytest", "py.test") for name in names) and names[0] not in ("pip", "tox", "nox", "make"):
        return "pytest"
    if "unittest" in names and "-m" in names:
        return "unittest"
    return "other"


def _python_signs(root: Path, files: list[str]) -> str | None:
    """What tells that there are Python tests, in words."""
    for name, section in _PYTEST_SECTIONS:
        if name in files and section in (root / name).read_text(encoding="utf-8", errors="replace"):
            return f"{name} configures pytest"
    tests = [path for path in files if _TEST_FILE.search(path)]
    if tests:
        return (
            f"{tests[0]} holds tests"
            if len(tests) == 1
            else f"{tests[0]} and {len(tests) - 1} more hold tests"
        )
    return None


def _python(root: Path, files: list[str], signs: str, options: TestOptions) -> TestCommand | NoTests:
    base = process.inherited_environment()
    env = process.user_environment(base)
    packages = _packages_in_src(files)
    tried: list[Interpreter] = []
    for interpreter in candidates(root, base, options.python):
        found = where_is(interpreter.python, ["pytest", *packages], root, env)
        if found["pytest"] is not None:
            why = f"{signs}; Python {interpreter.why}"
            return TestCommand((interpreter.python, "-m", "pytest"), "pytest", why, _src_path(root, found))
        tried.append(interpreter)
    if not tried:
        return NoTests(
            f"{signs}, but there is no Python on PATH. Name one with --test-cmd 'PYTHON -m pytest'."
        )
    if _uses_unittest(root, files):
        found = where_is(tried[0].python, packages, root, env)
        why = f"{signs}, in unittest; Python {tried[0].why} has no pytest"
        return TestCommand((tried[0].python, "-m", "unittest"), "unittest", why, _src_path(root, found))
    names = ", ".join(interpreter.python for interpreter in tried)
    return NoTests(
        f"{signs}, but pytest is not installed for {names}. "
        "Install it there, or name the command with --test-cmd 'PYTHON -m pytest'."
    )


def _packages_in_src(files: list[str]) -> list[str]:
    found = {path.split("/")[1] for path in files if re.match(r"src/[A-Za-z_]\w*/.*\.py$", path)}
    return sorted(found)[:5]


def _src_path(root: Path, found: dict[str, str | None]) -> tuple[tuple[str, str], ...]:
    """PYTHONPATH for a src layout whose packages would be imported from elsewhere, or not at all.

    An installed copy, or an editable install of another work tree, is not the code being worked on.
    """
    packages = {name: origin for name, origin in found.items() if name != "pytest"}
    if all(origin and Path(origin).is_relative_to(root) for origin in packages.values()):
        return ()
    return (("PYTHONPATH", str(root / "src")),)


def _uses_unittest(root: Path, files: list[str]) -> bool:
    tests = [path for path in files if _TEST_FILE.search(path)][:50]
    texts = ((root / path).read_bytes() for path in tests if (root / path).is_file())
    return any(b"unittest" in text and b"TestCase" in text for text in texts)


def _other(root: Path) -> TestCommand | None:
    """The test command of another language, where its own files make it plain and its tool is installed."""
    for name, argv in _other_commands(root):
        if shutil.which(argv[0]):
            return TestCommand(argv, "other", f"{name} is here")
    return None


def _other_commands(root: Path) -> list[tuple[str, tuple[str, ...]]]:
    found: list[tuple[str, tuple[str, ...]]] = []
    if _has_npm_test(root / "package.json"):
        locks = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"))
        manager = next((tool for lock, tool in locks if (root / lock).is_file()), "npm")
        found.append(("a test script in package.json", (manager, "test")))
    if (root / "go.mod").is_file():
        found.append(("go.mod", ("go", "test", "./...")))
    if (root / "Cargo.toml").is_file():
        found.append(("Cargo.toml", ("cargo", "test")))
    makefile = root / "Makefile"
    if makefile.is_file():
        target = _MAKE_TEST.search(makefile.read_text(encoding="utf-8", errors="replace"))
        if target:
            found.append((f"target {target[1]} of the Makefile", ("make", target[1])))
    return found


def _has_npm_test(file: Path) -> bool:
    try:
        package = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    scripts = package.get("scripts") if isinstance(package, dict) else None
    command = scripts.get("test") if isinstance(scripts, dict) else None
    return isinstance(command, str) and "no test specified" not in command
