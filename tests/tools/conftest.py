import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.git import Git

Shell = Callable[[str], str]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository with an identity of its own."""
    root = tmp_path / "repository"
    root.mkdir()
    subprocess.run(
        "git init -q -b main && git config user.name Ada && git config user.email ada@example.org",
        shell=True,
        cwd=root,
        check=True,
    )
    return root


@pytest.fixture
def sh(repository: Path) -> Shell:
    """Runs a shell command in the repository and returns what it printed."""

    def run(command: str) -> str:
        done = subprocess.run(
            command, shell=True, cwd=repository, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def git(repository: Path) -> Git:
    return Git(repository)
