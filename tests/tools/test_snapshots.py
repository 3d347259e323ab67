import itertools
import os
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import raw_index
from tools.errors import GitFailed
from tools.git import FileChange, Git
from tools.restoring import Entry, parse_differences, settle
from tools.sandbox import detect
from tools.snapshots import Snapshots

Shell = Callable[[str], str]


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return tmp_path / "data" / "private"


@pytest.fixture
def snapshots(git: Git, private: Path) -> Snapshots:
    return Snapshots(git, private)


def test_a_turn_is_taken_back_and_brought_again(snapshots: Snapshots, sh: Shell, repository: Path) -> None:
    sh("echo a > a; echo gone > gone; mkdir d; echo m > d/m; ln -s a link; git add .; git commit -qm 1")
    sh("echo dirty >> a; echo untracked > u")
    before = snapshots.take("t/before")
    sh("echo agent > a; rm gone link; mv d e; chmod +x u; mkdir -p n/n; echo n > n/n/n; ln -s u link2")
    after = snapshots.take("t/after")

    undone = snapshots.revert(before, after)
    assert undone.conflicts == undone.merged == []
    assert sorted(undone.removed) == ["e/m", "link2", "n/n/n"]
    assert (repository / "a").read_text() == "a\ndirty\n"
    assert (repository / "gone").read_text() == "gone\n"
    assert (repository / "link").readlink() == Path("a")
    assert (repository / "d" / "m").read_text() == "m\n"
    assert not (repository / "n").exists()
    assert not (repository / "e").exists()
    assert not os.access(repository / "u", os.X_OK)
    assert snapshots.changes(before, snapshots.take("t/now")) == []

    snapshots.revert(after, before)
    assert snapshots.changes(after, snapshots.take("t/now")) == []
    assert os.access(repository / "u", os.X_OK)


def test_a_new_file_that_was_edited_since_is_left_and_told(
    snapshots: Snapshots, sh: Shell, repository: Path
) -> None:
    before = snapshots.take("b")
    sh("echo agent > new")
    after = snapshots.take("a")
    sh("echo mine >> new")
    assert snapshots.revert(before, after).conflicts == ["new"]
    assert (repository / "new").read_text() == "agent\nmine\n"


def test_edits_elsewhere_in_a_file_are_merged_around(
    snapshots: Snapshots, sh: Shell, repository: Path
) -> None:
    sh("seq 20 > f")
    before = snapshots.take("b")
    sh("sed -i 's/^3$/agent/' f")
    after = snapshots.take("a")
    sh("sed -i 's/^17$/mine/' f")
    assert snapshots.revert(before, after).merged == ["f"]
    expected = [str(n) for n in range(1, 21)]
    expected[16] = "mine"
    assert (repository / "f").read_text().split() == expected


def test_edits_in_the_same_place_are_left_as_they_are(
    snapshots: Snapshots, sh: Shell, repository: Path
) -> None:
    sh("seq 20 > f")
    before = snapshots.take("b")
    sh("sed -i 's/^3$/agent/' f")
    after = snapshots.take("a")
    sh("sed -i 's/^agent$/mine/' f")
    assert snapshots.revert(before, after).conflicts == ["f"]
    assert "mine" in (repository / "f").read_text()


def test_index_stash_head_branch_and_reflog_stay_as_they_were(
    snapshots: Snapshots, sh: Shell, repository: Path
) -> None:
    sh(
        "echo a > a; git add .; git commit -qm 1; echo s > a; git stash -q; "
        "echo staged > a; git add a; echo w > a"
    )
    hook = repository / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {repository}/hooked\n")
    hook.chmod(0o755)
    watched = "git stash list; git reflog --all; git symbolic-ref HEAD; git rev-parse HEAD; git ls-files -s"
    seen, index = sh(watched), (repository / ".git" / "index").read_bytes()
    before = snapshots.take("b")
    sh("echo agent > a; echo n > n")
    snapshots.revert(before, snapshots.take("a"))
    assert (repository / ".git" / "index").read_bytes() == index
    assert sh(watched) == seen
    assert sorted(path.name for path in repository.iterdir()) == [".git", "a"]


def test_what_git_would_convert_comes_back_byte_for_byte(
    snapshots: Snapshots, sh: Shell, repository: Path
) -> None:
    sh(
        "git config core.autocrlf true; "
        "printf '* text=auto\\n*.id ident\\n*.up filter=up\\n' > .gitattributes"
    )
    sh("git config filter.up.clean 'tr a-z A-Z'; git config filter.up.smudge 'tr A-Z a-z'")
    contents = {"mixed.txt": b"a\r\nb\nc\r\n", "x.id": b"$Id: 123 $\n", "x.up": b"MiXed\n"}
    for name, data in contents.items():
        (repository / name).write_bytes(data)
    before = snapshots.take("b")
    sh("rm -f mixed.txt x.id x.up")
    snapshots.revert(before, snapshots.take("a"))
    assert {name: (repository / name).read_bytes() for name in contents} == contents


def test_two_edits_of_equal_size_within_a_clock_tick_are_seen(snapshots: Snapshots, repository: Path) -> None:
    file = repository / "f"
    seen = []
    for letter in "abcdefgh":
        file.write_text(letter)
        os.utime(file, (1_700_000_000, 1_700_000_000))  # the worst clock: it stands still
        seen.append(snapshots.take(f"tick/{letter}"))
    for before, after in itertools.pairwise(seen):
        assert snapshots.changes(before, after) == [FileChange("modified", "f")]
    file.write_text("x")
    fast = snapshots.take("fast")
    file.write_text("y")
    assert snapshots.changes(fast, snapshots.take("faster")) == [FileChange("modified", "f")]


def test_ignored_files_are_left_alone_even_when_the_rules_change(
    snapshots: Snapshots, sh: Shell, repository: Path
) -> None:
    sh("printf '*.log\\nbuild/\\n' > .gitignore; echo precious > a.log; mkdir build; echo out > build/out")
    before = snapshots.take("b")
    sh("rm .gitignore; echo n > n")
    after = snapshots.take("a")
    undone = snapshots.revert(before, after)
    assert (repository / "a.log").read_text() == "precious\n"
    assert (repository / "build" / "out").read_text() == "out\n"
    assert sorted(undone.conflicts) == ["a.log", "build/out"]
    assert undone.removed == ["n"]


def test_a_tracked_file_that_is_ignored_too_is_part_of_it(
    snapshots: Snapshots, sh: Shell, repository: Path
) -> None:
    sh("echo x > a.log; git add .; git commit -qm 1; echo '*.log' > .gitignore")
    before = snapshots.take("b")
    sh("echo agent > a.log")
    snapshots.revert(before, snapshots.take("a"))
    assert (repository / "a.log").read_text() == "x\n"


def test_repositories_inside_are_left_alone(
    snapshots: Snapshots, sh: Shell, repository: Path, tmp_path: Path
) -> None:
    subprocess.run(
        "git init -q sub && git -C sub -c user.name=a -c user.email=a@b commit -q --allow-empty -m s",
        shell=True,
        cwd=tmp_path,
        check=True,
    )
    sh(
        "git -c protocol.file.allow=always submodule add -q ../sub sub; "
        "git commit -qm sub; git init -q nested"
    )
    before = snapshots.take("b")
    sh("echo x > nested/x; echo x > sub/x; echo y > y")
    after = snapshots.take("a")
    assert [change.path for change in snapshots.changes(before, after)] == ["y"]
    assert snapshots.left_out(after) == {"nested/": "repository", "sub/": "repository"}
    snapshots.revert(before, after)
    assert (repository / "nested" / "x").exists()
    assert (repository / "sub" / "x").exists()


def test_files_that_are_too_large_are_told_and_never_removed(
    snapshots: Snapshots, sh: Shell, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_index, "LARGE_BYTES", 1000)
    sh("head -c 2000 /dev/zero > big")
    before = snapshots.take("b")
    assert snapshots.left_out(before) == {"big": "large"}
    sh("echo small > big")
    after = snapshots.take("a")
    assert snapshots.revert(before, after).conflicts == ["big"]
    assert (repository / "big").read_text() == "small\n"


def test_a_file_becomes_a_folder_and_back(snapshots: Snapshots, sh: Shell, repository: Path) -> None:
    sh("echo f > a; mkdir d; echo m > d/m; git add .; git commit -qm 1")
    before = snapshots.take("b")
    sh("rm a; mkdir a; echo x > a/x; rm -r d; echo d > d")
    after = snapshots.take("a")
    snapshots.revert(before, after)
    assert ((repository / "a").read_text(), (repository / "d" / "m").read_text()) == ("f\n", "m\n")
    snapshots.revert(after, before)
    assert ((repository / "a" / "x").read_text(), (repository / "d").read_text()) == ("x\n", "d\n")


def test_nothing_is_written_through_a_link_that_took_a_folders_place(
    snapshots: Snapshots, sh: Shell, repository: Path, tmp_path: Path
) -> None:
    sh("mkdir d; echo m > d/m")
    before = snapshots.take("b")
    sh("echo agent > d/m")
    after = snapshots.take("a")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "m").write_text("agent\n")
    sh("rm -r d; ln -s ../outside d")
    assert snapshots.revert(before, after).conflicts == ["d/m"]
    assert (tmp_path / "outside" / "m").read_text() == "agent\n"
    assert (repository / "d").is_symlink()


def test_a_users_folder_in_the_way_is_a_conflict(snapshots: Snapshots, sh: Shell, repository: Path) -> None:
    sh("echo a > a")
    before = snapshots.take("b")
    sh("rm a")
    after = snapshots.take("a")
    sh("mkdir a; echo mine > a/mine")
    assert snapshots.revert(before, after).conflicts == ["a"]
    assert (repository / "a" / "mine").read_text() == "mine\n"


def test_permission_bits_of_a_changed_file_stay(snapshots: Snapshots, sh: Shell, repository: Path) -> None:
    sh("echo a > a; chmod 640 a")
    before = snapshots.take("b")
    sh("echo b > a")
    snapshots.revert(before, snapshots.take("a"))
    assert stat.S_IMODE((repository / "a").stat().st_mode) == 0o640


def test_strange_names_are_kept(snapshots: Snapshots, repository: Path) -> None:
    names = ["sp ace", "new\nline", "ü", '"q"', "-dash", os.fsdecode(b"\xff"), ":(top)x"]
    for name in names:
        (repository / name).write_text(name, errors="surrogateescape")
    before = snapshots.take("b")
    for name in names:
        (repository / name).unlink()
    assert sorted(snapshots.revert(before, snapshots.take("a")).restored) == sorted(names)
    assert all((repository / name).exists() for name in names)


def test_snapshots_are_listed_and_dropped(snapshots: Snapshots, sh: Shell) -> None:
    first, second = snapshots.take("run/1"), snapshots.take("run/2")
    assert snapshots.names() == {"run/1": first, "run/2": second}
    snapshots.drop("run/1")
    snapshots.drop("run/1")
    assert list(snapshots.names()) == ["run/2"]
    with pytest.raises(GitFailed, match="cannot be called"):
        snapshots.take("a..b")


def test_the_difference_is_shown_as_a_diff(snapshots: Snapshots, sh: Shell) -> None:
    sh("echo a > a; echo b > b")
    before = snapshots.take("b")
    sh("echo A > a; echo B > b")
    diff = snapshots.diff(before, snapshots.take("a"), ["a"])
    assert "-a\n+A\n" in diff
    assert "+B" not in diff


def test_a_snapshot_in_a_linked_work_tree_is_its_own(
    snapshots: Snapshots, sh: Shell, repository: Path, tmp_path: Path
) -> None:
    sh("echo a > a; git add .; git commit -qm 1; git worktree add -q ../linked -b side")
    linked = Snapshots(Git(tmp_path / "linked"), tmp_path / "private of linked")
    before = linked.take("side/b")
    (tmp_path / "linked" / "a").write_text("agent\n")
    linked.revert(before, linked.take("side/a"))
    assert (tmp_path / "linked" / "a").read_text() == "a\n"
    assert (repository / "a").read_text() == "a\n"


def test_a_stale_lock_of_a_killed_run_does_not_stop_the_next(
    snapshots: Snapshots, sh: Shell, private: Path
) -> None:
    snapshots.take("a")
    (private / "index.lock").write_text("")
    sh("echo x > x")
    assert snapshots.take("b")


def test_settings_planted_in_our_folder_do_not_count(
    snapshots: Snapshots, sh: Shell, repository: Path, private: Path
) -> None:
    sh("echo a > a")
    snapshots.take("a")
    (private / "config").write_text(f'[filter "x"]\nclean = touch {repository}/ran; cat\n')
    (private / "info" / "attributes").write_text("* filter=x\n")
    sh("echo b > a")
    snapshots.take("b")
    assert not (repository / "ran").exists()


def test_garbage_collection_keeps_what_is_kept(snapshots: Snapshots, sh: Shell, repository: Path) -> None:
    sh("echo precious > u")
    before = snapshots.take("b")
    sh("rm u; git gc -q --prune=now")
    snapshots.revert(before, snapshots.take("a"))
    assert (repository / "u").read_text() == "precious\n"


def test_what_an_earlier_snapshot_stored_may_be_gone_by_the_next(
    snapshots: Snapshots, sh: Shell, repository: Path
) -> None:
    (repository / "u").write_text("precious\n")
    snapshots.take("a")
    snapshots.drop("a")
    sh("git prune --expire=now")
    before = snapshots.take("b")
    sh("rm u")
    snapshots.revert(before, snapshots.take("c"))
    assert (repository / "u").read_text() == "precious\n"


def test_a_snapshot_may_be_taken_while_a_confined_command_runs(
    snapshots: Snapshots, repository: Path, tmp_path: Path
) -> None:
    sandbox = detect(repository)
    if not sandbox.confines:
        pytest.skip(sandbox.reason)
    argv = sandbox.wrap(["sh", "-c", "touch begun; until test -e taken; do sleep 0.01; done"])
    with subprocess.Popen(argv, cwd=repository) as command:
        while not (repository / "begun").exists():
            time.sleep(0.01)
        snapshots.take("during")
        (repository / "taken").touch()
        assert command.wait() == 0
    assert snapshots.take("after")
    assert snapshots.changes("refs/oldhand/during", "refs/oldhand/after")


def test_a_second_snapshot_of_many_files_is_quick(snapshots: Snapshots, repository: Path) -> None:
    for number in range(3000):
        (repository / f"f{number}").write_text(str(number))
    snapshots.take("first")
    before = os.times()
    snapshots.take("second")
    after = os.times()
    assert sum(after[:4]) - sum(before[:4]) < 1  # seconds of CPU, git's included: others share the machine


def test_settling_is_by_what_is_expected() -> None:
    old, new, other = (Entry("100644", blob) for blob in ("old", "new", "other"))
    assert settle(old, new, new) == "write"
    assert settle(None, new, new) == "remove"
    assert settle(old, None, None) == "write"
    assert settle(old, new, old) == "nothing"
    assert settle(old, new, other) == "merge"
    assert settle(old, new, None) == "merge"


def test_raw_differences_are_read() -> None:
    raw = b":000000 100644 0000 1111 A\0new\nline\0:100755 000000 2222 0000 D\0b\0"
    added, deleted = parse_differences(raw)
    assert (added.path, added.target, added.expected) == ("new\nline", None, Entry("100644", "1111"))
    assert (deleted.path, deleted.target, deleted.expected) == ("b", Entry("100755", "2222"), None)
