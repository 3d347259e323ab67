"""The hooks in real repositories, run by real git."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.hooks import NAMES, hooks_of, install, uninstall
from tools.git import Git


def git(root, *arguments, **options):
    done = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "Ann")
    git(folder, "config", "user.email", "ann@example.org")
    (folder / "money.py").write_text("def cents(amount):\n    return round(amount * 100)\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "start")
    return folder


def test_hooks_go_in_and_out_and_those_of_others_go_on_to_run(root):
    theirs = root / ".git/hooks/post-commit"
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text('#!/bin/sh\necho "$0 $*" >> ran.txt\nexit 7\n')
    theirs.chmod(0o755)
    before = theirs.read_text()
    assert [hook.state for hook in hooks_of(Git(root))] == ["other", "missing", "missing", "missing"]
    assert {hook.state for hook in install(Git(root))} == {"installed"}
    assert [hook.chained for hook in install(Git(root))] == [True, False, False, False]
    git(root, "commit", "-q", "--allow-empty", "-m", "two")
    assert "post-commit" in (root / "ran.txt").read_text()
    assert [hook.state for hook in uninstall(Git(root))] == ["other", "missing", "missing", "missing"]
    assert theirs.read_text() == before


def test_hooks_path_inside_is_used_and_one_outside_is_left_alone(root, tmp_path):
    git(root, "config", "core.hooksPath", ".githooks")
    install(Git(root))
    assert sorted(file.name for file in (root / ".githooks").iterdir()) == sorted(NAMES)
    git(root, "config", "core.hooksPath", str(tmp_path / "shared"))
    with pytest.raises(ConfigError, match="outside of this repository"):
        install(Git(root))
    assert not (tmp_path / "shared").exists()


def test_a_worktree_shares_the_hooks(root, tmp_path):
    git(root, "worktree", "add", "-q", str(tmp_path / "other"), "-b", "other")
    install(Git(tmp_path / "other"))
    assert {hook.state for hook in hooks_of(Git(root))} == {"installed"}


def test_a_commit_is_not_held_up_and_memory_follows_it(root, tmp_path):
    oldhand = [sys.executable, "-P", "-m", "oldhand"]
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        **{f"XDG_{name}_HOME": str(tmp_path / name) for name in ("DATA", "CONFIG", "CACHE")},
    }

    def memories():
        argv = [*oldhand, "memory", "list", "--json"]
        done = subprocess.run(argv, cwd=root, env=env, capture_output=True, check=True)
        return json.loads(done.stdout)

    subprocess.run([*oldhand, "memory", "add", "Amounts are kept in cents", "--path", "money.py"],
                   cwd=root, env=env, check=True, capture_output=True)  # fmt: skip
    install(Git(root))
    git(root, "mv", "money.py", "cents.py")
    git(root, "commit", "-q", "-m", "rename", env=env)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and memories()[0]["anchors"]["paths"] != ["cents.py"]:
        time.sleep(0.2)
    assert memories()[0]["anchors"]["paths"] == ["cents.py"]


def test_a_missing_program_and_a_broken_store_fail_no_git_command(root, tmp_path):
    install(Git(root))
    for name in NAMES:
        hook = root / ".git/hooks" / name
        hook.write_text(hook.read_text().replace(str(Path(sys.executable).parent), "/nowhere"))
    git(root, "commit", "-q", "--allow-empty", "-m", "two", env={**os.environ, "PATH": "/usr/bin:/bin"})
    (tmp_path / "DATA").write_text("no folder")
    git(root, "switch", "-q", "-c", "other", env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "DATA")})
