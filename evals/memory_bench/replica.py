"""A repository of the past to replay: a clone without a network, and a memory over it."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.errors import EvalError
from graph.code_view import RepositoryCode
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.scopes import Viewpoint
from tools.git import Git
from tools.index import SymbolIndex
from tools.workspace import Workspace

PATTERNS = ("*.py",)
"""Only these files are laid out: a mirror may lack the largest others, and none of them is asked about."""


@dataclass(frozen=True)
class Replica:
    """A clone whose commits are checked out one after the other."""

    root: Path

    @classmethod
    def of(cls, repos: Path, name: str, folder: Path, patterns: Sequence[str] = PATTERNS) -> "Replica":
        """Clone a repository from a folder of mirrors named `owner+name`.

        Args:
            repos: The folder of mirrors.
            name: Of the repository.
            folder: Where the clone is put.
            patterns: Which files are laid out.

        Raises:
            EvalError: It is not there.
        """
        source = mirror_of(repos, name)
        root = folder / name.replace("/", "+")
        git(folder, "clone", "-q", "--shared", "--no-checkout", str(source), str(root))
        git(root, "sparse-checkout", "set", "--no-cone", *patterns)
        return cls(root)

    def check_out(self, commit: str) -> None:
        """Lay a commit out as a branch of its own would be."""
        git(self.root, "checkout", "-q", "-f", "-B", "main", commit)

    def first_parents(self, start: str, end: str) -> list[str]:
        """The commits after `start` up to `end` along first parents, oldest first."""
        return git(self.root, "rev-list", "--first-parent", "--reverse", f"{start}..{end}").split()

    def memory(self, folder: Path) -> Memory:
        """A new store over the work tree."""
        workspace = Workspace.open(self.root)
        code = RepositoryCode(workspace, Git(self.root), SymbolIndex(workspace, folder / "index.db"))
        return Memory(open_store(folder / "memory"), code, Viewpoint("bench", "bench"))


def mirror_of(repos: Path, name: str) -> Path:
    """The clone of `owner/name` in a folder of clones named `owner+name`.

    Raises:
        EvalError: It is not there.
    """
    mirror = repos / name.replace("/", "+")
    source = next((path for path in (mirror / "repo", mirror) if path.is_dir()), None)
    if source is None:
        raise EvalError(f"There is no clone of {name} in {repos}: put it there as {mirror.name}.")
    return source


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and give what it says.

    Raises:
        EvalError: It failed.
    """
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EvalError(f"git {arguments[0]} failed in {folder}: {done.stderr.strip()}")
    return done.stdout
