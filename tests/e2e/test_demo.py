"""`oldhand demo`, whole, on its recording: what the README's first command shows."""

import subprocess
import sys
from pathlib import Path

import pytest

TIMEOUT_S = 300


@pytest.mark.timeout(TIMEOUT_S)
def test_the_demo_teaches_recalls_fails_mends_and_follows_the_code(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    argv = [sys.executable, "-P", "-m", "oldhand", "demo", "--pace", "0", "--keep", str(folder)]
    done = subprocess.run(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    said = " ".join(done.stdout.split())
    assert "recorded from a real model" in said[:400]
    first, _, rest = said.partition("Session 2")
    second, _, third = rest.partition("The code moves on")
    for step in ("recall", "search", "plan", "edit", "test", "remember"):
        assert step in first
        assert step in second
    assert "Mc402" in first  # learned by Ada ...
    assert "relies on Mc402" in second  # ... cited by Grace
    assert "1 failed" in second
    assert "done, tests passing" in second
    assert "Mc402 followed" in third
    assert "M57c4 retired" in third
    assert (folder / "payments" / "payments" / "structured_errors.py").exists()
