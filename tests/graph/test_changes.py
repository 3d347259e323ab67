import subprocess
from pathlib import Path

import pytest

from graph.changes import as_commit, line_counts
from graph.events import FileChanged
from tools.git import Git
from tools.snapshots import Snapshots


@pytest.mark.parametrize(
    "name",
    ["plain.py", "with a space.py", "café.py", 'quo"te.py', "tab\there.py", "back\\slash.py", "a/b b/c.py"],
)
def test_lines_are_counted_for_files_of_any_name(shop: Path, tmp_path: Path, name: str) -> None:
    file = shop / name
    file.parent.mkdir(parents=True, exist_ok=True)
    snapshots = Snapshots(Git(shop), tmp_path / "private")
    file.write_text("one\ntwo\n")
    before = snapshots.take("t/before")
    file.write_text("one\n2\nthree\n")
    changed = snapshots.take("t/after")
    assert line_counts(snapshots.diff(before, changed)) == {name: (2, 1)}
    file.unlink()
    assert line_counts(snapshots.diff(before, snapshots.take("t/gone"))) == {name: (0, 2)}


def test_lines_are_counted_whatever_stands_in_them(shop: Path, tmp_path: Path) -> None:
    snapshots = Snapshots(Git(shop), tmp_path / "private")
    file = shop / "odd.txt"
    file.write_bytes(b"-- a comment\nkept\n\x0cform feed\r\nlast")
    before = snapshots.take("t/before")
    file.write_bytes(b"++ plus plus\nkept\n\x0c+feed\x0b-\xe2\x80\xa8+\r\n+++ b/x\n--- a/y\nlast\n")
    after = snapshots.take("t/after")
    counted = subprocess.run(
        ["git", "diff", "--numstat", before, after], cwd=shop, capture_output=True, text=True, check=True
    ).stdout.split()
    assert line_counts(snapshots.diff(before, after)) == {"odd.txt": (int(counted[0]), int(counted[1]))}


def test_renames_and_binary_files_count_what_git_shows_of_them(shop: Path, tmp_path: Path) -> None:
    snapshots = Snapshots(Git(shop), tmp_path / "private")
    before = snapshots.take("t/before")
    text = (shop / "shop/cart.py").read_text()
    (shop / "shop/cart.py").rename(shop / "shop/basket.py")
    (shop / "shop/basket.py").write_text(text + "# more\n")
    (shop / "README.md").rename(shop / "READ ME.md")
    (shop / "picture.bin").write_bytes(bytes(range(256)))
    assert line_counts(snapshots.diff(before, snapshots.take("t/after"))) == {"shop/basket.py": (1, 0)}


def test_changes_become_what_memory_follows() -> None:
    changes = [
        FileChanged("new.py", "renamed", "old.py", 0, 0),
        FileChanged("made.py", "added", None, 3, 0),
        FileChanged("edited.py", "modified", None, 1, 1),
        FileChanged("gone.py", "deleted", None, 0, 9),
    ]
    commit = as_commit(changes)
    assert (commit.commit, commit.renamed) == (None, (("old.py", "new.py"),))
    assert (commit.deleted, commit.modified) == (("gone.py",), ("made.py", "edited.py"))
