"""The repository settings files that a person trusts, with their contents at that time."""

import json
from hashlib import sha256
from pathlib import Path

from agent.errors import ConfigError
from agent.paths import Paths


def is_trusted(paths: Paths, file: Path) -> bool:
    """Whether the person trusts this file with its present contents."""
    return file.is_file() and _trusted(paths).get(str(file)) == _digest(file)


def trust(paths: Paths, file: Path) -> None:
    """Trust a repository's settings file until it changes."""
    if not file.is_file():
        raise ConfigError(f"There is no {file} to trust.")
    known = {**_trusted(paths), str(file): _digest(file)}
    paths.data.mkdir(parents=True, exist_ok=True)
    (paths.data / "trusted.json").write_text(json.dumps(known, indent=1), encoding="utf-8")


def _trusted(paths: Paths) -> dict[str, str]:
    try:
        return dict(json.loads((paths.data / "trusted.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
