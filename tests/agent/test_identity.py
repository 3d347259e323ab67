"""Which repository this is, and who works in it."""

import subprocess
from pathlib import Path

import pytest

from agent.identity import person_id, repository_id
from tools.git import Git


def git(folder: Path, *arguments: str | Path) -> None:
    subprocess.run(["git", *map(str, arguments)], cwd=folder, check=True, capture_output=True)


def name_of(folder: Path) -> str:
    return repository_id(Git(folder))


@pytest.mark.parametrize(
    "spelling",
    [
        "git@git.example.com:team/shop.git",
        "ssh://git@git.example.com/team/shop.git",
        "ssh://git@git.example.com:2222/team/shop",
        "https://git.example.com/team/shop",
        "https://someone:token@GIT.example.com/team/shop.git/",
        "git://git.example.com/Team/Shop.git",
        "git.example.com:team/shop.git",
    ],
)
def test_every_spelling_of_a_remote_means_the_same_repository(shop: Path, spelling: str) -> None:
    git(shop, "remote", "add", "origin", spelling)
    assert name_of(shop) == "git.example.com/team/shop"


def test_a_fork_is_another_repository(shop: Path, tmp_path: Path) -> None:
    fork = tmp_path / "fork"
    git(shop, "clone", "-q", shop, fork)
    git(shop, "remote", "add", "origin", "git@git.example.com:team/shop.git")
    git(fork, "remote", "set-url", "origin", "git@git.example.com:ada/shop.git")
    assert name_of(fork) != name_of(shop)


def test_a_clone_of_a_folder_is_the_same_repository(shop: Path, tmp_path: Path) -> None:
    clone, again = tmp_path / "clone", tmp_path / "again"
    git(shop, "clone", "-q", shop, clone)
    git(clone, "clone", "-q", f"file://{clone}", again)
    assert name_of(shop) == name_of(clone) == name_of(again)


def test_a_worktree_and_a_moved_folder_are_the_same_repository(shop: Path, tmp_path: Path) -> None:
    name = name_of(shop)
    git(shop, "worktree", "add", "-q", tmp_path / "tree")
    assert name_of(tmp_path / "tree") == name
    moved = shop.rename(tmp_path / "moved")
    assert name_of(moved) == name


def test_without_a_remote_the_first_commit_names_it(shop: Path) -> None:
    first = subprocess.run(
        ["git", "rev-list", "--max-parents=0", "HEAD"], cwd=shop, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert name_of(shop) == f"commit/{first[:16]}"
    git(shop, "commit", "-q", "--allow-empty", "-m", "second")
    assert name_of(shop) == f"commit/{first[:16]}"


def test_before_the_first_commit_the_folder_names_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert name_of(tmp_path) == f"folder/{tmp_path}"


def test_a_remote_that_is_gone_is_no_obstacle(shop: Path, tmp_path: Path) -> None:
    before = name_of(shop)
    git(shop, "remote", "add", "origin", tmp_path / "was/here")
    assert name_of(shop) == before


def test_a_person_is_who_they_say_else_gits_address_else_the_login(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert person_id("grace", Git(shop)) == "grace"
    assert person_id(None, Git(shop)) == "ada@example.org"
    git(tmp_path, "init", "-q")
    monkeypatch.setenv("LOGNAME", "jean")
    assert person_id(None, Git(tmp_path)) == "jean"
