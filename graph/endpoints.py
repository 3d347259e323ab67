"""What is known about a model at its endpoint, kept for the next runs."""

import json
import os
import time
from pathlib import Path
from typing import Any

KEPT_S = 7 * 24 * 3600.0  # a server may be started anew with other settings


class Profile:
    """Facts about one model at one endpoint.

    Args:
        file: Where the facts of all of them are kept; None keeps nothing.
        endpoint: The base URL.
        model: The model's name.
    """

    def __init__(self, file: Path | None, endpoint: str, model: str) -> None:
        self._file = file
        self._key = f"{endpoint} {model}"
        self._facts: dict[str, Any] = _known(file).get(self._key, {})

    def get(self, name: str) -> Any:
        """A fact, or None where it is not known."""
        return self._facts.get(name)

    def learn(self, **facts: Any) -> None:
        """Keep facts; where the file cannot be written they hold for this process only."""
        self._facts = {**self._facts, **facts}
        if self._file is None:
            return
        known = _known(self._file)
        known[self._key] = {**known.get(self._key, {}), **facts, "at": time.time()}
        part = self._file.with_suffix(f".{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(known, indent=1), encoding="utf-8")
            part.replace(self._file)
        except OSError:
            part.unlink(missing_ok=True)


def _known(file: Path | None) -> dict[str, dict[str, Any]]:
    """The facts that are not too old, by endpoint and model; a broken file holds none."""
    try:
        read = json.loads(file.read_text(encoding="utf-8")) if file else {}
        now = time.time()
        return {key: facts for key, facts in read.items() if now - facts["at"] < KEPT_S}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
