"""The wheel holds what it needs, and shadows nothing of a user's own."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ("agent", "evals", "graph", "memory", "tools")
THEIRS = ("agent", "tools", "memory", "graph", "evals")
FOR_READERS = {"tools/queries/README.md"}


def run(argv: Sequence[str | Path], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its good end."""
    done = subprocess.run(
        list(map(str, argv)),
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def tracked() -> list[str]:
    """What a clean checkout holds."""
    out = run(["git", "ls-files", "-z"], ROOT).stdout
    return [path for path in out.split("\0") if path and (ROOT / path).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the tracked files: what lies about here cannot get into it."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in tracked():
        if not path.startswith("tests/"):
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes((ROOT / path).read_bytes())
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-build-isolation", "--no-deps"]
    run([*pip, "--wheel-dir", built, source], built)
    return next(built.glob("oldhand-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment with the wheel in it; what it depends on is borrowed from ours."""
    folder = tmp_path_factory.mktemp("environment")
    run([sys.executable, "-m", "venv", "--without-pip", folder], folder)
    python = folder / "bin" / "python"
    run(
        [
            sys.executable,
            "-m",
            "pip",
            f"--python={python}",
            "install",
            "-q",
            "--no-index",
            "--no-deps",
            wheel,
        ],
        folder,
    )
    site = next((folder / "lib").glob("python*/site-packages"))
    borrowed = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "borrowed.pth").write_text(f"{borrowed}\n")
    return folder / "bin"


@pytest.fixture
def theirs(shop: Path) -> Path:
    """A repository that owns modules of our packages' names; whoever imports them finds out."""
    for name in THEIRS:
        (shop / f"{name}.py").write_text(f"raise RuntimeError('the {name}.py of the user was imported')\n")
    return shop


def test_the_list_of_packages_is_that_of_the_folders() -> None:
    folders = {
        str(Path(path).parent).replace("/", ".")
        for path in tracked()
        if path.endswith("/__init__.py") and not path.startswith("evals/repos/")
    }
    listed = PROJECT["tool"]["setuptools"]["packages"]
    assert sorted(listed) == sorted(f"oldhand_home.{package}" for package in folders)


def test_the_wheel_holds_all_of_our_folders_and_nothing_else(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel).namelist()
    folders = tuple(f"{package}/" for package in PACKAGES)
    ours = {path for path in tracked() if path.startswith(folders)} - FOR_READERS
    assert {f"oldhand_home/{path}" for path in ours} == {
        name for name in held if name.startswith("oldhand_home/")
    }
    kinds = {Path(path).suffix for path in ours}
    assert {".md", ".scm", ".toml", ".jsonl"} <= kinds
    assert {name.split("/")[0].split("-")[0] for name in held} == {"oldhand.py", "oldhand_home", "oldhand"}
    assert {"LICENSE", "NOTICE"} <= {Path(name).name for name in held}


def test_it_starts_among_modules_of_our_packages_names(installed: Path, theirs: Path) -> None:
    version = run([installed / "oldhand", "--version"], theirs, PYTHONPATH=".")
    assert version.stdout == f"oldhand {PROJECT['project']['version']}\n"
    add = ["memory", "add", "Prices are in cents.", "--path", "shop/money.py"]
    run([installed / "oldhand", *add], theirs, PYTHONPATH=".")
    listed = run([installed / "oldhand", "memory", "list"], theirs, PYTHONPATH=".")
    assert "Prices are in cents." in listed.stdout
    found = run([installed / "oldhand", "search", "the total of a cart", "--json"], theirs, PYTHONPATH=".")
    assert "shop/cart.py" in found.stdout


def test_a_users_own_tests_see_their_modules_and_none_of_ours(installed: Path, shop: Path) -> None:
    (shop / "tools.py").write_text("WHOSE = 'theirs'\n")
    (shop / "tests/test_imports.py").write_text(
        "import importlib.util\n\nimport pytest\n\nimport tools\n\n\n"
        "def test_ours():\n    assert tools.WHOSE == 'theirs'\n\n\n"
        "@pytest.mark.parametrize('name', ['agent', 'memory', 'graph', 'evals'])\n"
        "def test_none(name):\n    assert importlib.util.find_spec(name) is None\n"
    )
    done = run([installed / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider"], shop)
    assert "8 passed" in done.stdout


@pytest.mark.parametrize(
    ("file", "without"), [("requirements.lock", {"deep"}), ("requirements-deep.lock", set())]
)
def test_a_lock_pins_every_dependency_with_hashes_and_names_no_host(file: str, without: set[str]) -> None:
    lock = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in lock
    assert not [line for line in lock.splitlines() if line.startswith(("-", "--"))]
    pinned = dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", lock, re.MULTILINE))
    entries = lock.replace("\\\n", " ").strip().splitlines()
    assert all("--hash=sha256:" in entry for entry in entries)
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in pinned}
    project = PROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(
            name
            for extra, listed in project["optional-dependencies"].items()
            for name in listed
            if extra not in without
        ),
    ]
    for requirement in wanted:
        name = re.split(r"[\[<>=!~;, ]", requirement)[0]
        assert re.sub(r"[-_.]+", "-", name).lower() in {*names, "oldhand"}, requirement
