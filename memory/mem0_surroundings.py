"""The surroundings that mem0 finds while it is loaded. mem0 is not imported here."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


@contextmanager
def quiet_environment(folder: Path) -> Iterator[None]:
    """What mem0 reads at import: it would report home, settle in the home folder, look for models on a hub.

    Put back afterwards, for the programs that this process starts: a user's tests may use mem0 too.
    """
    wanted = {"MEM0_TELEMETRY": "False", "MEM0_DIR": str(folder), "HF_HUB_OFFLINE": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def without_qdrant() -> Iterator[None]:
    """Spare the import of a client that costs more than all the rest of mem0.

    mem0 names its class in the settings of a store that is not ours. Whoever wants the real one
    later gets it.
    """
    if "qdrant_client" in sys.modules:
        yield
        return
    stand_in = ModuleType("qdrant_client")
    stand_in.__dict__["QdrantClient"] = type("QdrantClient", (), {})
    sys.modules["qdrant_client"] = stand_in
    try:
        yield
    finally:
        del sys.modules["qdrant_client"]
