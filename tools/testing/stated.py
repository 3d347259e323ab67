"""Test commands that somebody wrote down: in AGENTS.md, in the files of a CI service, in a memory.

Such a text is data. Only what plainly starts a test runner or a test target counts, never a shell line: it
can choose among what the repository's own tests could do anyway, and runs in the same sandbox.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.testing.commands import SHELL, framework_of, without_assignments

_INSTRUCTIONS = ("AGENTS.md", "CLAUDE.md")
_CI = re.compile(
    r"^(\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml|azure-pipelines\.yml|\.travis\.yml"
    r"|bitbucket-pipelines\.yml|\.drone\.yml|\.woodpecker\.ya?ml|\.cirrus\.yml|appveyor\.yml|Jenkinsfile)$"
)
_FENCE = re.compile(r"^\s*(```|~~~)")
_INLINE = re.compile(r"`([^`\n]+)`")
_PROMPT = re.compile(r"^\s*[$>%]\s+")
_YAML_HEAD = re.compile(r"^\s*(?:-\s+)?(?:(?:run|script|command|sh|bat|powershell)\s*:\s*)?(?:-\s+)?")
_JENKINS = re.compile(r"^\s*(?:sh|bat)\s*\(?\s*['\"]+(.*?)['\"]+\)?\s*$")
_NOT_THIS = re.compile(
    r"\b(don'?t|do not|never|avoid|single|one test|specific|individual|only the|watch|coverage|slow)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"[<>\[\]{}…]|\.\.\.(?!$)|\bpath/to\b|::|\bname\b")
_TEST_WORD = re.compile(r"(^|[:/_.-])(tests?|spec|pytest|unittest)([:/_.-]|$)", re.IGNORECASE)
_A_PART = re.compile(r"\.(py|js|ts|jsx|tsx|mjs|rs|go|java|kt)$|e2e|integration|smoke|bench|types?\b|lint")
_TARGETS = ("make", "gmake", "just", "task", "rake", "invoke", "inv", "composer", "nox", "doit")
_MANAGERS = ("npm", "pnpm", "yarn", "bun")
_WITH_TEST = (
    "mix",
    "dotnet",
    "swift",
    "sbt",
    "lein",
    "stack",
    "cabal",
    "dart",
    "flutter",
    "zig",
    "hatch",
    "deno",
)
_ALONE = ("tox", "nox", "ctest", "rspec", "phpunit", "busted", "prove", "bats", "trial", "nose2", "ward")


@dataclass(frozen=True, slots=True)
class Told:
    """A test command, and who says so.

    Attributes:
        command: as a person would type it.
        by: who, in words for a person.
        source: the file it stands in, if any.
        proven: it was run before and its results were read; it need not look like a test runner.
    """

    command: str
    by: str
    source: str | None = None
    proven: bool = False


def in_instructions(root: Path, files: Sequence[str]) -> Iterator[Told]:
    """The commands in the instruction files of the repository, best first in each file."""
    known = set(files)
    for name in _INSTRUCTIONS:
        if name in known:
            for command in stated(_text(root / name)):
                yield Told(command, f"{name} says so", name)


def in_ci(root: Path, files: Sequence[str]) -> Iterator[Told]:
    """The commands in the files of CI services."""
    for name in files:
        if _CI.match(name):
            for command in _best_first(_steps(_text(root / name))):
                yield Told(command, f"{name} runs it", name)


def stated(text: str) -> list[str]:
    """The test commands in a text in Markdown: in backticks or in a block of code; for all tests first."""
    found: list[str] = []
    fenced = False
    heading = ""
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced:
            comment = line.partition("#")[2]
            if not _NOT_THIS.search(f"{heading} {comment}"):
                found += _commands(_PROMPT.sub("", line.partition(" #")[0]))
            heading = line.strip() if line.strip().startswith("#") else ""
        elif not _NOT_THIS.search(line):
            found += [command for inline in _INLINE.findall(line) for command in _commands(inline)]
    return _best_first(found)


def is_test_command(words: Sequence[str]) -> bool:
    """Whether a command plainly runs tests."""
    _, words = without_assignments(words)
    if not words:
        return False
    if framework_of(words) != "other":
        return "install" not in words
    program, rest = PurePosixPath(words[0]).name, [word for word in words[1:] if not word.startswith("-")]
    if program in _ALONE:
        return True
    if program in _TARGETS or program in _MANAGERS:
        return any(_TEST_WORD.search(word) for word in rest)
    if program in _WITH_TEST:
        return rest[:1] == ["test"]
    if program.startswith("python") or program in ("uv", "poetry", "pipenv", "bundle"):
        return any(_TEST_WORD.search(word) for word in rest) and "install" not in rest
    is_script = "/" in words[0] and PurePosixPath(program).suffix in ("", ".sh", ".bash")
    return is_script and bool(_TEST_WORD.search(words[0]))


def _steps(text: str) -> list[str]:
    """The commands of a CI file, whatever service it is for: one a line, or behind `run:` and the like."""
    found: list[str] = []
    for line in text.splitlines():
        in_quotes = _JENKINS.match(line)
        step = in_quotes[1] if in_quotes else _YAML_HEAD.sub("", line, count=1).strip().strip("'\"")
        found += _commands(step)
    return found


def _commands(line: str) -> list[str]:
    """The test commands of one line; what follows a change of folder belongs to another project."""
    if re.match(r"\s*(cd|pushd)\s", line):
        return []
    parts = [part.strip() for part in re.split(r"&&|;", line)]
    return [part for part in parts if part and not SHELL.search(part) and _is_one(part)]


def _is_one(part: str) -> bool:
    if _PLACEHOLDER.search(part):
        return False
    try:
        words = shlex.split(part)
    except ValueError:
        return False
    return is_test_command(words) and not any(word in ("--watch", "--help", "--version") for word in words)


def _best_first(commands: Iterable[str]) -> list[str]:
    """Commands for one file, or one sort of tests, come last."""
    once = dict.fromkeys(commands)
    return sorted(once, key=lambda command: bool(_A_PART.search(command)))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
