"""`cargo test`, by what it prints: the stable toolchain has no other results."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.testing.adapter import Ended, Launch, Setting, into_file, text_of
from tools.testing.commands import TestCommand
from tools.testing.excerpts import MESSAGE, own_lines
from tools.testing.results import CaseOutcome, TestCase, merged

_TARGET = re.compile(
    r"^\s+(?:Running (?:unittests )?(?P<file>\S+\.rs) \((?P<binary>\S+)\)|Doc-tests (?P<doc>\S+))"
)
_RESULT = re.compile(r"^test (?P<name>.+?)(?: - should panic)? \.\.\. (?P<said>ok|FAILED|ignored)\b")
_DETAILS = re.compile(r"^---- (?P<name>.+?) stdout ----$")
_END_OF_DETAILS = re.compile(r"^(failures:|test result:)")
_ERROR = re.compile(r"^error(?:\[E\d+\])?: (?P<what>.+)$")
_PLACE = re.compile(r"^\s*--> (?P<path>[^:]+):(?P<line>\d+)")
_PANIC = re.compile(r"^thread '.*' (?:\(\d+\) )?panicked at ")
_IN_DOC = re.compile(r"^(?P<path>\S+\.rs) - (?P<rest>.*)$")
_OUTCOMES: dict[str, CaseOutcome] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}
_ROOTS = ("lib.rs", "main.rs")
_BACKTRACE = "stack backtrace:"


class Cargo:
    """cargo's own test runner."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """Run all targets even where one fails; its output goes to a file, in the order it came."""
        argv = list(command.argv)
        if "--no-fail-fast" not in argv:
            argv.insert(2, "--no-fail-fast")
        if select:
            names = [_filter(name) for name in select]
            if None in names or "--" in argv:
                return None
            argv += ["--", "--exact", *filter(None, names)]
        env = {"CARGO_TERM_COLOR": "never", "RUST_BACKTRACE": "0"}
        env |= {"CARGO_NET_OFFLINE": "true"} if setting.confined else {}
        return Launch(into_file(argv, _results(setting), errors_too=True), env)

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests that it printed, or the errors of the compiler."""
        output, root = text_of(_results(ended.setting)), ended.setting.root
        cases = _Reading(root).cases(output)
        if not any(case.outcome != "skipped" for case in cases):
            cases = [*_not_compiled(output, root), *cases]
        return merged(cases), output


class _Reading:
    """Reads the output of all targets of a workspace."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._crates = sorted(root.glob("Cargo.toml")) + sorted(root.glob("*/Cargo.toml"))
        self._crates += sorted(root.glob("*/*/Cargo.toml"))

    def cases(self, output: str) -> list[TestCase]:
        """The tests, each with what was printed of its failure."""
        found: dict[str, TestCase] = {}
        file, details, of = "", list[str](), ""
        for line in [*output.splitlines(), "test result:"]:
            target = _TARGET.match(line)
            if target:
                file = self._place(target["file"], target["binary"]) if target["file"] else ""
            if of and (_DETAILS.match(line) or _END_OF_DETAILS.match(line)):
                found[of] = self._with_details(found.get(of), of, details)
                details, of = [], ""
            if result := _RESULT.match(line):
                name = self._id(file, result["name"])
                found[name] = TestCase(name, _OUTCOMES[result["said"]])
            elif heading := _DETAILS.match(line):
                of = self._id(file, heading["name"])
            elif of:
                details.append(line)
        return list(found.values())

    def _with_details(self, case: TestCase | None, name: str, details: list[str]) -> TestCase:
        if _BACKTRACE in details:
            details = details[: details.index(_BACKTRACE)]
        lines = [x for x in details if x.strip() and not x.startswith("note: run with")]
        told = [line.strip() for line in lines if not _PANIC.match(line)]
        outcome = case.outcome if case else "failed"
        return TestCase(name, outcome, " ".join(told[:3])[:MESSAGE], own_lines("\n".join(lines), self._root))

    def _id(self, file: str, name: str) -> str:
        """The file and the name in it; a documentation test says itself where it stands."""
        in_doc = _IN_DOC.match(name)
        if in_doc:
            return f"{in_doc['path']}::{in_doc['rest']}"
        return f"{file}::{name}" if file.rpartition("/")[2] not in _ROOTS else self._in_module(file, name)

    def _in_module(self, file: str, name: str) -> str:
        """A test in the file of its module: `src/money.rs::tests::adds` for `money::tests::adds`."""
        folder, rest = file.rpartition("/")[0], name
        while "::" in rest:
            module, _, below = rest.partition("::")
            places = (f"{folder}/{module}.rs", f"{folder}/{module}/mod.rs")
            found = next((place for place in places if (self._root / place).is_file()), None)
            if found is None:
                break
            file, folder, rest = found, f"{folder}/{module}", below
        return f"{file}::{rest}"

    def _place(self, file: str, binary: str) -> str:
        """The file of a target; in a workspace it is told relative to its crate."""
        stem = Path(binary).name.rpartition("-")[0]
        homes = [toml.parent for toml in self._crates if (toml.parent / file).is_file()]
        named = [home for home in homes if home.name.replace("-", "_") == stem]
        home = next(iter(named or homes), self._root)
        return (home / file).relative_to(self._root).as_posix()


def _results(setting: Setting) -> Path:
    return setting.scratch / "output.txt"


def _filter(name: str) -> str | None:
    """A test's name as cargo takes it; None for a whole file, which it does not know."""
    path, _, rest = name.partition("::")
    if not rest:
        return None
    if re.search(r"\(line \d+\)$", rest):
        return f"{path} - {rest}"
    inside = f"/{path}".rpartition("/src/")[2] if "/src/" in f"/{path}" else ""
    modules = inside.removesuffix(".rs").removesuffix("/mod").split("/")
    return "::".join([*modules, rest]) if inside and inside not in _ROOTS else rest


def _not_compiled(output: str, root: Path) -> Iterator[TestCase]:
    """The errors of the compiler, the first of each file."""
    lines = output.splitlines()
    for number, line in enumerate(lines):
        error = _ERROR.match(line)
        place = next((p for p in map(_PLACE.match, lines[number + 1 : number + 3]) if p), None)
        if error and place:
            end = next((n for n in range(number, len(lines)) if not lines[n].strip()), len(lines))
            excerpt = own_lines("\n".join(lines[number:end]), root)
            yield TestCase(
                place["path"], "uncollected", f"does not compile: {error['what']}"[:MESSAGE], excerpt
            )
