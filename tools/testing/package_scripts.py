"""The test script of a package.json: which manager runs it, and which runner it starts."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

from tools.testing.commands import TestCommand, framework_of, without_assignments
from tools.testing.results import Framework

_LOCKS = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lockb", "bun"), ("bun.lock", "bun"))
_ODD = re.compile(r"[|;<>`]|\$\(|&\s*$|\|\|")
_ANOTHER = re.compile(r"^(?:npm|pnpm|yarn|bun)(?: run)? (?P<name>[\w:.-]+)$")


def npm_test(root: Path) -> TestCommand | None:
    """The package's own test script; None where it has none."""
    package = _package(root)
    scripts = package.get("scripts")
    if not isinstance(scripts, dict) or not _is_real(scripts.get("test")):
        return None
    return script_command(root, _manager(root, package), "test")


def has_members(root: Path) -> bool:
    """Whether the package's test script runs the tests of its workspace's packages, and tells them apart."""
    told = npm_test(root)
    is_workspace = "workspaces" in _package(root) or (root / "pnpm-workspace.yaml").is_file()
    return is_workspace and told is not None and told.framework != "other"


def script_command(root: Path, manager: str, name: str) -> TestCommand | None:
    """The command that runs a script of the package, and how its results are read."""
    scripts = _package(root).get("scripts")
    if not isinstance(scripts, dict) or not isinstance(scripts.get(name), str):
        return None
    run = (manager, "test") if name == "test" else (manager, "run", name)
    another = _ANOTHER.match(scripts[name].strip())
    if another and another["name"] != name and isinstance(scripts.get(another["name"]), str):
        name = another["name"]  # arguments would go to the manager between: it is run directly
        run = (manager, "run", name)
    framework, words = _runner(scripts[name])
    script = tuple(words) or (name,)
    return TestCommand(run, framework, "a test script in package.json", script=script, source="package.json")


def _runner(script: str) -> tuple[Framework, list[str]]:
    """The runner that a script starts last, where arguments that are added to the script reach it."""
    last = script.rsplit("&&", maxsplit=1)[-1].strip()
    try:
        _, words = without_assignments(shlex.split(last))
    except ValueError:
        return "other", []
    framework = framework_of(words)
    if framework == "node":
        return "node", words  # is told by a variable, so it need not be the last
    return ("other", words) if _ODD.search(script) else (framework, words)


def _manager(root: Path, package: dict[str, Any]) -> str:
    named = str(package.get("packageManager", "")).partition("@")[0]
    if named in ("npm", "pnpm", "yarn", "bun"):
        return named
    # The packages of a workspace share the lock file at its top.
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    homes = [folder for folder in (root, *root.parents) if folder.is_relative_to(top)]
    return next((tool for home in homes for lock, tool in _LOCKS if (home / lock).is_file()), "npm")


def _package(root: Path) -> dict[str, Any]:
    try:
        package = json.loads((root / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return package if isinstance(package, dict) else {}


def _is_real(script: object) -> bool:
    return isinstance(script, str) and "no test specified" not in script
