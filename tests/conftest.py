"""What is really shared: a home of its own for every test, and a small repository to work in."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

from tests.playing import Player
from tools.temporary import remove_all, sweep

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as of what a shell starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else no program under test can be interrupted

OURS = ("OLDHAND_", "OPENAI_", "XDG_", "GIT_")

SHOP = {
    "README.md": "# Shop\n\nA cart, its prices and its receipts.\n",
    ".gitignore": "__pycache__/\n",
    "shop/__init__.py": "",
    "shop/money.py": '''\
"""Money in cents, so that nothing is lost in rounding."""


def cents(text: str) -> int:
    """Read a price such as "12.50"."""
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def shown(amount: int) -> str:
    """Write an amount of cents as a price."""
    return f"{amount // 100}.{amount % 100:02d}"
''',
    "shop/cart.py": '''\
"""What a customer is about to buy."""

from shop.money import cents


class Cart:
    """Items and how many of each."""

    def __init__(self) -> None:
        self.items: list[tuple[str, int, int]] = []

    def add(self, name: str, price: str, count: int = 1) -> None:
        """Put an item into the cart."""
        self.items.append((name, cents(price), count))

    def total(self) -> int:
        """The sum in cents."""
        return sum(price * count for _, price, count in self.items)
''',
    "shop/receipt.py": '''\
"""The receipt of a cart."""

from shop.cart import Cart
from shop.money import shown


def receipt(cart: Cart) -> str:
    """One line an item, the total last."""
    lines = [f"{count} x {name}" for name, _, count in cart.items]
    return "\\n".join([*lines, f"total {shown(cart.total())}"])
''',
    "tests/test_cart.py": """\
from shop.cart import Cart


def test_the_total_counts_each_item():
    cart = Cart()
    cart.add("tea", "2.50", 2)
    cart.add("cake", "3.00")
    assert cart.total() == 800


def test_an_empty_cart_costs_nothing():
    assert Cart().total() == 0
""",
    "tests/test_receipt.py": """\
from shop.cart import Cart
from shop.receipt import receipt


def test_a_receipt_ends_with_the_total():
    cart = Cart()
    cart.add("tea", "2.50")
    assert receipt(cart).endswith("total 2.50")
""",
}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One certificate instead of all: each client of a model reads them, and ours never need any."""
    every = Path(certifi.where()).read_text()
    file = tmp_path_factory.mktemp("certificates") / "one.pem"
    file.write_text(every[every.index("-----BEGIN") : every.index("-----END")] + "-----END CERTIFICATE-----")
    return file


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No temporary folder stays: the workers of pytest-xdist end without it, and some tests kill runs."""
    yield
    remove_all()
    sweep(left_for_s=1.0)


@pytest.fixture(autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> Path:
    """A home of its own for every test, and none of the settings of whoever runs the tests."""
    folder = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    # The repositories of these tests are tested with our own interpreter: it has pytest.
    monkeypatch.setenv("OLDHAND_PYTHON", sys.executable)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return folder


@pytest.fixture(scope="session")
def shop_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, committed once: the same commit in every test and on every machine."""
    root = tmp_path_factory.mktemp("template") / "shop"
    for path, text in SHOP.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    when = "2026-03-02T09:00:00+00:00"
    identity = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "GIT_CONFIG_NOSYSTEM": "1"}
    script = """
    git init -q -b main && git config user.name Ada && git config user.email ada@example.org
    git config commit.gpgsign false && git add -A && git commit -q -m 'A small shop'
    """
    subprocess.run(script, shell=True, cwd=root, check=True, env={**os.environ, **identity})
    return root


@pytest.fixture
def shop(shop_template: Path, tmp_path: Path) -> Path:
    """A small repository with tests that pass in a moment; a copy for each test."""
    return Path(shutil.copytree(shop_template, tmp_path / "shop"))


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs in the shop."""
    return Player(shop)
