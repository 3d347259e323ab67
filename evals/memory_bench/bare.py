"""What the benchmarks put beside oldhand, and under it: mem0 as it comes, and a repository without code."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from memory.code_view import CommitChanges, SymbolFact
from memory.embedding import Embedder
from memory.mem0_store import Mem0Embedding


class NoCode:
    """No repository: nothing can be checked. See :class:`memory.code_view.CodeView`."""

    def settled(self) -> "NoCode":
        """This one."""
        return self

    def head(self) -> str | None:
        """No commit."""
        return None

    def branch(self) -> str | None:
        """No branch."""
        return None

    def has_path(self, path: str) -> bool:
        """Everything is there."""
        return True

    def symbol(self, symbol: str) -> SymbolFact | None:
        """Nothing is known of any symbol."""
        return None

    def guides(self) -> Sequence[tuple[str, str]]:
        """Nothing is written down."""
        return ()

    def symbols_with_body(self, body_digest: str) -> Sequence[str]:
        """No symbol is anywhere."""
        return []

    def is_ancestor(self, commit: str) -> bool | None:
        """No commit is known."""
        return None

    def has_work_of(self, commit: str) -> bool | None:
        """No commit is known."""
        return self.is_ancestor(commit)

    def changes(self, since: str | None) -> Sequence[CommitChanges]:
        """Nothing ever happens."""
        return []

    def with_moves(
        self, changes: Sequence[CommitChanges], symbols: Collection[str]
    ) -> Sequence[CommitChanges]:
        """Nothing moves."""
        return changes

    def is_as_before(self, place: str, commit: str | None) -> bool:
        """Everything is as it was."""
        return True


def plain_mem0(folder: Path, embedder: Embedder) -> Any:
    """mem0 with the embedded store that it takes by default, and our embedding model."""
    os.environ |= {"MEM0_TELEMETRY": "False", "MEM0_DIR": str(folder), "HF_HUB_OFFLINE": "1"}
    from mem0.configs.base import MemoryConfig
    from mem0.embeddings.base import EmbeddingBase
    from mem0.embeddings.configs import EmbedderConfig
    from mem0.llms.configs import LlmConfig
    from mem0.memory.main import Memory as Mem0Memory
    from mem0.utils.factory import EmbedderFactory
    from mem0.vector_stores.configs import VectorStoreConfig

    EmbeddingBase.register(Mem0Embedding)
    EmbedderFactory.provider_to_class["oldhand"] = f"{Mem0Embedding.__module__}.{Mem0Embedding.__name__}"
    where = {"path": str(folder / "qdrant"), "embedding_model_dims": embedder.dims, "on_disk": True}
    config = MemoryConfig(
        vector_store=VectorStoreConfig(provider="qdrant", config=where),
        llm=LlmConfig(provider="openai", config={"api_key": "unused"}),
        history_db_path=str(folder / "history.db"),
    )
    config.embedder = EmbedderConfig.model_construct(provider="oldhand", config={"model": embedder})
    return Mem0Memory(config)
