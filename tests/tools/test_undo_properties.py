"""Random histories of a user and an agent in one work tree: what the user wrote is never lost."""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tools.git import Git
from tools.snapshots import Snapshots

# "d" is a file in some names and a folder in others on purpose.
PATHS = st.sampled_from(["a.txt", "d", "d/b.txt", "d/e/c.txt", "sp ace.txt", "ü/ü.txt"])
STEPS = st.sampled_from(["write", "append", "prepend", "delete", "rename", "executable", "link"])
State = dict[str, tuple[str, bytes]]


def state_of(root: Path) -> State:
    """Every file: its kind and its content."""
    found: State = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in [*files, *links]:
            path = Path(folder) / name
            key = path.relative_to(root).as_posix()
            if path.is_symlink():
                found[key] = ("link", os.fsencode(path.readlink()))
            else:
                kind = "program" if path.stat().st_mode & stat.S_IXUSR else "file"
                found[key] = (kind, path.read_bytes())
    return found


def act(root: Path, step: str, path: str, other: str, token: str) -> None:
    """One step of whoever acts; steps that the file system forbids do nothing."""
    file = root / path
    try:
        if step in ("write", "append", "prepend"):
            old = file.read_text() if file.is_file() and not file.is_symlink() else ""
            new = {"write": "1\n2\n3\n4\n5\n", "append": f"{old}{token}\n", "prepend": f"{token}\n{old}"}[
                step
            ]
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.is_symlink():
                file.unlink()
            file.write_text(new if step != "write" else new + token + "\n")
        elif step == "delete":
            shutil.rmtree(file) if file.is_dir() and not file.is_symlink() else file.unlink()
        elif step == "rename":
            (root / other).parent.mkdir(parents=True, exist_ok=True)
            file.rename(root / other)
        elif step == "executable":
            file.chmod(file.stat().st_mode ^ 0o111)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.symlink_to(token)
    except OSError:
        pass


def check(
    now: State, then: State, target: State, expected: State, conflicts: set[str], merged: set[str]
) -> None:
    """What became of each path when a turn went from `expected` to `target`, in a tree that was `now`."""
    for path in now.keys() | then.keys() | target.keys() | expected.keys():
        was, has, goal, base = (state.get(path) for state in (now, then, target, expected))
        if goal == base or path in conflicts:
            assert has == was, path  # not part of the turn, or left alone
        elif was == base:
            assert has == goal, path  # as the agent left it: taken back
        elif was == goal:
            assert has == was, path
        else:
            assert path in merged, path
            assert was is not None
            assert has is not None
            mine = set(was[1].split()) - set((base or ("", b""))[1].split())
            assert mine <= set(has[1].split()), path  # what the user wrote since is still there


class UndoMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="undo-"))
        subprocess.run(
            "git init -q -b main && git config user.name A && git config user.email a@b && "
            "printf '*.log\\n' > .gitignore && echo ignored > x.log && "
            "printf '1\\n2\\n3\\n4\\n5\\n' > a.txt && "
            "git add . && git commit -qm 1",
            shell=True,
            cwd=self.root,
            check=True,
        )
        self.private_folder = tempfile.mkdtemp(prefix="undo-private-")
        self.snapshots = Snapshots(Git(self.root), Path(self.private_folder))
        self.turns: list[tuple[str, str, State, State]] = []
        self.count = 0
        self.private = self.watched()

    def watched(self) -> tuple[bytes, str]:
        seen = subprocess.run(
            "git rev-parse HEAD; git symbolic-ref HEAD; git stash list; git reflog --all",
            shell=True, cwd=self.root, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        return (self.root / ".git" / "index").read_bytes(), seen

    def token(self, who: str) -> str:
        self.count += 1
        return f"{who}-{self.count}"

    @initialize(path=PATHS)
    def the_user_has_work_of_their_own(self, path: str) -> None:
        act(self.root, "write", path, path, self.token("user"))

    @rule(step=STEPS, path=PATHS, other=PATHS)
    def the_user_acts(self, step: str, path: str, other: str) -> None:
        act(self.root, step, path, other, self.token("user"))

    @rule(steps=st.lists(st.tuples(STEPS, PATHS, PATHS), min_size=1, max_size=4))
    def the_agent_takes_a_turn(self, steps: list[tuple[str, str, str]]) -> None:
        number = len(self.turns)
        before, state_before = self.snapshots.take(f"{number}/before"), state_of(self.root)
        for step, path, other in steps:
            act(self.root, step, path, other, self.token("agent"))
        after, state_after = self.snapshots.take(f"{number}/after"), state_of(self.root)
        self.turns.append((before, after, state_before, state_after))

    @precondition(lambda self: self.turns)
    @rule(which=st.integers(0, 10), redo=st.booleans())
    def a_turn_is_undone_or_redone(self, which: int, redo: bool) -> None:
        before, after, target, expected = self.turns[-1 - which % len(self.turns)]
        if redo:
            before, after, target, expected = after, before, expected, target
        now = state_of(self.root)
        result = self.snapshots.revert(before, after)
        check(now, state_of(self.root), target, expected, set(result.conflicts), set(result.merged))

    def teardown(self) -> None:
        try:
            assert self.watched() == self.private
            assert (self.root / "x.log").read_text() == "ignored\n"
        finally:
            shutil.rmtree(self.root)
            shutil.rmtree(self.private_folder)


SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck), stateful_step_count=8)


def test_undo_and_redo_never_lose_the_users_work() -> None:
    run_state_machine_as_test(UndoMachine, settings=settings(SETTINGS, max_examples=25))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_undo_and_redo_never_lose_the_users_work_in_many_histories() -> None:
    run_state_machine_as_test(
        UndoMachine, settings=settings(SETTINGS, max_examples=500, stateful_step_count=15)
    )
