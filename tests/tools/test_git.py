import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.errors import GitFailed
from tools.git import FileChange, Git

Shell = Callable[[str], str]

STRANGE = ["sp ace.txt", "new\nline.txt", "ünïcode.txt", '"quo"te', "-dash", "back\\slash", ":(glob)*"]


def test_before_the_first_commit_there_is_a_branch_and_no_head(git: Git) -> None:
    assert git.head() is None
    assert git.branch() == "main"
    assert git.root_commit() is None
    assert git.commits(None) == []
    assert git.is_ancestor("0" * 40) is None
    assert not git.is_dirty()


def test_commits_are_listed_oldest_first(git: Git, sh: Shell) -> None:
    for name in "abc":
        sh(f"echo {name} > {name} && git add . && git commit -qm {name}")
    commits = git.commits(None)
    assert len(commits) == 3
    assert git.root_commit() == commits[0]
    assert git.head() == commits[2]
    assert git.commits(commits[0]) == commits[1:]
    with pytest.raises(GitFailed):
        git.commits("0" * 40)


def test_ancestry_knows_yes_no_and_unknown(git: Git, sh: Shell) -> None:
    sh(
        "echo a > a && git add . && git commit -qm a && "
        "git checkout -qb side && git commit -q --allow-empty -m side"
    )
    side = git.head()
    assert side is not None
    sh("git checkout -q main && git commit -q --allow-empty -m main")
    assert git.is_ancestor(git.commits(None)[0]) is True
    assert git.is_ancestor(side) is False
    assert git.is_ancestor("1234567890" * 4) is None


def test_a_detached_head_has_no_branch(git: Git, sh: Shell) -> None:
    sh("git commit -q --allow-empty -m a && git checkout -q --detach")
    assert git.branch() is None
    assert git.head() is not None


def test_a_shallow_clone_does_not_know_where_history_begins(
    git: Git, sh: Shell, repository: Path, tmp_path: Path
) -> None:
    sh("git commit -q --allow-empty -m a && git commit -q --allow-empty -m b")
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", repository.as_uri(), "shallow"], cwd=tmp_path, check=True
    )
    shallow = Git(tmp_path / "shallow")
    assert shallow.root_commit() is None
    assert shallow.is_ancestor(git.commits(None)[0]) is None
    assert shallow.head() == git.head()


def test_a_linked_work_tree_works_like_any_other(git: Git, sh: Shell, tmp_path: Path) -> None:
    sh("echo a > a && git add . && git commit -qm a && git worktree add -q ../linked -b side")
    linked = Git(tmp_path / "linked")
    (tmp_path / "linked" / "new").write_text("x")
    assert linked.branch() == "side"
    assert linked.files() == ["a", "new"]
    assert linked.changes("HEAD", None) == [FileChange("added", "new")]


def test_strange_names_are_plain_names(git: Git, repository: Path) -> None:
    for name in STRANGE:
        (repository / name).write_text(name)
    (repository / os.fsdecode(b"\xff.bin")).write_bytes(b"x")
    names = sorted([*STRANGE, os.fsdecode(b"\xff.bin")])
    assert git.files() == names
    git.call("add", "-A")
    git.call("commit", "-qm", "strange")
    assert [change.path for change in git.changes("HEAD^{tree}", None)] == []
    for name in STRANGE:
        assert git.show("HEAD", name) == name.encode()
        (repository / name).write_text("changed")
    assert sorted(change.path for change in git.changes("HEAD", None)) == sorted(STRANGE)


def test_files_are_those_that_are_there_and_not_ignored(git: Git, sh: Shell, repository: Path) -> None:
    sh(
        "echo '*.log' > .gitignore; echo a > a; echo g > gone; echo l > x.log; "
        "git add .; git commit -qm a; rm gone"
    )
    sh("echo u > untracked; git init -q nested; echo n > nested/n; ln -s missing link")
    assert git.files() == [".gitignore", "a", "link", "untracked"]


def test_changes_between_commits_detect_renames(git: Git, sh: Shell) -> None:
    sh("seq 50 > a; echo x > b; echo k > kept; git add .; git commit -qm 1")
    sh("git mv a moved; seq 49 > moved; git rm -q b; echo n > n; echo kk > kept; git add .; git commit -qm 2")
    first, second = git.commits(None)
    changes = {change.path: change for change in git.changes(first, second)}
    assert {path: change.status for path, change in changes.items()} == {
        "moved": "renamed",
        "b": "deleted",
        "n": "added",
        "kept": "modified",
    }
    assert changes["moved"].old_path == "a"
    assert 50 < changes["moved"].similarity < 100


def test_changes_to_the_work_tree_see_untracked_renames_and_leave_the_index_alone(
    git: Git, sh: Shell, repository: Path
) -> None:
    sh("seq 50 > a; git add .; git commit -qm 1; mv a b; echo i > .gitignore; echo x > i")
    before = (repository / ".git" / "index").read_bytes()
    changes = git.changes("HEAD", None)
    assert FileChange("renamed", "b", "a", 100) in changes
    assert FileChange("added", ".gitignore") in changes
    assert len(changes) == 2
    assert (repository / ".git" / "index").read_bytes() == before


def test_the_remote_is_told_without_its_password(git: Git, sh: Shell) -> None:
    assert git.remote_url() is None
    sh("git remote add other https://me:hunter2@example.org/a.git")
    assert git.remote_url() == "https://example.org/a.git"
    sh("git remote add origin git@example.org:team/a.git")
    assert git.remote_url() == "git@example.org:team/a.git"


def test_the_author_is_who_git_was_told(git: Git) -> None:
    assert git.author() == "Ada <ada@example.org>"


def test_dirt_is_untracked_or_changed(git: Git, sh: Shell) -> None:
    sh("echo a > a; git add .; git commit -qm a")
    assert not git.is_dirty()
    sh("echo u > u")
    assert git.is_dirty()


def test_a_file_that_a_commit_does_not_hold_is_none(git: Git, sh: Shell) -> None:
    sh("echo a > a; git add .; git commit -qm a")
    assert git.show("HEAD", "a") == b"a\n"
    assert git.show("HEAD", "b") is None
    assert git.show("nope", "a") is None


def test_a_programmed_fsmonitor_or_hook_never_runs(git: Git, sh: Shell, repository: Path) -> None:
    sh("echo a > a; git add .; git commit -qm a")
    program = repository / ".git" / "evil"
    program.write_text(f"#!/bin/sh\ntouch {repository}/ran\n")
    program.chmod(0o755)
    sh("git config core.fsmonitor .git/evil; cp .git/evil .git/hooks/post-index-change")
    git.is_dirty()
    git.changes("HEAD", None)
    git.files()
    assert not (repository / "ran").exists()
