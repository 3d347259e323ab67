"""The test script of a package.json: which manager runs it, and which runner it starts."""

import json
import re
import shlex
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from tools.testing.commands import TestCommand, framework_of, without_assignments
from tools.testing.results import Framework

_LOCKS = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lockb", "bun"), ("bun.lock", "bun"))
_ODD = re.compile(r"[|;<>`]|\$\(|&\s*$|\|\|")
_ANOTHER = re.compile(r"^(?:npm|pnpm|yarn|bun)(?: run)? (?P<name>[\w:.-]+)$")
_IS_TEST = re.compile(r"(--targets?=|-t=)?tests?([:,]|$)")
_PNPM_PACKAGES = re.compile(r"^packages:\s*\n((?:\s*(?:-.*|#.*)?\n)+)", re.MULTILINE)
_GLOB = re.compile(r"(\*\*/|\*\*|\*)")
_GLOBS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
_BETWEEN = re.compile(r"&&|\|\|?|[;&]")
_MANAGERS = ("npm", "pnpm", "yarn", "bun")
_RUN_SEVERAL = ("run-s", "run-p", "npm-run-all", "npm-run-all2", "concurrently")
_TOLD = ("jest", "vitest", "mocha")  # node's own runner is told by a variable in any case
_MOST_SCRIPTS = 40  # of one test script and what it starts
# What makes a manager run a script in the packages of its workspace, and programs that do nothing else.
_IN_MEMBERS = {
    "npm": re.compile(r"--workspaces?\b|-ws?$"),
    "pnpm": re.compile(r"-r$|--recursive$|-F|--filter\b|m$|multi$"),
    "yarn": re.compile(r"workspaces?$"),
    "bun": re.compile(r"--filter\b|-F|--workspaces$"),
}
_TASK_RUNNERS = ("turbo", "nx", "lerna", "lage")


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


def names_member(root: Path, folder: str) -> bool:
    """Whether the workspace at this root says that a folder below is a package of its."""
    patterns = _members(root)
    left_out = any(_fits(folder, pattern[1:]) for pattern in patterns if pattern.startswith("!"))
    return not left_out and any(_fits(folder, pattern) for pattern in patterns)


def _members(root: Path) -> list[str]:
    told = _package(root).get("workspaces")
    told = told.get("packages") if isinstance(told, dict) else told
    try:
        pnpm = (root / "pnpm-workspace.yaml").read_text(encoding="utf-8")
    except (OSError, ValueError):
        pnpm = ""
    listed = _PNPM_PACKAGES.search(pnpm)
    named = re.findall(r"^\s*-\s*['\"]?([^'\"\s#]+)", listed[1], re.MULTILINE) if listed else []
    return [*named, *(name for name in told or () if isinstance(name, str))]


def _fits(folder: str, pattern: str) -> bool:
    """Whether a glob of a workspace is about a folder; what `**` stands for may be many folders, or none."""
    parts = _GLOB.split(pattern.removeprefix("./").strip("/"))
    return re.fullmatch("".join(_GLOBS.get(part, re.escape(part)) for part in parts), folder) is not None


def passes_on(command: TestCommand) -> bool:
    """Whether a command only has the packages of a workspace run their own test scripts."""
    words = list(command.script or command.argv)
    words = words[1:] if words[:1] in (["npx"], ["bunx"]) else words
    words = words[2:] if words[:1] in (["pnpm"], ["yarn"]) and words[1:2] in (["exec"], ["dlx"]) else words
    program, *rest = words or [""]
    if not any(_IS_TEST.match(word) for word in rest):
        return False
    in_members = _IN_MEMBERS.get(program)
    return program in _TASK_RUNNERS or bool(in_members and any(in_members.match(word) for word in rest))


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
    framework, words, is_last = _runner(scripts, name)
    by_node = framework in _TOLD and (not is_last or _is_hidden(manager, scripts[name], words))
    why = "a test script in package.json"
    return TestCommand(
        run, framework, why, script=tuple(words) or (name,), by_node=by_node, source="package.json"
    )


def _runner(scripts: dict[str, Any], name: str) -> tuple[Framework, list[str], bool]:
    """The runner that a script starts, in which words, and whether arguments added to the script reach it."""
    script = scripts[name]
    words = _words(script.rsplit("&&", maxsplit=1)[-1])
    framework = framework_of(words)
    if framework != "other" and not _ODD.search(script):
        return framework, words, True
    for inner in _all_started(scripts, name):
        framework = framework_of(inner)
        if framework in (*_TOLD, "node"):
            return framework, inner, False
    return "other", words, True


def _is_hidden(manager: str, script: str, words: list[str]) -> bool:
    """Whether jest can be told by node, so that what is tested in its process finds no arguments of ours.

    Not where another program runs it, or where the script sets options of node's.
    """
    is_jest = any(PurePosixPath(word).name.partition(".")[0] == "jest" for word in words)
    return is_jest and manager != "bun" and "NODE_OPTIONS" not in script


def _all_started(scripts: dict[str, Any], name: str) -> Iterator[list[str]]:
    """The words of each command that a script starts, those of the scripts that it starts among them."""
    waiting, seen = [name], {name}
    while waiting and len(seen) <= _MOST_SCRIPTS:
        for part in _BETWEEN.split(scripts[waiting.pop(0)]):
            words = _words(part)
            others = [other for other in _named(words, scripts) if other not in seen]
            seen.update(others)
            waiting += others
            if words:
                yield words


def _named(words: list[str], scripts: dict[str, Any]) -> list[str]:
    """The scripts of the package that a command runs: `npm run unit`, `run-s lint test:*`."""
    program, *rest = words or [""]
    if program in _MANAGERS:
        asked = [word for word in rest if word not in ("run", "run-script")][:1]
    else:
        asked = rest if program in _RUN_SEVERAL else []
    patterns = [word.removeprefix("npm:") for word in asked if not word.startswith("-")]
    texts = [name for name, text in scripts.items() if isinstance(text, str)]
    return [name for name in texts if any(fnmatchcase(name, pattern) for pattern in patterns)]


def _words(command: str) -> list[str]:
    try:
        return without_assignments(shlex.split(command))[1]
    except ValueError:
        return []


def _manager(root: Path, package: dict[str, Any]) -> str:
    named = str(package.get("packageManager", "")).partition("@")[0]
    if named in _MANAGERS:
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
