"""What a case checks once a run has ended: facts about the work tree, the answer and the events.

A check is data of the suite's file (its `kind` says which) that knows how to judge an outcome. Tests
that the run has never seen are the strongest kind; the others say how it was reached.
"""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from evals.repos import LEFTOVERS
from tools.process import run
from tools.temporary import temporary_folder

TESTS_TIMEOUT_S = 300.0
TAIL = 1500  # characters of the tests' output that a verdict quotes


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiled)]


class Arm(StrEnum):
    """With memory, or without: what is compared."""

    MEMORY = "memory"
    NO_MEMORY = "no-memory"


@dataclass(frozen=True)
class Outcome:
    """What a run left behind.

    Attributes:
        folder: the work tree.
        pristine: the sample repository as it is shipped.
        hidden: the folder of the suite's hidden tests.
        exit_code: of the program; None when it had to be stopped.
        answer: what it told the person at the end.
        events: everything it said, in order.
    """

    folder: Path
    pristine: Path
    hidden: Path
    exit_code: int | None
    answer: str
    events: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Whether a check holds, and why not."""

    check: str
    passed: bool
    reason: str = ""


class BaseCheck(BaseModel):
    """What all checks share.

    Attributes:
        arms: where the check applies; what needs a memory is not asked of a run without one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    arms: tuple[Arm, ...] = (Arm.MEMORY, Arm.NO_MEMORY)

    def judge(self, outcome: Outcome) -> Verdict:
        """Judge an outcome."""
        reason = self._complaint(outcome)
        return Verdict(self._title(), reason is None, reason or "")

    def _title(self) -> str:
        """Say what is checked, in a few words."""
        raise NotImplementedError

    def _complaint(self, outcome: Outcome) -> str | None:
        """Say what is wrong, or None."""
        raise NotImplementedError


class HiddenTests(BaseCheck):
    """Tests that the run has not seen pass, and the repository's own guards as they were shipped.

    Attributes:
        files: test files of the suite's folder.
        guards: test files of the repository; what the run made of them does not count.
    """

    kind: Literal["hidden_tests"]
    files: tuple[str, ...]
    guards: tuple[str, ...] = ()

    def _title(self) -> str:
        return f"hidden tests {', '.join(self.files)}"

    def _complaint(self, outcome: Outcome) -> str | None:
        with temporary_folder() as scratch:
            folder = scratch / "repository"
            shutil.copytree(outcome.folder, folder, ignore=LEFTOVERS)
            chosen = [self._drop(outcome.hidden / name, folder / "tests" / name) for name in self.files]
            chosen += [self._drop(outcome.pristine / name, folder / name) for name in self.guards]
            argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen]
            done = run(argv, cwd=folder, timeout_s=TESTS_TIMEOUT_S)
        return None if done.exit_code == 0 else done.stdout[-TAIL:] or done.stderr[-TAIL:]

    @staticmethod
    def _drop(source: Path, target: Path) -> str:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return str(target)


class FileContains(BaseCheck):
    """Some file of those named by a glob pattern holds a match of a regular expression, or none may."""

    kind: Literal["contains", "lacks"]
    files: str
    pattern: Pattern

    def _title(self) -> str:
        return f"{self.files} {self.kind} {self.pattern!r}"

    def _complaint(self, outcome: Outcome) -> str | None:
        found = [path for path in outcome.folder.glob(self.files) if path.is_file() and self._matches(path)]
        if self.kind == "contains":
            return None if found else "no file does"
        return f"{found[0].relative_to(outcome.folder)} does not" if found else None

    def _matches(self, path: Path) -> bool:
        return re.search(self.pattern, path.read_text(encoding="utf-8", errors="replace")) is not None


class PathExists(BaseCheck):
    """A path is there, or is gone."""

    kind: Literal["exists", "gone"]
    path: str

    def _title(self) -> str:
        return f"{self.path} {'exists' if self.kind == 'exists' else 'is gone'}"

    def _complaint(self, outcome: Outcome) -> str | None:
        there = (outcome.folder / self.path).exists()
        if self.kind == "exists":
            return None if there else "it is missing"
        return "it is still there" if there else None


class ExitCode(BaseCheck):
    """The program ended with this exit code."""

    kind: Literal["exit_code"]
    code: int = 0

    def _title(self) -> str:
        return f"exit code {self.code}"

    def _complaint(self, outcome: Outcome) -> str | None:
        return None if outcome.exit_code == self.code else f"it was {outcome.exit_code}"


class Unchanged(BaseCheck):
    """Nothing in the work tree was touched."""

    kind: Literal["unchanged"]

    def _title(self) -> str:
        return "nothing was changed"

    def _complaint(self, outcome: Outcome) -> str | None:
        argv = ["git", "status", "--porcelain"]
        changed = run(argv, cwd=outcome.folder, timeout_s=TESTS_TIMEOUT_S).stdout.strip()
        return f"changed: {changed}" if changed else None


class Answers(BaseCheck):
    """The answer matches a regular expression (upper and lower case alike)."""

    kind: Literal["answers"]
    pattern: Pattern

    def _title(self) -> str:
        return f"the answer says {self.pattern!r}"

    def _complaint(self, outcome: Outcome) -> str | None:
        found = re.search(self.pattern, outcome.answer, re.IGNORECASE)
        return None if found else f"it says: {outcome.answer[:300]!r}"


class Cites(BaseCheck):
    """The answer names a place as `path:line`, and the line is where the matter is.

    Attributes:
        path: the file.
        pattern: what stands at that place.
        within: how many lines away the cited line may be.
    """

    kind: Literal["cites"]
    path: str
    pattern: Pattern
    within: int = 5

    def _title(self) -> str:
        return f"the answer cites {self.path} at {self.pattern!r}"

    def _complaint(self, outcome: Outcome) -> str | None:
        cited = [int(line) for line in re.findall(re.escape(self.path) + r":(\d+)", outcome.answer)]
        if not cited:
            return f"it cites no line of {self.path}"
        lines = (outcome.folder / self.path).read_text(encoding="utf-8").splitlines()
        right = [number for number, line in enumerate(lines, start=1) if re.search(self.pattern, line)]
        near = any(abs(line - place) <= self.within for line in cited for place in right)
        return None if near else f"it cites line {cited[0]}; the matter is at {right}"


class MemoryUsed(BaseCheck):
    """A memory whose text matches a regular expression was fed to the model."""

    kind: Literal["memory_used"]
    pattern: Pattern
    arms: tuple[Arm, ...] = (Arm.MEMORY,)

    def _title(self) -> str:
        return f"a memory about {self.pattern!r} was used"

    def _complaint(self, outcome: Outcome) -> str | None:
        texts = list(_fed(outcome))
        found = any(re.search(self.pattern, text, re.IGNORECASE) for text in texts)
        return None if found else f"{len(texts)} memories were fed, none about it"


Check = Annotated[
    HiddenTests | FileContains | PathExists | ExitCode | Unchanged | Answers | Cites | MemoryUsed,
    Field(discriminator="kind"),
]


def _fed(outcome: Outcome) -> Iterator[str]:
    for event in outcome.events:
        if event.get("type") == "memory.recalled":
            yield from (str(memory.get("text", "")) for memory in event.get("fed", ()))
