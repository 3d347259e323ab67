"""What a path says about a file: code, test, example or prose."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal

from tools.languages import language_of

Role = Literal["code", "test", "example", "other"]

_TEST_NAME = re.compile(r"^(test_.*|.*_test|.*_spec|.*\.(test|spec)|.*Tests?|conftest|tests)$")
_TEST_FOLDERS = frozenset({"test", "tests", "testing", "__tests__", "spec", "specs", "e2e"})
_EXAMPLE_FOLDERS = frozenset(
    {"example", "examples", "demo", "demos", "docs", "doc", "bench", "benchmarks", "samples"}
)


@lru_cache(maxsize=100_000)
def role_of(path: str) -> Role:
    """What a file is for, by its path."""
    if language_of(path) is None:
        return "other"
    place = PurePosixPath(path)
    folders = {part.lower() for part in place.parts[:-1]}
    if _TEST_NAME.match(place.stem) or (folders & _TEST_FOLDERS and "src" not in place.parts[:1]):
        return "test"
    if folders & _EXAMPLE_FOLDERS or place.name in ("setup.py", "noxfile.py"):
        return "example"
    return "code"


def is_aside(path: str) -> bool:
    """Whether a path lies among tests, examples or documentation."""
    folders = {part.lower() for part in PurePosixPath(path).parts[:-1]}
    return bool(folders & (_TEST_FOLDERS | _EXAMPLE_FOLDERS))


@lru_cache(maxsize=100_000)
def subject_of(path: str) -> str:
    """What a test file is about, by its name: `tests/test_money.py` gives `money`."""
    stem = PurePosixPath(path).name.partition(".")[0]
    return re.sub(r"^(test|tests)_|_(test|tests|spec)$|(?<=[a-z])(Test|Tests|Spec)$", "", stem)


class PathBook:
    """All paths of a repository, as a search asks for them.

    Args:
        paths: the files, sorted.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self._by_name: dict[str, list[str]] = {}
        self._by_subject: dict[str, list[str]] = {}
        for path in paths:
            name = path.rpartition("/")[2]
            self._by_name.setdefault(name, []).append(path)
            if role_of(path) == "code":
                self._by_subject.setdefault(name.partition(".")[0].lstrip("_"), []).append(path)

    def meant(self, name: str) -> list[str]:
        """The files a path may mean: itself, or those it ends with, or that end with it."""
        name = name.rstrip("/")
        same = self._by_name.get(name.rpartition("/")[2], [])
        fitting = [p for p in same if p == name or p.endswith(f"/{name}") or name.endswith(f"/{p}")]
        return fitting if len(fitting) <= 3 else [p for p in fitting if p == name]

    def tested_by(self, test: str) -> list[str]:
        """The files of code that a test file is about, by its name."""
        return self._by_subject.get(subject_of(test), [])
