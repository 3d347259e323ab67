"""What a confined command may see and change: the same for every kind of sandbox.

It reads the system, writes the repository and a temporary folder, and sees nothing of the home folder
but the programs and libraries that are started from there.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.errors import GitFailed
from tools.git import Git
from tools.skipping import FOREIGN_FOLDERS

# Where toolchains live in a home folder, without the files beside them that hold credentials
# (.cargo/credentials.toml, .m2/settings.xml, .gradle/gradle.properties).
_TOOLCHAINS = (
    ".asdf", ".bun", ".cache/node/corepack", ".cargo/bin", ".cargo/config.toml", ".cargo/git",
    ".cargo/registry", ".conda", ".deno", ".gem", ".gradle/caches", ".gradle/wrapper", ".local/bin",
    ".local/lib", ".local/pipx", ".local/share/mise", ".local/share/pipx", ".local/share/pnpm",
    ".local/share/rtx", ".local/share/uv", ".m2/repository", ".m2/wrapper", ".mix", ".nvm", ".pyenv",
    ".rbenv", ".rustup", ".rvm",
    ".sdkman/candidates", ".volta", "anaconda3", "go", "mambaforge", "miniconda3", "miniforge3", "sdk",
)  # fmt: skip
# What tells a toolchain where it lives when HOME, or the folder of caches, is another one.
_TOOLCHAIN_VARIABLES = {
    "ASDF_DATA_DIR": ".asdf",
    "BUN_INSTALL": ".bun",
    "CARGO_HOME": ".cargo",
    "COREPACK_HOME": ".cache/node/corepack",
    "GOPATH": "go",
    "NVM_DIR": ".nvm",
    "PYENV_ROOT": ".pyenv",
    "RBENV_ROOT": ".rbenv",
    "RUSTUP_HOME": ".rustup",
    "VOLTA_HOME": ".volta",
}
_PASSING = ("/run", "/tmp", "/var/tmp")  # sockets of other programs, and their half-done work
_SYSTEM_IN_RUN = ("/run/current-system", "/run/opengl-driver", "/run/booted-system")  # NixOS, Guix
_RESOLVER = "/run/systemd/resolve"
_LED_BY_LINKS = ("python3", "python", "node", "npm", "pnpm", "yarn", "bun")  # on PATH stands but a link
_VENVS = (".venv", "venv", "env", ".env")
_GIT_PROTECTED = ("config", "config.worktree", "hooks", "info/attributes")


@dataclass(frozen=True)
class Confinement:
    """The bounds of a sandbox. All paths are absolute.

    Attributes:
        root: the repository: read and written.
        temp: a temporary folder that both sides see: read and written.
        hidden: folders that seem empty.
        readable: what is seen in spite of lying in a hidden folder.
        protected: parts of the repository that cannot be changed: a hook or a setting of git would run
            outside the sandbox.
        toolchains: variables that say where toolchains live, should HOME or the caches' folder be another.
    """

    root: Path
    temp: Path
    hidden: tuple[Path, ...]
    readable: tuple[Path, ...]
    protected: tuple[Path, ...]
    toolchains: tuple[tuple[str, str], ...] = ()

    def git_folders(self) -> list[Path]:
        """The folders of git around what is protected: they must stay where they are."""
        return sorted({path.parent for path in self.protected if path.parent.name == ".git"})


def survey(root: Path, temp: Path, environment: Mapping[str, str], python: str | None = None) -> Confinement:
    """Look around on this machine and return the bounds for a repository.

    Args:
        root: the repository.
        temp: an empty folder.
        environment: says where the home folder is and where programs are found.
        python: an interpreter that the person has named; it may lie anywhere.
    """
    homes = _homes(environment)
    hidden = tuple(path for path in _outermost([*homes, *map(Path, _PASSING)]) if path.is_dir())
    wanted = [
        *(home / name for home in homes for name in _TOOLCHAINS),
        *_program_folders(environment, homes),
        *_interpreters(root, environment, homes, python),
        *_git_folders(root),
        *map(Path, _SYSTEM_IN_RUN),
    ]
    seen = [path for path in wanted if path.exists() and _is_within(path, hidden) and path not in homes]
    toolchains = tuple(
        (variable, str(home / name))
        for variable, name in _TOOLCHAIN_VARIABLES.items()
        for home in homes
        if variable not in environment and (home / name).is_dir()
    )
    return Confinement(root, temp, hidden, tuple(_outermost(seen)), tuple(_protected(root)), toolchains)


def visible_roots(bounds: Confinement) -> list[Path]:
    """Return the paths that make up everything but the hidden folders: for sandboxes that can only allow."""
    return [*_around(Path("/"), set(bounds.hidden)), *bounds.readable]


def resolver_folders() -> list[Path]:
    """Return what a command with network access needs to look up names."""
    return [path for path in [Path(_RESOLVER)] if path.is_dir()]


def _around(folder: Path, hidden: set[Path]) -> Iterator[Path]:
    if not any(path.is_relative_to(folder) for path in hidden):
        yield folder
        return
    if folder in hidden:
        return
    try:
        children = sorted(folder.iterdir())
    except OSError:
        return
    for child in children:
        if not child.is_symlink() or not _is_within(child.resolve(), hidden):
            yield from _around(child, hidden)


def _homes(environment: Mapping[str, str]) -> list[Path]:
    named = [Path(environment["HOME"])] if environment.get("HOME") else []
    found = {path.resolve() for path in [*named, Path.home(), Path("/root")] if path.is_dir()}
    return sorted(path for path in found if path != Path("/") and os.access(path, os.R_OK))


def _program_folders(environment: Mapping[str, str], homes: Sequence[Path]) -> Iterator[Path]:
    """Folders on PATH, and for `<prefix>/bin` the whole prefix, since libraries lie beside programs."""
    for entry in environment.get("PATH", "").split(os.pathsep):
        if not entry.startswith("/") or not Path(entry).is_dir():
            continue
        folder = Path(entry).resolve()
        prefix = folder.parent
        whole = folder.name in ("bin", "shims", "Scripts") and prefix not in _shared(homes)
        yield prefix if whole and not any(home.is_relative_to(prefix) for home in homes) else folder


def _shared(homes: Sequence[Path]) -> set[Path]:
    """Folders whose `bin` is but a part of them: beside it lie things that are no program's."""
    return {home / name for home in homes for name in (".", ".cargo", ".local")}


def _interpreters(
    root: Path, environment: Mapping[str, str], homes: Sequence[Path], python: str | None
) -> Iterator[Path]:
    """The installations that virtual environments of the repository, and the programs on PATH, lead to."""
    inside = [root, *_folders_below(root, 2)]
    candidates = [folder / name / "bin" / "python" for folder in inside for name in _VENVS]
    path = environment.get("PATH")
    candidates += [Path(found) for name in _LED_BY_LINKS if (found := shutil.which(name, path=path))]
    candidates += [Path(python)] if python else []
    for program in candidates:
        if not program.exists():
            continue
        for step in _links(program):
            if step.parent.name == "bin" and step.parent.parent not in _shared(homes):
                yield step.parent.parent


def _folders_below(folder: Path, depth: int) -> Iterator[Path]:
    """The folders in which a project of its own may lie, with an environment of its own."""
    try:
        inside = [entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for entry in inside:
        if entry.name not in FOREIGN_FOLDERS and not entry.name.startswith("."):
            yield Path(entry.path)
            if depth > 1:
                yield from _folders_below(Path(entry.path), depth - 1)


def _links(path: Path) -> Iterator[Path]:
    """A program and every link on the way to the real one."""
    for _ in range(10):
        yield path
        if not path.is_symlink():
            return
        path = Path(os.path.normpath(path.parent / path.readlink()))


def _git_folders(root: Path) -> list[Path]:
    """Where git keeps its data when that is outside: a linked work tree, a submodule."""
    try:
        found = Git(root).call("rev-parse", "--absolute-git-dir", "--git-common-dir").stdout
    except GitFailed:
        return []
    paths = [Path(os.path.normpath(root / os.fsdecode(line))) for line in found.splitlines()]
    return [path for path in paths if not path.is_relative_to(root)]


def _protected(root: Path) -> Iterator[Path]:
    git = root / ".git"
    if git.is_file():
        yield git
    elif git.is_dir():
        (git / "hooks").mkdir(exist_ok=True)  # what is not there yet cannot be protected
        yield from (git / name for name in _GIT_PROTECTED if (git / name).exists())


def _is_within(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Drop doubles and what lies inside another path of the list."""
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not _is_within(path, kept):
            kept.append(path)
    return kept
