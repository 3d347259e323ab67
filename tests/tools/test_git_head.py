from collections.abc import Callable
from pathlib import Path

import pytest

from tools.git import Git
from tools.git_head import Head, read_head

Shell = Callable[[str], str]


def asked(git: Git) -> Head:
    """What git itself says."""

    def line(*arguments: str) -> str:
        return git.call(*arguments, check=False).stdout.decode().strip()

    return Head(line("rev-parse", "HEAD"), line("symbolic-ref", "--short", "--quiet", "HEAD") or None)


@pytest.fixture
def committed(git: Git, sh: Shell) -> Git:
    sh("echo a > a && git add . && git commit -qm a")
    return git


def test_before_the_first_commit_only_git_can_tell(git: Git) -> None:
    assert read_head(git.root) is None


def test_it_reads_what_git_says_on_a_branch_and_off_it(committed: Git, sh: Shell) -> None:
    assert read_head(committed.root) == asked(committed)
    sh("git checkout -qb feature/of-mine && git commit -q --allow-empty -m b")
    assert read_head(committed.root) == asked(committed)
    sh("git checkout -q --detach")
    assert read_head(committed.root) == asked(committed)
    assert committed.branch() is None


def test_packed_branches_are_found(committed: Git, sh: Shell) -> None:
    sh("git branch main.old && git commit -q --allow-empty -m b && git pack-refs --all --prune")
    assert read_head(committed.root) == asked(committed)
    assert committed.branch() == "main"


def test_a_further_work_tree_has_a_head_of_its_own(committed: Git, sh: Shell, tmp_path: Path) -> None:
    other = tmp_path / "other tree"
    sh(f"git worktree add -q -b side '{other}' && git -C '{other}' commit -q --allow-empty -m side")
    assert read_head(other) == asked(Git(other))
    assert Git(other).branch() == "side"
    assert read_head(committed.root) == asked(committed)


def test_where_the_files_do_not_tell_git_is_asked(committed: Git, sh: Shell) -> None:
    head = committed.head()
    (committed.root / "folder").mkdir()
    below = Git(committed.root / "folder")
    assert read_head(below.root) is None
    assert (below.head(), below.branch()) == (head, "main")
    sh("git symbolic-ref refs/heads/alias refs/heads/main && git symbolic-ref HEAD refs/heads/alias")
    assert read_head(committed.root) is None
    assert committed.head() == head
