"""Finds the Python for a project's tests: the project's own, never the one we run on."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import process
from tools.errors import ProgramNotFound

_PROBE = """
import importlib.util, json, sys
def origin(name):
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    return spec.origin or next(iter(spec.submodule_search_locations or []), "")
sys.path[:] = [p for p in sys.path if p]
print(json.dumps({name: origin(name) for name in sys.argv[1:]}))
"""
_PROBE_S = 20.0
_VENV_FOLDERS = (".venv", "venv", "env", ".env")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python and why it is taken."""

    python: str
    why: str


def candidates(homes: Sequence[Path], env: Mapping[str, str], given: str | None) -> Iterator[Interpreter]:
    """The interpreters to try, best first. A given one is the only one.

    Args:
        homes: the project's folder, and those around it whose environment it may share.
        env: the user's environment, as it was before `user_environment`.
        given: what the person named.
    """
    if given:
        yield Interpreter(given, "as you named it")
        return
    top = homes[-1]
    for place in (home / name for home in homes for name in _VENV_FOLDERS):
        if python := _python_in(place):
            yield Interpreter(python, f"of {place.relative_to(top)}/ in the repository")
    activated = env.get("VIRTUAL_ENV")
    if activated and Path(activated) != Path(sys.prefix) and (python := _python_in(Path(activated))):
        yield Interpreter(python, "of the environment you have activated")
    for home in homes:
        yield from _of_a_manager(home, env)
    for made in sorted([*homes[0].glob(".tox/*"), *homes[0].glob(".nox/*")]):
        if python := _python_in(made):
            yield Interpreter(python, f"of {made.relative_to(top)}/ in the repository")
    path = process.user_environment(env).get("PATH", os.defpath)
    for name in ("python3", "python"):
        if python := shutil.which(name, path=path):
            yield Interpreter(python, f"{name} on PATH")


def where_is(python: str, modules: list[str], cwd: Path, env: Mapping[str, str]) -> dict[str, str | None]:
    """Where an interpreter would import some modules from; None for what it does not have.

    An interpreter that cannot be started has nothing.
    """
    argv = [python, "-c", _PROBE, *modules]
    try:
        done = process.run(argv, cwd=cwd, timeout_s=_PROBE_S, env=env)
        found = json.loads(done.stdout) if done.exit_code == 0 else {}
    except (ProgramNotFound, json.JSONDecodeError):
        found = {}
    return {module: found.get(module) for module in modules}


def _python_in(folder: Path) -> str | None:
    for place in (folder / "bin" / "python", folder / "Scripts" / "python.exe"):
        if place.is_file():
            return str(place)
    return None


def _of_a_manager(root: Path, env: Mapping[str, str]) -> Iterator[Interpreter]:
    """The environment that poetry or pipenv keep elsewhere, where the project uses them."""
    asks = (
        ("poetry.lock", ["poetry", "env", "info", "--path"]),
        ("Pipfile", ["pipenv", "--venv"]),
    )
    for marker, argv in asks:
        if not (root / marker).is_file() or shutil.which(argv[0], path=env.get("PATH")) is None:
            continue
        done = process.run(argv, cwd=root, timeout_s=_PROBE_S, env=process.user_environment(env))
        if done.exit_code == 0 and (python := _python_in(Path(done.stdout.strip()))):
            yield Interpreter(python, f"of the environment that {argv[0]} keeps")
