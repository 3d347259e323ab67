"""Finds a project's own way to run its tests."""

import os
import shlex
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tools.git import Git
from tools.testing.commands import (
    NoTests,
    TestCommand,
    TestOptions,
    framework_of,
    given,
    without_assignments,
)
from tools.testing.makefiles import has_target, makefile_of, missing_program, target_of_tests
from tools.testing.package_scripts import npm_test, script_command
from tools.testing.project_files import ProjectFiles
from tools.testing.python_project import python_tests
from tools.testing.stated import Told, in_ci, in_instructions, is_test_command
from tools.workspace import Workspace

_MANAGERS = ("npm", "pnpm", "yarn", "bun")
_ENVIRONMENTS = ("uv", "poetry", "pipenv", "pdm", "rye")  # they would sync from the network first
_PYTHONS = ("pytest", "py.test", "python", "python3")


def detect(workspace: Workspace, options: TestOptions) -> TestCommand | None:
    """How this project's tests are run; None when there is no way (`look` says why)."""
    found = look(workspace, options)
    return found if isinstance(found, TestCommand) else None


def look(
    workspace: Workspace, options: TestOptions, remembered: Sequence[Told] = ()
) -> TestCommand | NoTests:
    """How this project's tests are run, or why they cannot be.

    Who counts, in this order: the person, now; a person, in a memory; the repository's instructions to
    agents; what worked in an earlier run; what the files of the project make plain; its CI, which also says
    which of several languages is meant.

    Args:
        workspace: the repository.
        options: what the person says.
        remembered: commands from memory. Each is checked: what is not to be had any more does not count.
    """
    if options.command:
        try:
            return given(options.command)
        except ValueError as error:
            return NoTests(
                f"The test command {options.command!r} cannot be read: {error}. Correct --test-cmd."
            )
    return way_of(ProjectFiles(workspace.root, Git(workspace.root).files()), options, remembered)


def way_of(
    project: ProjectFiles, options: TestOptions, remembered: Sequence[Told] = ()
) -> TestCommand | NoTests:
    """How the tests of one project are run: as somebody says, or by its own files.

    Args:
        project: its files.
        options: what the person says, but for a command.
        remembered: as in `look`.
    """
    return stated_way(project, options, remembered) or _Project(project, options).own_way()


def stated_way(
    project: ProjectFiles, options: TestOptions, remembered: Sequence[Told] = ()
) -> TestCommand | None:
    """What a person, the instructions to agents, or what worked before say of a project's tests."""
    asked = _Project(project, options)
    said = [told for told in remembered if not told.proven]
    worked = [told for told in remembered if told.proven]
    for told in (*said, *in_instructions(project.root, project.files), *worked):
        if found := asked.command(told):
            return found
    return None


class _Project:
    """The files of a project, asked how it is tested."""

    def __init__(self, project: ProjectFiles, options: TestOptions) -> None:
        self._project = project
        self._root = project.root
        self._files = project.files
        self._options = options
        self._python: TestCommand | NoTests | None = None
        self._python_known = False

    def own_way(self) -> TestCommand | NoTests:
        """What its own files make plain, or why nothing does."""
        python = self._python_tests()
        found = [python] if isinstance(python, TestCommand) else []
        found += _others(self._root)
        if len(found) == 1:
            return found[0]
        in_ci_files = [command for told in in_ci(self._root, self._files) if (command := self.command(told))]
        if found:
            meant = (one for ci in in_ci_files for one in found if one.framework == ci.framework != "other")
            return next(meant, found[0])
        if in_ci_files:
            return in_ci_files[0]
        if isinstance(python, NoTests):
            return python
        return _not_installed(self._root) or NoTests(
            "No tests were found: no test_*.py files, no pytest settings, no package.json, go.mod, "
            "Cargo.toml, pom.xml, build.gradle or Makefile with tests. Name the command with --test-cmd."
        )  # fmt: skip

    def command(self, told: Told) -> TestCommand | None:
        """A command that somebody told of, if it can be run here."""
        env, words = without_assignments(_words(told.command))
        if not is_test_command(words):
            return self._proven(told) if words and told.proven else None
        found = self._by_manager(words) or self._by_python(words) or self._as_written(words)
        if found is None:
            return None
        return replace(found, why=told.by, env=(*found.env, *env), source=told.source)

    def _proven(self, told: Told) -> TestCommand | None:
        """A command that only having worked speaks for: the person gave it once."""
        found = given(told.command, told.by)
        return found if found.argv[0] == "sh" or self._is_here(found.argv[0]) else None

    def _by_manager(self, words: list[str]) -> TestCommand | None:
        manager, *rest = words
        if manager not in _MANAGERS or len(rest) != 1 + (rest[:1] in (["run"], ["run-script"])):
            return None
        return script_command(self._root, manager, rest[-1]) if shutil.which(manager) else None

    def _by_python(self, words: list[str]) -> TestCommand | None:
        """Pytest or unittest without a word on which Python: the project's own."""
        if words[0] in _ENVIRONMENTS and words[1:2] == ["run"]:
            words = words[next((n for n, word in enumerate(words) if word in _PYTHONS), 0) :]
        bare = words[0] in ("pytest", "py.test")
        module = words[:2] in (["python", "-m"], ["python3", "-m"]) and len(words) > 2
        if not (bare or module):
            return None
        framework, rest = framework_of(words), words[1:] if bare else words[3:]
        own = self._python_tests()
        if framework == "other" or not isinstance(own, TestCommand):
            return None
        if own.framework != framework or any(_is_missing(self._root, word) for word in rest):
            return None
        return TestCommand((*own.argv, *rest), framework, own.why, own.env)

    def _as_written(self, words: list[str]) -> TestCommand | None:
        if words[0] in _MANAGERS or not self._is_here(words[0]):
            return None
        if words[0] in ("pytest", "py.test", "python", "python3") and framework_of(words) in (
            "pytest",
            "unittest",
        ):
            return None  # the project's own Python has it not
        target = next((word for word in words[1:] if not word.startswith("-") and "=" not in word), None)
        if words[0] in ("make", "gmake") and target and not _can_make(self._root, target):
            return None
        if any(_is_missing(self._root, word) for word in words[1:]):
            return None
        return TestCommand(tuple(words), framework_of(words), "")

    def _is_here(self, program: str) -> bool:
        if "/" not in program:
            return shutil.which(program) is not None
        return (self._root / program).is_file() and os.access(self._root / program, os.X_OK)

    def _python_tests(self) -> TestCommand | NoTests | None:
        if not self._python_known:
            self._python = python_tests(self._project, self._options)
            self._python_known = True
        return self._python


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _is_missing(root: Path, word: str) -> bool:
    """Whether a word names a file or folder that is not there."""
    looks_like_one = "/" in word and not word.startswith(("-", "./...", "@", ":")) and "=" not in word
    return looks_like_one and not word.endswith("...") and not (root / word.partition("::")[0]).exists()


def _can_make(root: Path, target: str) -> bool:
    return has_target(root, target) and missing_program(root, target) is None


def _others(root: Path) -> list[TestCommand]:
    """The test commands of other languages, where files make them plain and their tools are installed."""
    return [command for command in _wanted(root) if _lacking(root, command) is None]


def _not_installed(root: Path) -> NoTests | None:
    """What files make plain, but cannot be started here."""
    for command in _wanted(root):
        name = command.source or "A file"
        return NoTests(
            f"{name} says that the tests run with `{command.shown()}`, but {_lacking(root, command)} is not "
            "installed here. Install it, or name another command with --test-cmd."
        )
    return None


def _wanted(root: Path) -> list[TestCommand]:
    script = npm_test(root)
    return [*([script] if script else []), *(
        TestCommand(argv, framework_of(argv), f"{why} is here", source=source)
        for source, why, argv in _other_commands(root)
    )]  # fmt: skip


def _lacking(root: Path, command: TestCommand) -> str | None:
    """The program that a command needs and that is not installed here."""
    program = command.argv[0]
    here = os.access(root / program, os.X_OK) if "/" in program else shutil.which(program) is not None
    if not here:
        return program
    return missing_program(root, command.argv[1]) if program == "make" else None


def _other_commands(root: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if (root / "go.mod").is_file():
        yield "go.mod", "go.mod", ("go", "test", "./...")
    if (root / "Cargo.toml").is_file():
        yield "Cargo.toml", "Cargo.toml", ("cargo", "test")
    if (root / "pom.xml").is_file():
        yield "pom.xml", "pom.xml", (_wrapped(root, "mvnw", "mvn", ".m2/wrapper/dists"), "test")
    for name in _first(root, ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")):
        yield name, name, (_wrapped(root, "gradlew", "gradle", ".gradle/wrapper/dists"), "test")
    if (found := makefile_of(root)) and (target := target_of_tests(found[1])):
        yield found[0], f"target {target} of the {found[0]}", ("make", target)


def _wrapped(root: Path, wrapper: str, program: str, downloaded: str) -> str:
    """A project's wrapper where what it wraps is here already, or where there is nothing else."""
    has_wrapper = os.access(root / wrapper, os.X_OK)
    ready = (Path.home() / downloaded).is_dir() or shutil.which(program) is None
    return f"./{wrapper}" if has_wrapper and ready else program


def _first(root: Path, names: Iterable[str]) -> list[str]:
    """The first of these files that is there, if any."""
    return [name for name in names if (root / name).is_file()][:1]
