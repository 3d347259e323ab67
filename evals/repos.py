"""The sample repositories: data under `repos/`, laid out as git repositories to work in."""

import os
import re
import shutil
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from evals.errors import MissingRequirements, UnknownRepository
from tools.process import run

REPOS = Path(__file__).parent / "repos"
LEFTOVERS = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".git", ".venv")

# With the author and the time fixed, and the person's own git settings kept out, the first commit is
# the same one on every machine.
IDENTITY = {
    "GIT_AUTHOR_NAME": "Payments Team",
    "GIT_AUTHOR_EMAIL": "payments@example.com",
    "GIT_AUTHOR_DATE": "2026-03-02T09:00:00+00:00",
    "GIT_COMMITTER_NAME": "Payments Team",
    "GIT_COMMITTER_EMAIL": "payments@example.com",
    "GIT_COMMITTER_DATE": "2026-03-02T09:00:00+00:00",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
GIT_TIMEOUT_S = 60.0


def source_of(name: str) -> Path:
    """Return the folder that a sample repository is copied from.

    Raises:
        UnknownRepository: there is none of this name.
    """
    names = sorted(folder.name for folder in REPOS.iterdir() if folder.is_dir())
    if name not in names:
        raise UnknownRepository(f"There is no sample repository {name!r}. There is: {', '.join(names)}.")
    return REPOS / name


def require_packages(name: str) -> None:
    """Make sure that the tests of a sample repository can run with this program's interpreter.

    Raises:
        UnknownRepository: there is none of this name.
        MissingRequirements: a package that its tests need is not installed.
    """
    project = tomllib.loads((source_of(name) / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    missing = [package for package in map(_package_of, requirements) if not _is_installed(package)]
    if missing:
        raise MissingRequirements(
            f"The tests of the sample repository {name} need {', '.join(missing)}. "
            f"Install what is missing beside oldhand: pip install {' '.join(missing)}"
        )


def _package_of(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def _is_installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def lay_out(name: str, folder: Path) -> Path:
    """Copy a sample repository into a new folder and commit it; the commit is always the same.

    Returns:
        The root of the new repository, which is `folder`.

    Raises:
        UnknownRepository: there is none of this name.
        FileExistsError: the folder exists already.
    """
    shutil.copytree(source_of(name), folder, ignore=LEFTOVERS)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    _git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    commit_all(folder, f"Import {name}")
    return folder


def commit_all(folder: Path, message: str) -> None:
    """Commit whatever is in the work tree, as the team of the sample repository would."""
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


def _git(folder: Path, *arguments: str) -> None:
    environment = {**os.environ, **IDENTITY}
    done = run(["git", *arguments], cwd=folder, timeout_s=GIT_TIMEOUT_S, env=environment)
    if done.exit_code != 0:
        raise RuntimeError(f"git {arguments[0]} failed in {folder}: {done.stderr.strip()}")
