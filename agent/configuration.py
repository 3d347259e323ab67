"""`oldhand config`: the settings as they are, and where they come from."""

from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from agent.config import describe, load, repository_file
from agent.errors import ConfigError
from agent.output import print_json
from agent.terminal import stdout_console
from agent.trust import trust
from tools.errors import NotARepository
from tools.workspace import Workspace


def show(folder: Path, flags: dict[str, Any], *, as_json: bool) -> None:
    """Every setting with its value and origin; keys are never printed."""
    loaded = load(_root(folder), flags)
    rows = []
    for name, key, variable, text in describe():
        value = getattr(loaded.settings, name)
        if name in ("api_key", "embeddings_key") and value:
            value = "(set)"
        origin = loaded.origins.get(name, "default")
        rows.append({"key": key, "value": value, "from": origin, "env": variable, "help": text})
    if as_json:
        print_json(
            {"settings": rows, "file": str(loaded.paths.settings), "held_back": list(loaded.held_back)}
        )
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "from", "variable", "what it is"):
        table.add_column(heading)
    for row in rows:
        value = "" if row["value"] in (None, ()) else str(row["value"])
        cells = (row["key"], value, row["from"], row["env"], row["help"])
        table.add_row(*(Text(str(cell)) for cell in cells))
    console = stdout_console()
    console.print(table)
    console.print(f"\nYour settings file: {loaded.paths.settings}", soft_wrap=True, markup=False)
    if loaded.held_back:
        console.print(f"Not trusted, so not used: {', '.join(loaded.held_back)} (oldhand config trust)")


def trust_repository(folder: Path) -> None:
    """Trust the repository's settings file until it changes.

    Raises:
        ConfigError: There is none.
    """
    root = _root(folder)
    if root is None:
        raise ConfigError(f"{folder} is not in a git repository; there is no settings file to trust.")
    file = repository_file(root)
    trust(load(root, {}).paths, file)
    stdout_console().print(f"Trusted until it changes: {file}", soft_wrap=True, markup=False)


def _root(folder: Path) -> Path | None:
    try:
        return Workspace.open(folder).root
    except NotARepository:
        return None
