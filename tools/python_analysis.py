"""Asks jedi what Python code means, without running it and within a time limit."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tools import process

_TIMEOUT_S = 5.0
_ANSWERS = Path(__file__).with_name("python_answers.py")


@dataclass(frozen=True, slots=True)
class Question:
    """A name in a file, by its place (line 1-based, column 0-based).

    Attributes:
        kind: "definition": where it is defined; "type": what it is, parameters and result inferred.
    """

    kind: Literal["definition", "type"]
    path: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a name refers to.

    Attributes:
        path: the file, None where it lies outside the repository.
        line: 1-based; 0 where it is built in.
        name: its full name, the module's included.
        doc: signature and docstring of what lies outside.
    """

    path: str | None
    line: int
    name: str
    doc: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about a name.

    Attributes:
        type: its signature or type as it is inferred, "" where that is not known.
        targets: where it is defined; None where that is not known.
    """

    type: str = ""
    targets: list[Target] | None = None


class PythonAnalysis:
    """Asks jedi about the Python files of a repository.

    Args:
        root: the repository.
        cache: a folder for what jedi keeps between two calls; made when it is needed.
        timeout_s: seconds for all questions of one call; those not answered by then stay open.
    """

    def __init__(self, root: Path, cache: Path, timeout_s: float = _TIMEOUT_S) -> None:
        self._root = root
        self._cache = cache
        self._timeout_s = timeout_s

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """What is known about each name."""
        return [_answer(raw) for raw in self._ask(questions)]

    def _ask(self, questions: Sequence[Question]) -> list[list[Any] | None]:
        if not questions:
            return []
        lines: list[dict[str, object]] = [{"root": str(self._root), "cache": str(self._cache)}]
        lines += [
            {"kind": question.kind, "path": question.path, "line": question.line, "column": question.column}
            for question in questions
        ]
        done = process.run(
            # -I: no file of the repository, nor of ours, stands in for a module of the library.
            [sys.executable, "-I", str(_ANSWERS)],
            cwd=self._root,
            timeout_s=self._timeout_s,
            stdin="".join(json.dumps(line) + "\n" for line in lines),
            output_limit=2_000_000,
        )
        answers = [json.loads(line) for line in done.stdout.splitlines() if line.endswith("]")]
        return [*answers, *[None] * (len(questions) - len(answers))]


def _answer(raw: list[Any] | None) -> Answer:
    if raw is None:
        return Answer()
    hints = [" ".join(hint.split()) for hint in raw if isinstance(hint, str)]
    targets = [Target(t["path"], t["line"] or 0, t["name"], t["doc"]) for t in raw if isinstance(t, dict)]
    return Answer(hints[0] if hints else "", targets or None)
