"""Random histories of a person and of whole turns: edits, shell commands and memories, undone and redone."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from evals.memory_bench.bare import NoCode
from graph.errors import NothingToRedo
from graph.ledger import Ledger, Turn
from graph.undo import MadeAgain, TakenBack, redo, undo
from memory.filters import ANY_STATUS, Where
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft, Record
from memory.scopes import Viewpoint
from tests.playing import embedder
from tests.tools.test_undo_properties import PATHS, STEPS, State, act, check, state_of
from tools.edits import EditTools
from tools.errors import ToolError
from tools.git import Git
from tools.permissions import Gate, Permissions
from tools.process import inherited_environment, run
from tools.read_ledger import ReadLedger
from tools.sandbox import NONE
from tools.shell import ShellTools
from tools.snapshots import Snapshots
from tools.workspace import Workspace

COMMANDS = (
    "sed -i 's/3/three/' {path}",
    "mkdir -p d/e && cp {path} d/e/c.txt",
    "rm -rf {path}",
    "mv {path} {other}",
    "ln -sf {path} link",
    "chmod +x {path}",
    "printf '%s\\n' {token} >> {path}",
    "tr a-z A-Z < {path} > {other}",
)
ACTIONS = st.one_of(
    st.tuples(st.sampled_from(["write_file", "replace", "move", "delete"]), PATHS, PATHS),
    st.tuples(st.sampled_from(COMMANDS), PATHS, PATHS),
    st.tuples(st.sampled_from(["remember", "reword", "use", "supersede"]), PATHS, PATHS),
)
Beliefs = dict[str, Record]


class WholeTurns(RuleBasedStateMachine):
    """Turns act by the tools that a model has; the person acts on files and memories as they like."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="turns-"))
        self.root = self.folder / "work"
        self.root.mkdir()
        script = "git init -q -b main && git config user.name A && git config user.email a@b && "
        script += "printf '1\\n2\\n3\\n4\\n5\\n' > a.txt && git add . && git commit -qm 1"
        run(["bash", "-c", script], cwd=self.root, timeout_s=60)
        self.ledger = Ledger(self.folder / "ledger.db")
        self.snapshots = Snapshots(Git(self.root), self.folder / "snapshots")
        self.store = open_store(self.folder / "memory", embedder())
        self.memory = Memory(self.store, NoCode(), Viewpoint("ada", "work"))
        workspace = Workspace(self.root)
        gate = Gate(Permissions(sandboxed=True), lambda *_: True)
        self.edits = EditTools(workspace, gate, ReadLedger(), lambda *_: None)
        self.shell = ShellTools(workspace, NONE, gate, inherited_environment())
        self.ends: dict[str, tuple[State, State, Beliefs, Beliefs]] = {}
        self.undone: list[str] = []
        self.over: set[str] = set()  # undone, and no redo brings them back
        self.count = 0

    def token(self, who: str) -> str:
        self.count += 1
        return f"{who}-{self.count}"

    def beliefs(self) -> Beliefs:
        return {record.id: record for record in self.memory.list(Where(status=ANY_STATUS))}

    @initialize(path=PATHS)
    def the_person_has_work_of_their_own(self, path: str) -> None:
        act(self.root, "write", path, path, self.token("user"))

    @rule(step=STEPS, path=PATHS, other=PATHS)
    def the_person_edits_a_file(self, step: str, path: str, other: str) -> None:
        act(self.root, step, path, other, self.token("user"))

    @rule(pick=st.integers(0, 9))
    def the_person_edits_a_memory(self, pick: int) -> None:
        known = list(self.beliefs().values())
        if pick < len(known):
            self.memory.edit(known[pick].id, {"text": f"So says {self.token('user')}"}, reason="mine")
        else:
            self.memory.add(Draft(f"The rule of {self.token('user')}"))

    @rule(actions=st.lists(ACTIONS, min_size=1, max_size=5))
    def a_turn(self, actions: list[tuple[str, str, str]]) -> None:
        name = f"s.{len(self.ends) + 1}"
        before = self.snapshots.take(f"{name}/before")
        when = datetime.now(UTC).isoformat()
        self.ledger.open(Turn(name, "s", "run", "work", str(self.root), "ada", "Do", when, 1, before))
        for ended in self.ledger.end_redo(self.root):
            self.memory.let_go(ended)
        self.over |= {*self.undone}
        self.undone = []
        files, beliefs = state_of(self.root), self.beliefs()
        for kind, path, other in actions:
            self.perform(kind, path, other, name)
        after = self.snapshots.take(f"{name}/after")
        self.ledger.close(name, "passed", "Done.", after)
        self.ends[name] = (files, state_of(self.root), beliefs, self.beliefs())
        with pytest.raises(NothingToRedo):
            self.ledger.to_redo(self.root, None)

    def perform(self, kind: str, path: str, other: str, turn: str) -> None:
        token = self.token("agent")
        known = list(self.beliefs().values())
        text = f"In {token} it was learned"
        if kind == "remember" or (kind in ("reword", "use", "supersede") and not known):
            self.memory.add(Draft(text), turn=turn)
        elif kind == "reword":
            self.memory.edit(known[self.count % len(known)].id, {"text": text}, reason="more", turn=turn)
        elif kind == "use":
            self.memory.credit([record.id for record in known], True, turn=turn)
        elif kind == "supersede":
            self.memory.add(Draft(text, supersedes=(known[self.count % len(known)].id,)), turn=turn)
        else:
            self.act_on_files(kind, path, other, token)

    def act_on_files(self, kind: str, path: str, other: str, token: str) -> None:
        calls: dict[str, Callable[[], str]] = {
            "write_file": lambda: self.edits.write_file(path, f"{token}\n1\n2\n3\n4\n5\n"),
            "replace": lambda: self.edits.replace(path, "3\n", f"3\n{token}\n"),
            "move": lambda: self.edits.move(path, other),
            "delete": lambda: self.edits.delete(path),
        }
        quoted = {"path": f"'{path}'", "other": f"'{other}'", "token": token}
        with suppress(ToolError, OSError):  # as with a model: it is told, and tries another way
            calls[kind]() if kind in calls else self.shell.shell(kind.format(**quoted))

    @rule(which=st.integers(0, 3))
    def the_person_undoes_a_turn(self, which: int) -> None:
        left = [name for name in self.ends if name not in {*self.undone, *self.over}]
        if left:
            name = left[-1] if which else left[0]  # mostly the last one, at times the first
            turn = self.ledger.to_undo(self.root, name)
            self.settle(name, back=True, act=lambda: undo(turn, self.ledger, self.snapshots, self.memory))
            self.undone.append(name)

    @rule()
    def the_person_redoes_a_turn(self) -> None:
        if self.undone:
            name = self.undone.pop()
            turn = self.ledger.to_redo(self.root, None)
            assert turn.turn == name
            self.settle(name, back=False, act=lambda: redo(turn, self.ledger, self.snapshots, self.memory))

    def settle(self, name: str, *, back: bool, act: Callable[[], TakenBack | MadeAgain]) -> None:
        first, last, believed_first, believed_last = self.ends[name]
        target, expected = (first, last) if back else (last, first)
        goal, base = (believed_first, believed_last) if back else (believed_last, believed_first)
        now, believed = state_of(self.root), self.beliefs()
        done = act()
        then, beliefs = state_of(self.root), self.beliefs()
        check(now, then, target, expected, set(done.files.conflicts), set(done.files.merged))
        if believed == base:
            assert beliefs == goal
            assert done.kept_memories == []
        mine = {record.text for record in believed.values() if "user" in record.text}
        lost = mine - {record.text for record in beliefs.values()}
        assert lost <= texts(base) - texts(goal)  # gone by the turn itself, and by nothing else

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


def texts(beliefs: Beliefs) -> set[str]:
    """What is said in memories."""
    return {record.text for record in beliefs.values()}


SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.timeout(120)
def test_whole_turns_are_undone_and_redone_and_nothing_of_the_persons_is_lost() -> None:
    run_state_machine_as_test(WholeTurns, settings=settings(SETTINGS, max_examples=8, stateful_step_count=8))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_whole_turns_are_undone_and_redone_in_many_histories() -> None:
    run_state_machine_as_test(
        WholeTurns, settings=settings(SETTINGS, max_examples=500, stateful_step_count=12)
    )
