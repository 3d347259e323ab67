"""The level of recall, as a person sets it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config import Settings
from agent.errors import ConfigError
from agent.recall_level import finer_level
from memory.deep import Deep
from memory.endpoint import Endpoint
from memory.light import Light
from tests.agent.conftest import Cli
from tests.embeddings_endpoint import EmbeddingsEndpoint

LIGHT = Light()


@pytest.fixture
def service() -> Iterator[EmbeddingsEndpoint]:
    with EmbeddingsEndpoint() as started:
        yield started


def test_light_is_the_default_and_deep_a_setting() -> None:
    assert finer_level(Settings(), LIGHT) is None
    assert isinstance(finer_level(Settings(recall="deep"), LIGHT), Deep)
    with pytest.raises(ConfigError, match="light or deep"):
        finer_level(Settings(recall="heavy"), LIGHT)


def test_the_key_of_the_model_goes_to_the_models_endpoint_only(service: EmbeddingsEndpoint) -> None:
    def key_sent(**others: str) -> str | None:
        settings = Settings(embeddings_model="e", api_key="mine", base_url=service.base_url, **others)
        level = finer_level(settings, LIGHT)
        assert isinstance(level, Endpoint)
        level.embed(["a"])
        return service.keys[-1]

    assert key_sent() == "Bearer mine"
    assert key_sent(embeddings_url=f"{service.base_url}/") is None
    assert key_sent(embeddings_url=f"{service.base_url}/", embeddings_key="other") == "Bearer other"


def test_a_model_without_an_endpoint_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(ConfigError, match="embeddings_url"):
        finer_level(Settings(embeddings_model="e"), LIGHT)


def test_an_endpoint_that_fails_is_told_and_the_search_answers(
    cli: Cli, service: EmbeddingsEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLDHAND_EMBEDDINGS_URL", service.base_url)
    monkeypatch.setenv("OLDHAND_EMBEDDINGS_MODEL", "e")
    assert cli("memory", "add", "The ledger is append only", "--label", "invariant").exit_code == 0
    assert "Embedded 1 memories." in cli("memory", "embed").out
    service.status = 503
    found = cli("memory", "search", "ledger")
    assert found.exit_code == 0
    assert "The ledger is append only" in found.out
    assert "refused with HTTP 503" in found.err
    assert cli("memory", "embed").exit_code == 1


def test_following_commits_never_loads_the_deep_models(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLDHAND_RECALL", "deep")
    script = (
        "import sys; from pathlib import Path; from agent.place import open_memory, open_place; "
        "open_memory(open_place(Path(sys.argv[1]), {}))[0].sync(); "
        "sys.exit('onnxruntime' in sys.modules or 'mem0' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script, str(shop)], cwd=root, check=False)
    assert done.returncode == 0
