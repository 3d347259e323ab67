"""`go test`, by its JSON lines."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.testing.adapter import Ended, Launch, Setting, files_of, into_file, text_of
from tools.testing.commands import TestCommand
from tools.testing.excerpts import MESSAGE, own_lines
from tools.testing.results import CaseOutcome, TestCase

_ENDS: dict[str, CaseOutcome] = {"pass": "passed", "fail": "failed", "skip": "skipped"}
_NOISE = re.compile(r"^\s*(=== (RUN|PAUSE|CONT|NAME)|--- (PASS|FAIL|SKIP):)|^(PASS|FAIL|ok)\b")
_BUILT = re.compile(r"^# (\S+)")
_NOT_BUILT = re.compile(r"^FAIL\s+(\S+) \[(?:build|setup) failed\]", re.MULTILINE)
_MODULE = re.compile(r"^module\s+(\S+)", re.MULTILINE)
_RUNTIME = re.compile(r"^\s*(/usr|/opt|.*/go-?[\d.]*/src/)|^(testing\.|runtime\.|panic\(|created by )")


@dataclass
class _Test:
    """What the lines tell of one test, or with an empty name of a package."""

    package: str
    name: str
    outcome: CaseOutcome | None = None
    seconds: float = 0.0
    output: list[str] = field(default_factory=list)


class Go:
    """go's own test runner."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """Ask for JSON, into a file: it is long."""
        program, test, *rest = command.argv
        if select:
            packages = [f"./{folder}" for folder in dict.fromkeys(map(_folder, files_of(select)))]
            names = [name.partition("::")[2].partition("/")[0] for name in select]
            pattern = ["-run", f"^({'|'.join(dict.fromkeys(names))})$"] if all(names) else []
            rest = [*(word for word in rest if not word.startswith(".")), *pattern, *packages]
        argv = [program, test, "-json", *rest]
        # The person's own cache may not be written in the sandbox; this one lasts for all runs in it.
        cache = setting.scratch.parent / "go-build"
        env = {"GOPROXY": "off", "GOCACHE": str(cache)} if setting.confined else {}
        return Launch(into_file(argv, _results(setting), errors_too=False), env)

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests that its JSON lines tell of, and packages that did not build."""
        root = ended.setting.root
        lines = text_of(_results(ended.setting)).splitlines()
        tests, rest = _gathered(lines)
        unbuilt = _build_errors(f"{rest}\n{ended.done.stderr}")
        packages = _Packages(root)
        cases = [packages.case(test) for test in _leaves(tests)]
        for package in dict.fromkeys([*_NOT_BUILT.findall(rest), *unbuilt]):
            said = unbuilt.get(package) or f"{package} does not build"
            cases.append(packages.broken(package, said, "uncollected"))
        known = {test.package for test in tests if test.name and test.outcome == "failed"} | unbuilt.keys()
        for test in tests:
            if not test.name and test.outcome == "failed" and test.package not in known:
                cases.append(packages.broken(test.package, "".join(test.output)))
        output = "".join("".join(test.output) for test in tests)
        return list({case.id: case for case in cases}.values()), f"{rest}\n{output}"


class _Packages:
    """Where packages and their tests lie."""

    def __init__(self, root: Path) -> None:
        self._root = root
        named = _MODULE.search(text_of(root / "go.mod"))
        self._module = named[1] if named else ""
        self._sources: dict[str, list[tuple[str, str]]] = {}

    def case(self, test: _Test) -> TestCase:
        """A test with its id: the file it stands in and its name."""
        outcome = test.outcome or "failed"  # it was running when its package failed
        lines = [line for line in test.output if not _NOISE.match(line)]
        said = "".join(line for line in lines if not _RUNTIME.match(line)).rstrip()
        place = self._file_of(test.package, test.name.partition("/")[0])
        bad = outcome == "failed"
        message = re.sub(r"^\s*\S+_test\.go:\d+: ", "", next((x for x in said.splitlines() if x.strip()), ""))
        return TestCase(
            f"{place}::{test.name}",
            outcome,
            message.strip()[:MESSAGE] if bad else "",
            own_lines(said, self._root) if bad else "",
            test.seconds,
        )

    def broken(self, package: str, output: str, outcome: CaseOutcome = "error") -> TestCase:
        """A package whose tests could not be run."""
        said = own_lines(output, self._root)
        lines = [line for line in said.splitlines() if line.strip() and not line.startswith("#")]
        return TestCase(self._folder_of(package), outcome, lines[0][:MESSAGE] if lines else "", said)

    def _folder_of(self, package: str) -> str:
        return package.removeprefix(self._module).strip("/") or "."

    def _file_of(self, package: str, name: str) -> str:
        folder = self._folder_of(package)
        if folder not in self._sources:
            files = sorted((self._root / folder).glob("*_test.go"))
            self._sources[folder] = [
                (file.relative_to(self._root).as_posix(), text_of(file)) for file in files
            ]
        found = (
            path
            for path, text in self._sources[folder]
            if re.search(rf"^func {re.escape(name)}\(", text, re.M)
        )
        return next(found, folder)


def _results(setting: Setting) -> Path:
    return setting.scratch / "results.jsonl"


def _folder(path: str) -> str:
    return path.rpartition("/")[0] if path.endswith(".go") else path


def _gathered(lines: Sequence[str]) -> tuple[list[_Test], str]:
    """The tests and packages, in order, and the lines that are no JSON."""
    tests: dict[tuple[str, str], _Test] = {}
    rest: list[str] = []
    for line in lines:
        told = _event(line)
        if told is None:
            rest.append(line)
        elif told.get("Action") == "build-output":
            rest.append(told.get("Output", "").rstrip("\n"))
        elif "Package" in told:
            key = (told["Package"], told.get("Test", ""))
            test = tests.setdefault(key, _Test(*key))
            if told["Action"] == "output":
                test.output.append(told["Output"])
            elif told["Action"] in _ENDS:
                test.outcome, test.seconds = _ENDS[told["Action"]], told.get("Elapsed", 0.0)
    return list(tests.values()), "\n".join(rest)


def _event(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _leaves(tests: Sequence[_Test]) -> list[_Test]:
    """The tests that stand for themselves: one with subtests does so only where it failed without them."""
    outcomes: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    for test in tests:
        parent = test.name
        while "/" in parent:
            parent = parent.rpartition("/")[0]
            outcomes[test.package, parent].add(test.outcome)
    return [
        test
        for test in tests
        if test.name
        and (
            not (below := outcomes.get((test.package, test.name)))
            or (test.outcome in (None, "failed") and below <= {"passed", "skipped"})
        )
    ]


def _build_errors(text: str) -> dict[str, str]:
    """What the compiler said, by package."""
    found: dict[str, list[str]] = defaultdict(list)
    package = ""
    for line in text.splitlines():
        heading = _BUILT.match(line)
        if heading:
            package = heading[1].removesuffix(".test").partition(" ")[0]
        elif package and line.strip() and not line.startswith("FAIL"):
            found[package].append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}
