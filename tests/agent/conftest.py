"""Commands are run in this process by the real entry point: exit codes and streams as a shell sees them."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from tests.scripted_model import ScriptedModel


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit code and both streams."""

    exit_code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


Cli = Callable[..., Ended]


@pytest.fixture
def cli(shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Runs `oldhand ARGUMENTS` in the shop; `model` is the endpoint that it finds in the environment."""
    monkeypatch.chdir(shop)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("OLDHAND_RETRY_PAUSE", "0.01")
    monkeypatch.setenv("OLDHAND_TEST_CMD", "true")  # these tests are not about tests

    def run(*arguments: str | Path, model: ScriptedModel | None = None, stdin: str = "") -> Ended:
        capfd.readouterr()
        code = 0
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["oldhand", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            if model:
                patch.setenv("OPENAI_BASE_URL", model.base_url)
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        out, err = capfd.readouterr()
        return Ended(code, out, err)

    return run
