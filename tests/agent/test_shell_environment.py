import sys
from pathlib import Path

import pytest

from agent.app import shell_environment
from agent.place import open_bench, open_place


def test_the_shell_imports_what_the_tests_import(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / "src").mkdir()
    (shop / "shop").rename(shop / "src/shop")
    (shop / "pyproject.toml").write_text('[project]\nname = "shop"\n[tool.pytest.ini_options]\n')
    monkeypatch.setenv("OLDHAND_PYTHON", sys.executable)
    bench = open_bench(open_place(shop, {"model": "scripted"}))
    command = bench.command()
    assert command is not None
    given = dict(command.env)
    assert given
    assert given.items() <= shell_environment(bench).items()
