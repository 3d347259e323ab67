"""What a path says about a file: code, test, example or prose."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal

from tools.languages import language_of
from tools.naming import Alike
from tools.words import terms

Role = Literal["code", "test", "example", "other"]

_TEST_NAME = re.compile(r"^(test_.*|.*_test|.*_spec|.*\.(test|spec)|.*Tests?|conftest|tests)$")
_TEST_FOLDERS = frozenset({"test", "tests", "testing", "__tests__", "spec", "specs", "e2e"})
_FEWEST_TESTS = 3  # in a folder of tests, and more than
_TESTS_FOR_ONE = 2  # of them for each other file: a test beside each file makes no folder of tests
_EXAMPLE_FOLDERS = frozenset(
    {"example", "examples", "demo", "demos", "docs", "doc", "bench", "benchmarks", "samples"}
)


@lru_cache(maxsize=100_000)
def role_of(path: str) -> Role:
    """What a file is for, by its path."""
    if language_of(path) is None:
        return "other"
    *above, name = path.split("/")  # pathlib would take longer than all the rest
    stem, _, suffix = name.rpartition(".")
    folders = {part.lower() for part in above}
    is_test = _TEST_NAME.match(stem if stem and suffix else name)
    if is_test or (folders & _TEST_FOLDERS and "src" not in above[:1]):
        return "test"
    if folders & _EXAMPLE_FOLDERS or name in ("setup.py", "noxfile.py"):
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
        self._also_tests = _among_tests(paths)
        self._by_name: dict[str, list[str]] = {}
        self._by_subject: dict[str, list[str]] = {}
        self._by_word: dict[str, list[str]] = {}  # of the names of files of code
        for path in paths:
            name = path.rpartition("/")[2]
            self._by_name.setdefault(name, []).append(path)
            if self.role(path) == "code":
                stem = name.partition(".")[0]
                self._by_subject.setdefault(stem.lstrip("_"), []).append(path)
                for word in terms(stem):
                    self._by_word.setdefault(word, []).append(path)
        self._alike = Alike(self._by_word)

    def role(self, path: str) -> Role:
        """What a file is for; told by its neighbours too, where a project calls its test folder otherwise."""
        return "test" if path in self._also_tests else role_of(path)

    def meant(self, name: str) -> list[str]:
        """The files a path may mean: itself, or those it ends with, or that end with it."""
        name = name.rstrip("/")
        same = self._by_name.get(name.rpartition("/")[2], [])
        fitting = [p for p in same if p == name or p.endswith(f"/{name}") or name.endswith(f"/{p}")]
        return fitting if len(fitting) <= 3 else [p for p in fitting if p == name]

    def tested_by(self, test: str) -> list[str]:
        """The files of code that a test file is about, by its name."""
        return self._by_subject.get(subject_of(test), [])

    def named_like(self, words: Sequence[str]) -> dict[str, float]:
        """The files of code named by a word that begins like one of `words`: `auth` like `authent`."""
        found: dict[str, float] = {}
        for word in words:
            for known, score in self._alike.to(word).items():
                for path in self._by_word[known]:
                    found[path] = max(score, found.get(path, 0.0))
        return found


def _among_tests(paths: Sequence[str]) -> frozenset[str]:
    """The files of code in folders, or below them, whose files are tests by their names, but for a few."""
    tests: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for path in paths:
        role = role_of(path)
        if role in ("code", "test") and not path.endswith("/__init__.py"):
            (tests if role == "test" else others)[path.rpartition("/")[0]] += 1
    folders = tuple(
        f"{folder}/"
        for folder, count in tests.items()
        if folder and count >= _FEWEST_TESTS and count > _TESTS_FOR_ONE * others[folder]
    )
    return frozenset(path for path in paths if path.startswith(folders) and role_of(path) == "code")
