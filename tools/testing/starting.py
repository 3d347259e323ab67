"""Why a test runner could not start, judged by its output, and what to do about it."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from tools.testing.commands import TestCommand

_NAME_ANOTHER = "or name another command with --test-cmd"
_NO_MODULE = re.compile(r"No module named '?(pytest|tox|nox)'?\s*$", re.MULTILINE)
_NO_CONFTEST = re.compile(r"^ImportError while loading conftest '(?P<file>[^']+)'", re.MULTILINE)
_SAID_BY_PYTEST = re.compile(r"^E\s+(?P<what>\S.*)$", re.MULTILINE)
_UNKNOWN_OPTION = re.compile(r"error: unrecognized arguments: (?P<what>.+)$", re.MULTILINE)
_NO_PLUGIN = re.compile(r"Error importing plugin \"(?P<what>[^\"]+)\"", re.MULTILINE)
_NEEDS = re.compile(r"(?:Missing required plugins|requires pytest-)[^\n]*", re.MULTILINE)
_NOT_FOUND = re.compile(
    r"^(?:.*: )?(?:(?P<after>[\w./@-]+): (?:command )?not found|exec: (?P<exec>[\w./@-]+): not found)\s*$",
    re.MULTILINE,
)
_NO_RIGHT = re.compile(r"^(?:.*: )?(?:exec: )?(?P<what>[\w./@-]+): Permission denied\s*$", re.MULTILINE)
_NO_MANAGER = re.compile(
    r"(?:Error when performing the request to|Failed to create cache directory\.)[\s\S]*corepack"
)
_OFFLINE: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("cargo", re.compile(r"^\s*(?:error: failed to (?:get|download|load)|.*--offline was specified)", re.M),
     "cargo has not downloaded what this project needs: run `cargo fetch` once"),
    ("maven", re.compile(r"in offline mode and the artifact|Cannot access \S+ .* in offline mode", re.M),
     "Maven has not downloaded what this project needs: run `mvn dependency:go-offline` once"),
    ("gradle", re.compile(r"No cached version of \S+ available for offline mode", re.M),
     "Gradle has not downloaded what this project needs: run it once with network"),
    ("go", re.compile(r"(?:module lookup disabled by GOPROXY=off|missing go\.sum entry)", re.M),
     "go has not downloaded what this project needs: run `go mod download` once"),
)  # fmt: skip
NOT_FOUND = 127
_CANNOT_EXECUTE = 126
_WRONG_USAGE = 4  # of pytest


def why_unstarted(command: TestCommand, exit_code: int | None, output: str) -> str:
    """Why no test was begun, in a sentence without its full stop; "" where that cannot be told.

    Args:
        command: what was run. Its run told of no test.
        exit_code: what it ended with.
        output: what it printed.
    """
    if exit_code in (0, None):
        return ""
    answers: tuple[Callable[[], str], ...] = (
        lambda: _python(command, exit_code, output),
        lambda: _not_found(exit_code, output),
        lambda: _not_let(exit_code, output),
        lambda: _without_manager(command, output),
        lambda: _offline(command, output),
    )
    return next((said for answer in answers if (said := answer())), "")


def _python(command: TestCommand, exit_code: int | None, output: str) -> str:
    python = command.argv[0] if command.framework in ("pytest", "unittest") else "its Python"
    if missing := _NO_MODULE.search(output):
        name = missing[1]
        how = f" (`{python} -m pip install {name}`)" if "/" in python else ""
        return f"{name} is not installed for {python}: install it there{how}, {_NAME_ANOTHER}"
    if broken := _NO_CONFTEST.search(output):
        said = _SAID_BY_PYTEST.findall(output)
        file = PurePosixPath(broken["file"])
        return f"{file.parent.name}/{file.name} cannot be loaded: {said[-1] if said else 'see its output'}"
    if exit_code == _WRONG_USAGE and (unknown := _UNKNOWN_OPTION.search(output)):
        return (
            f"pytest does not know {unknown['what']}, which the project's settings give it: "
            f"a plugin is missing for {python}; install what its tests need"
        )
    if plugin := _NO_PLUGIN.search(output):
        return f"pytest lacks the plugin {plugin['what']}: install it for {python}"
    if needs := _NEEDS.search(output):
        return f"{needs[0].strip().rstrip('.')}: install it for {python}"
    return ""


def _not_found(exit_code: int | None, output: str) -> str:
    missing = _NOT_FOUND.search(output)
    if exit_code != NOT_FOUND or not missing:
        return ""
    return not_installed(missing["after"] or missing["exec"])


def _not_let(exit_code: int | None, output: str) -> str:
    refused = _NO_RIGHT.search(output)
    if exit_code != _CANNOT_EXECUTE or not refused:
        return ""
    return (
        f"{refused['what']} may not be executed here: see that it is executable and leads to no folder "
        f"that the sandbox hides, {_NAME_ANOTHER}"
    )


def _without_manager(command: TestCommand, output: str) -> str:
    if not _NO_MANAGER.search(output):
        return ""
    program, where = command.argv[0], f"{command.folder}/" if command.folder else "the repository"
    return f"corepack has not downloaded the {program} it wants: run `{program} --version` once in {where}"


def not_installed(program: str) -> str:
    """What to say of a program that is not there."""
    return f"{program} is not installed here: install what the tests need, {_NAME_ANOTHER}"


def _offline(command: TestCommand, output: str) -> str:
    found = (said for name, pattern, said in _OFFLINE if name == command.framework and pattern.search(output))
    return next(found, "")
