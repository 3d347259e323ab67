"""What a Makefile says of tests: its targets, and what they would start."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tools.testing.commands import without_assignments

_NAMES = ("GNUmakefile", "makefile", "Makefile")
_TESTS = re.compile(r"^(test|check)\s*:(?!=)", re.MULTILINE)
_SIMPLE_WORD = re.compile(r"[\w][\w.+-]*")
_OF_THE_SHELL = {
    "alias", "break", "case", "cd", "command", "continue", "do", "done", "echo", "elif", "else", "esac",
    "eval", "exec", "exit", "export", "false", "fi", "for", "function", "if", "local", "printf", "pwd",
    "read", "return", "set", "shift", "source", "test", "then", "time", "trap", "true", "type", "ulimit",
    "umask", "unset", "until", "wait", "while",
}  # fmt: skip


def makefile_of(root: Path) -> tuple[str, str] | None:
    """The Makefile that make would read, with its name; None where there is none."""
    name = next((name for name in _NAMES if (root / name).is_file()), None)
    return None if name is None else (name, _text(root / name))


def target_of_tests(makefile: str) -> str | None:
    """The target that runs the tests."""
    found = _TESTS.search(makefile)
    return found[1] if found else None


def has_target(root: Path, target: str) -> bool:
    """Whether make may know a target: it is there, or other files are included."""
    wanted = _rule_of(target)
    texts = (_text(root / name) for name in _NAMES)
    return any(wanted.search(text) or "include " in text for text in texts)


def missing_program(root: Path, target: str) -> str | None:
    """The first program in a target's recipe that is plainly not installed here; None where there is none."""
    found = makefile_of(root)
    for words in _recipe(found[1], target) if found else ():
        program = words[0]
        if (
            _SIMPLE_WORD.fullmatch(program)
            and program not in _OF_THE_SHELL
            and shutil.which(program) is None
            and not (root / program).exists()
        ):
            return program
    return None


def _recipe(makefile: str, target: str) -> Iterator[list[str]]:
    """The words of each command line of a target."""
    rule = _rule_of(target).search(makefile)
    if rule is None:
        return
    for line in makefile[rule.end() :].replace("\\\n", " ").split("\n")[1:]:
        if line and not line.startswith(("\t", "#")):
            return
        _, words = without_assignments(line.strip().lstrip("@-+").split())
        if words and not line.startswith("#"):
            yield words


def _rule_of(target: str) -> re.Pattern[str]:
    return re.compile(rf"^([\w./-]+ )*{re.escape(target)}( [\w./-]+)*\s*:(?!=)", re.MULTILINE)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
