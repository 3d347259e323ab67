"""Answers questions about Python code with jedi, in a process of its own.

Jedi infers for as long as it likes and fails in ways of its own on code that is odd; here neither hurts
anyone. Started with the questions on its input, one JSON object a line; each answer is a line as well, so
that what was found before a failure is not lost.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import jedi  # type: ignore[import-untyped]
from jedi.api.classes import Name  # type: ignore[import-untyped]
from jedi.api.environment import InterpreterEnvironment  # type: ignore[import-untyped]

_MOST = 5  # definitions of one name
_DOC_CHARS = 1_500


def main() -> None:
    """Answer every question on the input."""
    asked = json.loads(sys.stdin.readline())
    # Looking for callers all over a project to guess a parameter's type takes seconds.
    jedi.settings.dynamic_params = False
    jedi.settings.auto_import_modules = []
    jedi.settings.cache_directory = asked["cache"]
    root = Path(asked["root"])
    project = jedi.Project(root, added_sys_path=[str(folder) for folder in _packages_of(root)])
    environment = InterpreterEnvironment()
    for line in sys.stdin:
        question = json.loads(line)
        path = root / question["path"]
        script = jedi.Script(path=path, project=project, environment=environment)
        place = (question["line"], question["column"])
        if question["kind"] == "type":
            answer = [found.get_type_hint() for found in script.infer(*place)[:_MOST]]
        else:
            found = script.goto(*place, follow_imports=True, follow_builtin_imports=True)
            answer = [_place(name, root) for name in found[:_MOST]]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _packages_of(root: Path) -> Iterable[Path]:
    """Where the project's own environment keeps its packages."""
    return root.glob(".venv/lib/python3.*/site-packages")


def _place(found: Name, root: Path) -> dict[str, object]:
    path = found.module_path
    is_ours = path is not None and path.is_relative_to(root)
    return {
        "path": path.relative_to(root).as_posix() if path is not None and is_ours else None,
        "line": found.line,
        "name": found.full_name or found.name,
        "kind": found.type,
        "doc": "" if is_ours else found.docstring()[:_DOC_CHARS],
    }


if __name__ == "__main__":
    main()
