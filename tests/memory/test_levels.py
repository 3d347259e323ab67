import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.memory_bench.bare import NoCode
from memory.endpoint import Address, Endpoint
from memory.light import Light
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft
from memory.scopes import Viewpoint
from tests.embeddings_endpoint import DIMS, EmbeddingsEndpoint, vectors_of

ROOT = Path(__file__).parents[2]
LIGHT = Light()
ALICE = Viewpoint("alice", "payments")


class Made:
    """A finer level with vectors that tell which text they were made of."""

    dims, compared, trust = DIMS, 2, 0.5

    def __init__(self, name="made"):
        self.name = name
        self.embedded = []

    def embed(self, texts):
        self.embedded += texts
        return vectors_of(texts) if len(texts) else np.empty((0, DIMS), np.float32)

    def likeness(self, query, texts):
        return [0.5 for _ in texts]


@pytest.fixture
def service():
    with EmbeddingsEndpoint() as started:
        yield started


def stored_vectors(folder):
    with sqlite3.connect(folder / "memory.db") as connection:
        sql = (
            "SELECT v.embedder, json_extract(p.payload, '$.data'), v.vector FROM vectors v "
            "LEFT JOIN points p ON p.row = v.row"
        )
        return connection.execute(sql).fetchall()


def test_an_endpoint_is_asked_in_batches_with_the_key_and_its_vectors_decide(service, tmp_path, code):
    endpoint = Endpoint(Address(service.base_url, "embed-1", key="secret"), LIGHT)
    memory = Memory(open_store(tmp_path, LIGHT, endpoint), code, ALICE)
    written = [
        memory.add(Draft(f"Ledger rule {number} is kept", level="repo")).record for number in range(70)
    ]
    found = memory.search("Ledger rule 17 is kept", limit=1)
    assert found[0].record.id == written[17].id
    assert sorted(len(texts) for texts in service.asked) == [1, 6, 64]
    assert set(service.keys) == {"Bearer secret"}
    assert memory.notices() == []


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (500, None, "refused with HTTP 500"),
        (200, {"nothing": 1}, "does not answer with embeddings"),
        (200, {"data": []}, "does not answer with embeddings"),
    ],
)
def test_where_an_endpoint_fails_one_sentence_says_so_and_light_finds(
    service, tmp_path, code, status, answer, said
):
    service.status, service.answer = status, answer
    endpoint = Endpoint(Address(service.base_url, "embed-1"), LIGHT)
    memory = Memory(open_store(tmp_path, LIGHT, endpoint), code, ALICE)
    record = memory.add(Draft("The ledger is append only")).record
    assert [item.record.id for item in memory.search("ledger")] == [record.id]
    (notice,) = memory.notices()
    assert said in notice
    assert notice.endswith("The light level was used instead.")
    assert memory.notices() == []


def test_an_endpoint_that_is_not_there_is_named(tmp_path, code):
    with EmbeddingsEndpoint() as service:
        url = service.base_url
    memory = Memory(open_store(tmp_path, LIGHT, Endpoint(Address(url, "m"), LIGHT)), code, ALICE)
    memory.add(Draft("The ledger is append only"))
    assert memory.recall("ledger").fed
    assert f"{url} (model m) cannot be reached" in memory.notices()[0]


def test_a_memory_that_another_process_changes_is_embedded_anew(tmp_path, code):
    finer = Made()
    ours = Memory(open_store(tmp_path, LIGHT, finer), code, ALICE)
    theirs = Memory(open_store(tmp_path, LIGHT), code, ALICE)
    record = ours.add(Draft("The ledger is append only")).record
    ours.search("ledger")
    theirs.edit(record.id, {"text": "The ledger is rewritten every night"}, reason="changed")
    found = ours.search("The ledger is rewritten every night")
    assert found[0].record.id == record.id
    assert finer.embedded.count("The ledger is rewritten every night") == 2  # the query, and the memory
    assert_no_vector_is_of_another_text(tmp_path, finer)


def test_changing_the_embedder_goes_on_where_it_was_killed(tmp_path, code):
    memory = Memory(open_store(tmp_path, LIGHT), code, ALICE)
    for number in range(150):
        memory.add(Draft(f"Ledger rule {number} is kept"))
    script = """
import os, sys
from pathlib import Path
from memory.mem0_store import open_store
from tests.memory.test_levels import LIGHT, Made
finer = Made()
embed = finer.embed
def until_the_third_batch(texts):
    if len(finer.embedded) > 100:
        os.kill(os.getpid(), 9)
    return embed(texts)
finer.embed = until_the_third_batch
open_store(Path(sys.argv[1]), LIGHT, finer).embed_all()
"""
    argv = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(argv, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == -9
    finer = Made()
    store = open_store(tmp_path, LIGHT, finer)
    assert store.embed_all() == 150 - 2 * 64
    assert store.embed_all() == 0
    assert_no_vector_is_of_another_text(tmp_path, finer)
    assert sum(embedder == "made" for embedder, *_ in stored_vectors(tmp_path)) == 150


texts = st.sampled_from([f"Rule {number} of the ledger holds" for number in range(6)])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), texts),
        st.tuples(st.just("edit"), texts),
        st.tuples(st.just("forget"), texts),
        st.tuples(st.sampled_from(["search light", "search one", "search two"]), texts),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(steps)
def test_whatever_happens_vectors_of_two_embedders_never_mix(done):
    folder = Path(tempfile.mkdtemp())
    levels = {"search light": None, "search one": Made("one"), "search two": Made("two")}
    stores = {name: open_store(folder, LIGHT, level) for name, level in levels.items()}
    memories = {name: Memory(store, NoCode(), ALICE) for name, store in stores.items()}
    writer = memories["search light"]
    try:
        for what, text in done:
            known = writer.list()
            if what == "add":
                writer.add(Draft(text))
            elif what == "edit" and known:
                memories["search one"].edit(known[0].id, {"text": f"{text} again"}, reason="said")
            elif what == "forget" and known:
                writer.forget(known[-1].id)
            elif what in memories:
                found = {item.record.id for item in memories[what].search(text)}
                assert found <= {record.id for record in known}
                assert_no_vector_is_of_another_text(folder, *filter(None, levels.values()))
    finally:
        for store in stores.values():
            store.close()
        shutil.rmtree(folder)


def assert_no_vector_is_of_another_text(folder, *levels):
    for embedder, text, blob in stored_vectors(folder):
        level = {LIGHT.name: LIGHT, **{level.name: level for level in levels}}[embedder]
        expected = LIGHT.embed([text]) if level is LIGHT else vectors_of([text])
        assert np.frombuffer(blob, np.float32) == pytest.approx(expected[0], abs=1e-5)


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path, code):
    memory = Memory(open_store(tmp_path, LIGHT), code, ALICE)
    record = memory.add(Draft("The ledger is append only")).record
    with sqlite3.connect(tmp_path / "memory.db", isolation_level=None) as connection:
        connection.executescript(
            "DROP INDEX vectors_owner; ALTER TABLE vectors RENAME TO later;"
            "CREATE TABLE vectors(seq INTEGER PRIMARY KEY AUTOINCREMENT, row INTEGER NOT NULL UNIQUE,"
            " user_id TEXT NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL);"
            "INSERT INTO vectors SELECT * FROM later; DROP TABLE later;"
            "CREATE INDEX vectors_owner ON vectors(user_id, embedder, seq); PRAGMA user_version = 1;"
        )
    finer = Made()
    again = Memory(open_store(tmp_path, LIGHT, finer), code, ALICE)
    assert [item.record.id for item in again.search("The ledger is append only")] == [record.id]
    assert_no_vector_is_of_another_text(tmp_path, finer)
    assert {embedder for embedder, *_ in stored_vectors(tmp_path)} == {LIGHT.name, "made"}
