"""Repositories as they are found: other encodings, submodules, sparse checkouts, files that vanish."""

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tools import index_refresh
from tools.git import Git
from tools.index import SymbolIndex
from tools.listing import Listing
from tools.locate import Locator
from tools.workspace import Workspace

OLD_NS = 1_700_000_000_000_000_000


def git(root, *arguments):
    settings = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *settings, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "repo"
    (root / "core").mkdir(parents=True)
    (root / "core" / "money.py").write_text("class Money:\n    pass\n")
    (root / "api.py").write_text("def refund():\n    return 1\n")
    git(tmp_path, "init", "-q", str(root))
    return root


@pytest.fixture
def index(root, tmp_path):
    index = SymbolIndex(Workspace.open(root), tmp_path / "index.db")
    yield index
    index.close()


@pytest.mark.parametrize(
    "source",
    [
        "def grüße():\n    return 'ß'\n\n\ndef plain():\n    pass\n".encode("latin-1"),
        b"\xef\xbb\xbfdef plain():\n    pass\n",
        b"def broken(:\n    pass\n\n\ndef plain():\n    pass\n",
        b"def plain():\r\n    pass\r\n",
        b"\xff\xfe\xfd def \n\ndef plain():\n    pass\n",
        b"def plain():\n    return '" + b"(" * 5000 + b"'\n",
    ],
)
def test_whatever_a_file_is_written_in_what_can_be_made_out_is_found(index, root, source):
    (root / "odd.py").write_bytes(source)
    index.refresh()
    assert [symbol.path for symbol in index.find("plain")] == ["odd.py"]


def test_files_of_a_submodule_are_its_own_business(index, root, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "inner.py").write_text("def inner(): pass\n")
    git(other, "init", "-q", ".")
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "first")
    git(root, "submodule", "add", "-q", str(other), "sub")
    index.refresh()
    assert index.find("inner") == []
    assert index.find("refund")


def test_a_sparse_checkout_is_searched_as_far_as_it_is_there(index, root):
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    git(root, "sparse-checkout", "set", "--no-cone", "/api.py")
    index.refresh()
    assert index.files() == ["api.py"]


def test_loops_of_symlinks_are_not_followed(index, root):
    (root / "core" / "up").symlink_to("..")
    (root / "core" / "itself").symlink_to("itself")
    (root / "core" / "one").symlink_to("two")
    (root / "core" / "two").symlink_to("one")
    git(root, "add", "-A")
    assert index.refresh().files == 2
    assert index.files() == ["api.py", "core/money.py"]
    (root / "core" / "more.py").write_text("def more(): pass\n")
    index.refresh()
    assert [symbol.path for symbol in index.find("more")] == ["core/more.py"]
    assert [symbol.path for symbol in index.find("Money")] == ["core/money.py"]
    assert "core/money.py" in [file.path for file in Locator(index.workspace, index).find("money").files]


def test_files_that_vanish_or_cannot_be_read_while_indexing_are_passed_over(index, root, monkeypatch):
    stamps = index_refresh._stamps

    def and_then_vanish(*arguments):
        found = stamps(*arguments)
        (root / "api.py").unlink()
        return found

    monkeypatch.setattr(index_refresh, "_stamps", and_then_vanish)
    index.refresh()
    monkeypatch.undo()
    assert index.files() == ["core/money.py"]
    assert index.refresh().files == 1


def test_an_index_that_cannot_be_used_at_all_leaves_the_search_to_ripgrep_and_says_so(index, root):
    locator = Locator(Workspace.open(root), index)

    def fails(*_arguments):
        raise sqlite3.OperationalError("disk I/O error")

    index._store.rows = fails
    index._store.changes = fails
    found = locator.find("refund a payment")
    assert [file.path for file in found.files] == ["api.py"]
    assert "cannot be used (disk I/O error)" in found.text()


def test_an_index_that_was_made_anew_is_told_once(root, tmp_path):
    (tmp_path / "index.db").write_bytes(b"no database at all, but long enough" * 100)
    index = SymbolIndex(Workspace.open(root), tmp_path / "index.db")
    locator = Locator(Workspace.open(root), index)
    assert "made anew" in locator.find("refund").notes[0]
    assert locator.find("refund").notes == ()
    index.close()


def settle(root):
    """Make everything old, so that its time can be believed."""
    for folder, _, names in os.walk(root):
        for name in ("", *names):
            os.utime(Path(folder, name), ns=(OLD_NS, OLD_NS), follow_symlinks=False)


def test_files_are_not_listed_again_while_no_folder_changes(root):
    settle(root)
    listing = Listing(root)
    first = listing.paths()
    beside = root / "api.py.new"
    beside.write_text("def refund():\n    return 2\n")
    beside.replace(root / "api.py")  # as editors save: the folder is as it was but for its time
    assert listing.paths() is first
    assert first == ["api.py", "core/money.py"]


@pytest.mark.parametrize(
    "path", ["new.py", "core/new.py", "fresh/deep/new.py", "empty/new.py", "empty/a/new.py"]
)
def test_new_files_are_seen_wherever_they_appear(root, path):
    (root / "empty" / "a").mkdir(parents=True)
    settle(root)
    listing = Listing(root)
    listing.paths()
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("")
    assert path in listing.paths()


def test_a_file_that_appears_while_git_lists_the_others_is_seen_the_next_time(root, monkeypatch):
    settle(root)
    listing, listed = Listing(root), Git.listed

    def written_meanwhile(git):
        found = listed(git)
        (root / "core" / "late.py").write_text("")
        return found

    monkeypatch.setattr(Git, "listed", written_meanwhile)
    assert "core/late.py" not in listing.paths()
    monkeypatch.setattr(Git, "listed", listed)
    assert "core/late.py" in listing.paths()


def test_a_change_of_what_is_ignored_is_seen(root):
    (root / ".gitignore").write_text("build/\n")
    settle(root)
    listing = Listing(root)
    assert "api.py" in listing.paths()
    (root / ".gitignore").write_text("build/\napi.py\n")
    assert "api.py" not in listing.paths()


def test_files_are_listed_where_git_keeps_its_index_elsewhere(root, tmp_path):
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    git(root, "worktree", "add", "-q", str(tmp_path / "second"))
    settle(tmp_path / "second")
    listing = Listing(tmp_path / "second")
    assert listing.paths() == ["api.py", "core/money.py"]
    git(tmp_path / "second", "rm", "-q", "--cached", "api.py")
    (tmp_path / "second" / "api.py").unlink()
    assert listing.paths() == ["core/money.py"]
