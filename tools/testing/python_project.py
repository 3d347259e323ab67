"""How a Python project runs its tests: with pytest or unittest in its own environment, else by tox or nox."""

import re
import shutil
import tomllib
from collections.abc import Collection, Iterator
from configparser import ConfigParser
from configparser import Error as ParsingError
from pathlib import Path

from tools import process
from tools.testing.commands import NoTests, TestCommand, TestOptions
from tools.testing.interpreter import Interpreter, candidates, where_is
from tools.testing.project_files import ProjectFiles

_TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test)\.py$")
_PYTEST_SECTIONS = (
    ("pytest.ini", ""),
    (".pytest.ini", ""),
    ("pyproject.toml", "[tool.pytest"),
    ("setup.cfg", "[tool:pytest]"),
    ("tox.ini", "[pytest]"),
)
_TOX = (
    ("tox.ini", "[testenv"),
    ("tox.toml", ""),
    ("pyproject.toml", "[tool.tox"),
    ("setup.cfg", "[tox:tox]"),
)
_NOX_SESSION = re.compile(r"^@(?:nox\.)?session.*\n(?:@.*\n)*def (\w*tests?\w*)\(", re.MULTILINE)


def python_tests(project: ProjectFiles, options: TestOptions) -> TestCommand | NoTests | None:
    """How the Python tests are run, or why they cannot be; None where there are none."""
    root, files = project.root, project.files
    told_by = signs_of_tests(root, files)
    if told_by is None:
        return next(_by_manager(root, files), None)
    source, signs = told_by
    base = process.inherited_environment()
    env = process.user_environment(base)
    packages = _packages_in_src(files)
    tried: list[Interpreter] = []
    for interpreter in candidates(project.homes, base, options.python):
        found = where_is(interpreter.python, ["pytest", *packages], root, env)
        if found["pytest"] is not None:
            why = f"{signs}; Python {interpreter.why}"
            path = _src_path(root, found)
            return TestCommand((interpreter.python, "-m", "pytest"), "pytest", why, path, source=source)
        tried.append(interpreter)
    if by_manager := next(_by_manager(root, files), None):
        return by_manager
    if tried and _uses_unittest(root, files):
        found = where_is(tried[0].python, packages, root, env)
        why = f"{signs}, in unittest; Python {tried[0].why} has no pytest"
        path = _src_path(root, found)
        return TestCommand((tried[0].python, "-m", "unittest"), "unittest", why, path, source=source)
    return _no_pytest(signs, tried)


def _no_pytest(signs: str, tried: list[Interpreter]) -> NoTests:
    if not tried:
        return NoTests(
            f"{signs}, but there is no Python on PATH. Name one with --test-cmd 'PYTHON -m pytest'."
        )
    names = ", ".join(interpreter.python for interpreter in tried)
    return NoTests(
        f"{signs}, but pytest is not installed for {names}. "
        f"Install it there (`{tried[0].python} -m pip install pytest`), or name the command with "
        "--test-cmd 'PYTHON -m pytest'."
    )


def _by_manager(root: Path, files: list[str]) -> Iterator[TestCommand]:
    """Tox or nox, where the project uses them and they are installed."""
    path = process.user_environment(process.inherited_environment()).get("PATH")
    for name, section in _TOX:
        if name in files and section in _text(root / name) and shutil.which("tox", path=path):
            yield TestCommand(("tox",), "other", f"{name} configures tox", source=name)
    session = _NOX_SESSION.search(_text(root / "noxfile.py"))
    if session and shutil.which("nox", path=path):
        why = f"session {session[1]} of noxfile.py"
        yield TestCommand(("nox", "-s", session[1]), "other", why, source="noxfile.py")


def configures_pytest(root: Path, files: Collection[str]) -> str | None:
    """The file in which pytest is configured, if one is."""
    sections = ((name, section) for name, section in _PYTEST_SECTIONS if name in files)
    return next((name for name, section in sections if section in _text(root / name)), None)


def test_places(root: Path, settings: str) -> list[str]:
    """The folders to which a file of settings keeps pytest; none where it goes everywhere."""
    text = _text(root / settings)
    try:
        if settings.endswith(".toml"):
            named = tomllib.loads(text)["tool"]["pytest"]["ini_options"]["testpaths"]
        else:
            ini = ConfigParser(interpolation=None)
            ini.read_string(text)
            named = ini["tool:pytest" if settings == "setup.cfg" else "pytest"]["testpaths"]
    except (KeyError, TypeError, ValueError, ParsingError):
        return []
    return [str(place).strip("/") for place in (named.split() if isinstance(named, str) else named)]


def is_package(root: Path, files: Collection[str]) -> bool:
    """Whether a folder is a Python package of its own, and no mere part of one."""
    told = _text(root / "pyproject.toml") if "pyproject.toml" in files else ""
    return "setup.py" in files or "[project]" in told or "[tool.poetry" in told


def signs_of_tests(root: Path, files: Collection[str]) -> tuple[str, str] | None:
    """What tells that there are Python tests: a file, and what it tells in words."""
    if name := configures_pytest(root, files):
        return name, f"{name} configures pytest"
    tests = [path for path in files if _TEST_FILE.search(path)]
    if not tests:
        return None
    more = f" and {len(tests) - 1} more hold tests" if len(tests) > 1 else " holds tests"
    return tests[0], f"{tests[0]}{more}"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


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
