"""The real program, started as a person or a script starts it: a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scripted_model import ScriptedModel

CHECKOUT = Path(__file__).parent.parent.parent
ARGV = (sys.executable, "-P", "-m", "oldhand")


@dataclass(frozen=True)
class Ended:
    """What a process left: its exit code and both streams."""

    exit_code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    def events(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Program:
    """Starts oldhand in one folder.

    Args:
        folder: Where it is started.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def environment(self, model: ScriptedModel | None = None, **more: str) -> dict[str, str]:
        """What the process finds: the test's own environment, and the way to the checkout and the model."""
        found = {**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "100", **more}
        return {**found, "OPENAI_BASE_URL": model.base_url} if model else found

    @contextmanager
    def going_on(
        self, *arguments: str, model: ScriptedModel | None = None, **environment: str
    ) -> Iterator[subprocess.Popen[str]]:
        """Start it; both streams can be read while it goes on, and nothing is left of it afterwards."""
        process = subprocess.Popen(
            [*ARGV, *arguments],
            cwd=self.folder,
            env=self.environment(model, **environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def __call__(
        self, *arguments: str, model: ScriptedModel | None = None, stdin: str = "", **environment: str
    ) -> Ended:
        """Start it and wait for its end."""
        done = subprocess.run(
            [*ARGV, *arguments],
            cwd=self.folder,
            env=self.environment(model, **environment),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)
