"""The projects of a repository: its root, and the folders below that have a manifest and tests of their own.

What is run for a change are the tests of the projects that it touches, each in its folder, in its own way and
with its own interpreter. A repository that is one project is asked as ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from tools.git import Git
from tools.paths import is_aside
from tools.skipping import FOREIGN_FOLDERS
from tools.testing.commands import NoTests, TestCommand, TestOptions
from tools.testing.detect import look, stated_way, way_of
from tools.testing.package_scripts import has_members, names_member, npm_test, passes_on
from tools.testing.project_files import ProjectFiles
from tools.testing.python_project import configures_pytest, is_package, signs_of_tests, test_places
from tools.testing.stated import Told
from tools.workspace import Workspace

Family = Literal["python", "javascript", "go", "rust", "java"]

_DEEPEST = 4  # folders above a manifest
_MANIFESTS: Mapping[str, Family] = {
    "pyproject.toml": "python", "setup.py": "python", "setup.cfg": "python", "pytest.ini": "python",
    "tox.ini": "python", "requirements.txt": "python", "Pipfile": "python", "manage.py": "python",
    "package.json": "javascript", "go.mod": "go", "Cargo.toml": "rust", "pom.xml": "java",
    "build.gradle": "java", "build.gradle.kts": "java", "settings.gradle": "java",
    "settings.gradle.kts": "java",
}  # fmt: skip
_NOT_OURS = FOREIGN_FOLDERS | {"fixtures", "__fixtures__", "testdata", "templates", "template"}
_VENVS = (".venv", "venv", "env", ".env")


class Project:
    """One of them; how its tests are run is found out when it is asked for.

    Args:
        files: its folder and what is in it.
        options: what the person says.
        remembered: what memory says of it.
        way: how, where that is known already.
    """

    def __init__(
        self,
        files: ProjectFiles,
        options: TestOptions,
        remembered: Sequence[Told] = (),
        way: TestCommand | NoTests | None = None,
    ) -> None:
        self.files = files
        self._options = options
        self._remembered = remembered
        self._way = way

    @property
    def folder(self) -> str:
        """Where it lies, as seen from the repository's root; "" is the root itself."""
        return self.files.folder

    @cached_property
    def way(self) -> TestCommand | NoTests:
        """How its tests are run, or why they cannot be."""
        found = self._way or way_of(self.files, replace(self._options, command=None), self._remembered)
        if not self.folder:
            return found
        if isinstance(found, NoTests):
            return NoTests(f"{self.folder}/: {found.reason}")
        source = f"{self.folder}/{found.source}" if found.source else None
        return replace(found, folder=self.folder, source=source)

    @cached_property
    def only_passes_on(self) -> bool:
        """Whether its tests are but those of other projects, each run in its own way."""
        return isinstance(self.way, TestCommand) and passes_on(self.way)

    @cached_property
    def speaks_python(self) -> bool:
        """Whether it has Python tests, as far as its files tell."""
        return signs_of_tests(self.files.root, self.files.files) is not None


def projects(
    workspace: Workspace, options: TestOptions, remembered: Sequence[Told] = ()
) -> Sequence[Project]:
    """The projects of a repository; one, with the reason, where no tests are found.

    Args:
        workspace: the repository.
        options: what the person says. A command of theirs is about the whole repository.
        remembered: commands from memory, for the root.
    """
    if options.command:
        return [Project(ProjectFiles(workspace.root, []), options, way=look(workspace, options))]
    listed = Git(workspace.root).files()
    whole, below = ProjectFiles(workspace.root, listed), _below(workspace.root, listed)
    said = stated_way(whole, options, remembered)
    if said and said.framework == "other" and not passes_on(said):
        # make test, tox: the repository says that this is all of it
        return [Project(whole, options, way=said)]
    apart = [(files, family) for files, family in below if not _gathers_below(whole, family, files)]
    if not apart:
        return [Project(whole, options, way=said or way_of(whole, options))]
    root = ProjectFiles(workspace.root, _outside(listed, [files.folder for files, _ in apart]))
    first, found = Project(root, options, remembered), [Project(files, options) for files, _ in apart]
    return [first, *found] if isinstance(first.way, TestCommand) else found


def owner_of(path: str, found: Sequence[Project]) -> Project | None:
    """The project that a path belongs to: the nearest one above it."""
    around = [one for one in found if not one.folder or f"{path}/".startswith(f"{one.folder}/")]
    return max(around, key=lambda one: len(one.folder), default=None)


def _below(root: Path, listed: Sequence[str]) -> list[tuple[ProjectFiles, Family]]:
    """The projects below the root that have tests, and what they speak, those near to the root first."""
    families: dict[str, Family] = {}
    for path in listed:
        folder, _, name = path.rpartition("/")
        if folder and name in _MANIFESTS and _may_be_project(root, path):
            families.setdefault(folder, _MANIFESTS[name])
    found: list[tuple[ProjectFiles, Family]] = []
    for folder in sorted(families, key=lambda folder: (folder.count("/"), folder)):
        inner = [other for other in families if other.startswith(f"{folder}/")]
        inside = [path.removeprefix(f"{folder}/") for path in listed if path.startswith(f"{folder}/")]
        files = ProjectFiles(
            root / folder, _outside(inside, [other.removeprefix(f"{folder}/") for other in inner]), folder
        )
        around = [(one, family) for one, family in found if folder.startswith(f"{one.folder}/")]
        family = families[folder]
        if _has_tests(files, family) and not any(_gathers(one, family, files) for one, _ in around):
            found.append((files, family))
    return found


def _may_be_project(root: Path, path: str) -> bool:
    """Whether a manifest lies where a project of the repository's own may; a workspace names any folder."""
    *folders, name = path.split("/")
    return (
        len(folders) <= _DEEPEST
        and _NOT_OURS.isdisjoint(folders)
        and not any(folder.startswith(".") for folder in folders)
        and (not is_aside(path) or (name == "package.json" and names_member(root, "/".join(folders))))
    )


def _has_tests(files: ProjectFiles, family: Family) -> bool:
    """Whether there are tests, by what the files are called and what the manifest says."""
    match family:
        case "python":
            return signs_of_tests(files.root, files.files) is not None
        case "javascript":
            return npm_test(files.root) is not None
        case "go":
            return any(path.endswith("_test.go") for path in files.files)
        case "rust":
            return True  # they may stand in any file
        case "java":
            return any("src/test/" in f"/{path}" for path in files.files)


def _gathers(outer: ProjectFiles, family: Family, inner: ProjectFiles) -> bool:
    """Whether a project runs the tests of one of its own kind below it along with its own."""
    match family:
        case "python":
            return _pytest_gathers(outer, inner)
        case "javascript":
            return has_members(outer.root)
        case "rust":
            return "[workspace]" in _text(outer.root / "Cargo.toml")
        case "java":
            poms = "<modules>" in _text(outer.root / "pom.xml")
            return poms or any(name.startswith("settings.gradle") for name in outer.files)
        case "go":
            return False  # a module's pattern ./... ends where another module begins


def _pytest_gathers(outer: ProjectFiles, inner: ProjectFiles) -> bool:
    """Whether the settings of the outer project are those of the inner one's tests, and lead pytest there."""
    settings = configures_pytest(outer.root, outer.files)
    if settings is None or configures_pytest(inner.root, inner.files):
        return False
    if any((inner.root / name).is_dir() for name in _VENVS):
        return False
    folder = inner.folder.removeprefix(f"{outer.folder}/")
    if places := test_places(outer.root, settings):
        return any(
            f"{place}/".startswith(f"{folder}/") or f"{folder}/".startswith(f"{place}/") for place in places
        )
    return not is_package(inner.root, inner.files)


def _gathers_below(root: ProjectFiles, family: Family, inner: ProjectFiles) -> bool:
    """Whether the root is a project of this kind, and runs the tests of one below along with its own."""
    is_one = any(_MANIFESTS.get(path) == family for path in root.files)
    return is_one and _gathers(root, family, inner)


def _is_below(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder}/")


def _outside(paths: Iterable[str], folders: Sequence[str]) -> list[str]:
    starts = tuple(f"{folder}/" for folder in folders)
    return [path for path in paths if not path.startswith(starts)] if starts else list(paths)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
