"""jest, vitest, mocha and node's own test runner, started directly or by a package's script."""

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from tools.testing.adapter import Ended, Launch, Setting, files_of, text_of
from tools.testing.commands import TestCommand
from tools.testing.excerpts import one_line, own_lines, relative
from tools.testing.results import CaseOutcome, TestCase, merged

_REPORTER = Path(__file__).with_name("node_reporter.mjs")
_HAND_ON = Path(__file__).with_name("hand_on.cjs")
# No watching, no snapshots written. Nothing about colours: tests of programs that print look at that.
_QUIET = {"CI": "true"}
_MANAGERS = ("npm", "pnpm", "yarn", "bun")
_OUTCOMES: dict[str, CaseOutcome] = {"passed": "passed", "failed": "failed"}
_IN_A_SUITE = " > "


class Jest:
    """jest; vitest's results have the same shape."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """Ask for its JSON beside what it prints."""
        more = ["--json", f"--outputFile={_results(setting)}", *_chosen(select)]
        if select:
            more.append("--runTestsByPath")
        return _told("jest", command, more + files_of(select), setting)

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests of its JSON file."""
        return merged(list(_suites(ended))), None


class Vitest:
    """vitest, run once and not watching."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """Ask for its JSON beside what it prints."""
        more = ["--run", "--reporter=default", "--reporter=json", f"--outputFile.json={_results(setting)}"]
        return _told("vitest", command, [*more, *_chosen(select), *files_of(select)], setting)

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests of its JSON file."""
        return merged(list(_suites(ended))), None


class Mocha:
    """mocha, whose JSON names the tests but not their suites apart."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """Ask for its JSON; names can be chosen, but the places that a script names stay."""
        pattern = _chosen(select)
        if select and not pattern:
            return None
        more = ["--reporter", "json", "--reporter-option", f"output={_results(setting)}"]
        more += ["-g", pattern[1]] if pattern else []
        return _told("mocha", command, more, setting)

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests of its JSON file."""
        root = ended.setting.root
        return merged([case for told in _results_of(ended) for case in _mocha_cases(told, root)]), None


class Node:
    """`node --test`, by a reporter of ours that node loads from the result folder."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """Give node the reporter by its options variable: so it works through any script."""
        reporter = Path(shutil.copy(_REPORTER, setting.scratch))
        # The first pair stands for what node would print by itself.
        options = (
            "--test-reporter=spec --test-reporter-destination=stdout "
            f"--test-reporter={reporter.as_uri()} --test-reporter-destination={_results(setting)}"
        )
        argv = list(command.argv)
        if select:
            words = command.script or command.argv
            flags = [word for word in words[1:] if word.startswith("-")]
            takes_value = any(word in ("--import", "--require", "-r", "--loader") for word in flags)
            if PurePosixPath(words[0]).name != "node" or takes_value:
                return None
            argv = [words[0], *flags, *files_of(select)]
        return Launch(argv, {**_QUIET, "NODE_OPTIONS": options})

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests that the reporter wrote down."""
        lines = text_of(_results(ended.setting)).splitlines()
        told = [json.loads(line) for line in lines if line.endswith("}")]
        return merged([_node_case(test, ended.setting.root) for test in told if _is_a_test(test)]), None


def _results(setting: Setting) -> Path:
    return setting.scratch / "results.json"


def _results_of(ended: Ended) -> Iterator[dict[str, Any]]:
    """What each start of the runner wrote down."""
    for file in sorted(ended.setting.scratch.glob("results*.json")):
        try:
            told = json.loads(text_of(file))
        except ValueError:
            continue
        if isinstance(told, dict):
            yield told


def _told(runner: str, command: TestCommand, more: list[str], setting: Setting) -> Launch:
    """The command with more arguments for the runner, by whatever way they reach it."""
    if command.by_node:
        return Launch(list(command.argv), {**_QUIET, **_by_node(runner, more, setting)})
    # npm takes those for itself that stand before `--`.
    is_npm = PurePosixPath(command.argv[0]).name == "npm"
    between = ["--"] if is_npm and command.script and "--" not in command.argv else []
    return Launch([*command.argv, *between, *more], _QUIET)


def _by_node(runner: str, more: list[str], setting: Setting) -> dict[str, str]:
    """Variables by which node itself hands arguments to a runner that a script starts somewhere."""
    module = Path(shutil.copy(_HAND_ON, setting.scratch))
    order = {"runner": runner, "args": more, "results": str(_results(setting))}
    module.with_suffix(".json").write_text(json.dumps(order), encoding="utf-8")
    quoted = str(module).replace("\\", "\\\\").replace('"', '\\"')
    return {"NODE_OPTIONS": f'--require "{quoted}"'}


def _chosen(select: Sequence[str]) -> list[str]:
    """A pattern for the names of a selection; none where whole files are meant."""
    names = [name.partition("::")[2] for name in select]
    if not names or not all(names):
        return []
    full = (re.escape(name.replace(_IN_A_SUITE, " ")).replace("\\ ", " ") for name in names)
    return ["-t", f"^({'|'.join(full)})$"]


def _suites(ended: Ended) -> Iterator[TestCase]:
    """The tests in the JSON of jest and vitest; a file that could not be loaded is an error of its own."""
    root = ended.setting.root
    for file in (file for told in _results_of(ended) for file in told.get("testResults", [])):
        path = relative(file["name"], root)
        if file.get("status") == "failed" and not file.get("assertionResults"):
            said = re.sub(r"^\s*● Test suite failed to run\s*", "", file.get("message", ""))
            yield TestCase(path, "uncollected", one_line(said, root), own_lines(said, root))
        for test in file.get("assertionResults", []):
            said = "\n".join(test.get("failureMessages") or [])
            outcome = _OUTCOMES.get(test["status"], "skipped")
            yield TestCase(
                id=f"{path}::{_IN_A_SUITE.join([*test.get('ancestorTitles', []), test['title']])}",
                outcome=outcome,
                message=one_line(said, root) if outcome == "failed" else "",
                excerpt=own_lines(said, root) if outcome == "failed" else "",
                seconds=(test.get("duration") or 0) / 1000,
            )


def _mocha_cases(told: dict[str, Any], root: Path) -> Iterator[TestCase]:
    skipped = {(test["file"], test["fullTitle"]) for test in told.get("pending", [])}
    for test in [*told.get("tests", []), *_hooks(told)]:
        error = test.get("err") or {}
        outcome: CaseOutcome = "failed" if error.get("message") or error.get("stack") else "passed"
        if (test["file"], test["fullTitle"]) in skipped:
            outcome = "skipped"
        said = error.get("stack") or error.get("message") or ""
        message = one_line(error.get("message") or said, root)
        name = f"{relative(test['file'], root)}::{test['fullTitle']}"
        yield TestCase(name, outcome, message, own_lines(said, root), (test.get("duration") or 0) / 1000)


def _hooks(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Hooks that failed: mocha counts them as failures, but not as tests."""
    names = {(test["file"], test["fullTitle"]) for test in told.get("tests", [])}
    return [test for test in told.get("failures", []) if (test.get("file"), test["fullTitle"]) not in names]


def _is_a_test(test: dict[str, Any]) -> bool:
    """Whether it is not a suite that only failed because of a test in it."""
    return not test["suite"] and (test.get("error") or {}).get("kind") != "subtestsFailed"


def _node_case(test: dict[str, Any], root: Path) -> TestCase:
    path, names = relative(test.get("file") or "", root), test["names"]
    error = test.get("error") or {}
    whole_file = len(names) == 1 and relative(names[0], root) == path
    said = error.get("stack") or error.get("message") or ""
    if whole_file and test["stderr"]:  # the file itself could not be run
        said = test["stderr"]
    outcome: CaseOutcome = "passed" if test["passed"] else "uncollected" if whole_file else "failed"
    return TestCase(
        id=path if whole_file else f"{path}::{_IN_A_SUITE.join(names)}",
        outcome="skipped" if test["skipped"] and test["passed"] else outcome,
        message=_node_message(error.get("message", ""), said, whole_file, root) if not test["passed"] else "",
        excerpt=own_lines(said, root) if not test["passed"] else "",
        seconds=test["ms"] / 1000,
    )


def _node_message(message: str, said: str, whole_file: bool, root: Path) -> str:
    if not whole_file:
        return one_line(message or said, root)
    thrown = [line for line in said.splitlines() if re.match(r"\w*Error\b", line)]
    return one_line(thrown[0] if thrown else said, root)
