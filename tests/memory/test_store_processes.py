"""Several processes on one store: nothing lost, nothing doubled, whoever is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from memory.filters import ANY_STATUS, Where
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft
from memory.scopes import Viewpoint

WRITER = """
import sys
from pathlib import Path
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft
from memory.scopes import Viewpoint

class NoCode:
    def settled(self): return self
    def head(self): return None
    def branch(self): return None
    def has_path(self, path): return True
    def guides(self): return []
    def symbol(self, symbol): return None
    def symbols_with_body(self, body_digest): return []
    def is_ancestor(self, commit): return None
    def has_work_of(self, commit): return None
    def changes(self, since): return []
    def with_moves(self, changes, symbols): return changes

folder, name, count = sys.argv[1:]
memory = Memory(open_store(Path(folder)), NoCode(), Viewpoint(name, "shared"))
print("ready", flush=True)
for number in range(int(count)):
    text = f"{name} learned fact {number} about module{number % 7}"
    written = memory.add(Draft(text), turn=f"{name}-{number}")
    memory.add(Draft("Everybody knows this"), turn=name)
    memory.note_recalled([written.record.id], turn=f"{name}-{number}")
    if number % 5 == 4:
        memory.edit(written.record.id, {"text": f"{name} corrected fact {number}"}, reason="test")
        memory.recall(f"fact {number}")
    print(written.record.id, flush=True)
"""
ROOT = Path(__file__).parents[2]


def start(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", WRITER, str(folder), name, str(count)]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_write_one_is_killed_and_nothing_is_lost(tmp_path, code, clock):
    folder = tmp_path / "data"
    ann, bob = start(folder, "ann", 60), start(folder, "bob", 100_000)
    acknowledged = []
    for line in bob.stdout:
        acknowledged.append(line.strip())
        if len(acknowledged) == 40:
            os.kill(bob.pid, signal.SIGKILL)
            break
    acknowledged += [line.strip() for line in bob.stdout if line.endswith("\n")]
    out, err = ann.communicate(timeout=90)
    _, complaint = bob.communicate()
    assert bob.returncode == -signal.SIGKILL, complaint
    assert ann.returncode == 0, err
    ids = {*acknowledged, *out.split()} - {"ready"}
    store = open_store(folder)
    memory = Memory(store, code, Viewpoint("ann", "shared"), clock)
    records = {record.id: record for record in memory.list(Where(status=ANY_STATUS))}
    assert ids <= set(records)
    assert len({record.text for record in records.values()}) == len(records)
    common = [record for record in records.values() if record.text == "Everybody knows this"]
    assert len(common) == 1
    assert common[0].stats.restated >= 60 + 39 - 1  # one of them added it
    for record in records.values():
        last = [change.after for change in memory.history(record.id) if change.after][-1]
        assert last.text == record.text
    found = memory.search("corrected fact 59")
    assert found[0].record.text == "ann corrected fact 59"
    memory.add(Draft("The store is fine"))
    store.close()


def test_a_process_sees_what_another_wrote_while_it_was_open(tmp_path, code, clock, embedder):
    here, there = (open_store(tmp_path / "data", embedder) for _ in range(2))
    view = Viewpoint("ann", "shared")
    mine, theirs = Memory(here, code, view, clock), Memory(there, code, view, clock)
    assert mine.search("postgres") == []
    record = theirs.add(Draft("Sessions live in Postgres")).record
    assert [item.record.id for item in mine.search("postgres sessions")] == [record.id]
    theirs.edit(record.id, {"text": "Sessions live in Redis"}, reason="changed")
    assert mine.search("redis sessions")[0].record.text == "Sessions live in Redis"
    theirs.forget(record.id)
    assert mine.search("redis sessions") == []


def test_reading_and_following_code_never_import_mem0(tmp_path, memory, about, code):
    script = """
import sys, time
from pathlib import Path
from memory.mem0_store import open_store
store = open_store(Path(sys.argv[1]))
print(len(store.find({"user_id": "repo/payments"})))
assert not {"mem0", "openai", "qdrant_client", "wordllama"} & set(sys.modules)
"""
    memory.add(about("Money is kept in cents", "core/money.py"))
    argv = [sys.executable, "-c", script, str(tmp_path / "data")]
    started = time.monotonic()
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr
    assert time.monotonic() - started < 10
