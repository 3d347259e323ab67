import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memory.errors import MemoryStoreError, StoreDamaged, StoreTooNew
from memory.filters import ANY_STATUS, Where
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft, Kind, Record, Scope
from memory.scopes import Viewpoint

ROOT = Path(__file__).parents[2]
EVERYTHING = Where(status=ANY_STATUS)


def mem0s_log(store):
    log = store._memory().db.connection
    return log.execute("SELECT event, old_memory, new_memory FROM history").fetchall()


def record(text, memory_id="M1234"):
    return Record(memory_id, text, Kind.SEMANTIC, "constraint", Scope(group_id="payments"))


def test_texts_go_through_mem0_and_its_log_is_not_kept(store, tmp_path):
    store.put(record("Retries are three"))
    store.put(record("Retries are five"))
    assert mem0s_log(store) == [
        ("ADD", None, "Retries are three"),
        ("UPDATE", "Retries are three", "Retries are five"),
    ]
    # (config.json is mem0's own, written where it is first loaded: an id that is never sent.)
    kept = {path.name.partition("-")[0] for path in (tmp_path / "data").iterdir()}
    assert kept - {"config.json"} == {"memory.db"}


def test_mem0_reports_nothing_and_leaves_the_environment_as_it_was(tmp_path):
    script = """
import os, sys
sys.addaudithook(lambda event, args: event.startswith("socket.connect") and sys.exit(f"{event} {args}"))
before = dict(os.environ)
from pathlib import Path
from memory.mem0_store import open_store
store = open_store(Path(sys.argv[1]))
store.ready_to_write()
store.close()
assert dict(os.environ) == before
from mem0.memory import telemetry
print(telemetry.MEM0_TELEMETRY)
"""
    argv = [sys.executable, "-c", script, str(tmp_path / "data")]
    env = {**os.environ, "HOME": str(tmp_path / "home")}
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr
    assert not (tmp_path / "home").exists()


def test_writing_twice_is_writing_once(store):
    store.put(record("Retries are three"))
    store.put(record("Retries are three"))
    assert store.find({"user_id": "repo/payments"}) == [record("Retries are three")]
    assert len(mem0s_log(store)) == 1


def test_a_write_that_fails_halfway_leaves_nothing_and_can_be_repeated(store):
    with pytest.raises(PowerCut):
        write_and_fail(store, record("Retries are three"))
    assert store.get("M1234") is None
    store.put(record("Retries are three"))
    assert len(store.find({})) == 1
    assert len(store.nearest("retries", {"user_id": "repo/payments"}, 5)) == 1


def test_another_embedder_never_meets_the_old_vectors(store, tmp_path):
    class Backwards:
        name = "test/backwards"
        dims = 8
        compared = 2
        trust = 0.5

        def likeness(self, query, texts):
            return [0.5 for _ in texts]

        def embed(self, texts):
            vectors = np.zeros((len(texts), self.dims), np.float32)
            for vector, text in zip(vectors, texts, strict=True):
                vector[len(text) % self.dims] = 1
            return vectors

    store.put(record("12345"))
    store.put(replace(record("1234567890123"), id="M5678"))
    store.put(replace(record("1234"), id="M9999"))
    store.close()
    other = open_store(tmp_path / "data", Backwards())
    found = other.nearest("54321", {"user_id": "repo/payments"}, 2)
    assert {hit.record.id for hit in found} == {"M1234", "M5678"}
    assert [hit.meaning for hit in found] == [pytest.approx(1.0)] * 2


def test_a_file_that_is_no_store_is_named_with_a_remedy(tmp_path):
    (tmp_path / "memory.db").write_bytes(b"not a database at all, but long enough to be read as one" * 50)
    with pytest.raises(StoreDamaged, match="Move it away"):
        open_store(tmp_path)


def test_a_store_from_the_future_is_left_alone(tmp_path, embedder):
    open_store(tmp_path, embedder).close()
    with sqlite3.connect(tmp_path / "memory.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreTooNew, match="Update oldhand"):
        open_store(tmp_path)


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MemoryStoreError, match="cannot be used"):
        open_store(tmp_path / "file" / "data")


def test_forgetting_leaves_no_bytes_behind(tmp_path, code, clock, embedder, about):
    folder = tmp_path / "data"
    store = open_store(folder, embedder)
    memory = Memory(store, code, Viewpoint("alice", "payments"), clock)
    bystander = memory.add(Draft("The ledger is append only")).record
    forgotten = []
    for number in range(20):
        draft = about(
            f"zyxword{number}alpha knows the quuxterm{number}", "core/money.py", because=f"wobble{number}x"
        )
        added = memory.add(draft, turn="t").record
        changes = {"text": f"vexword{number}beta replaced it"}
        memory.edit(added.id, changes, reason=f"grumble{number}", turn="t")
        memory.credit([added.id], True, turn="t")
        forgotten.append(added.id)
    marks = [b"zyxword", b"vexword", b"quuxterm", b"wobble", b"grumble"]
    assert all(mark in raw_bytes(folder) for mark in marks)
    memory.forget(forgotten[0])
    assert b"zyxword0alpha" not in raw_bytes(folder)
    memory.forget_all(forgotten[1:])
    for mark in marks:
        assert mark not in raw_bytes(folder)
    assert memory.list(EVERYTHING) == [bystander]
    assert {item.record.id for item in memory.search("zyxword3alpha replaced vexword3beta")} <= {bystander.id}
    assert memory.undo("t").removed == []
    store.close()
    assert all(mark not in raw_bytes(folder) for mark in marks)


class PowerCut(Exception):
    """Comes between two writes."""


def write_and_fail(store, written):
    with store.transaction():
        store.put(written)
        raise PowerCut


def raw_bytes(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_loading_mem0_spares_the_client_of_a_store_that_is_not_ours_and_hides_it_from_nobody(tmp_path):
    script = f"""
import sys
from pathlib import Path
from memory.mem0_store import _import_mem0
_import_mem0(Path({str(tmp_path)!r}))
assert not any(name.startswith("qdrant_client") for name in sys.modules)
from qdrant_client import QdrantClient
assert QdrantClient(":memory:").get_collections().collections == []
"""
    subprocess.run([sys.executable, "-c", script], check=True)
