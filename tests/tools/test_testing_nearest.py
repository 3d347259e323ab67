import subprocess

import pytest

from tools.index import SymbolIndex
from tools.locate import Locator
from tools.testing.nearest import nearest_tests
from tools.workspace import Workspace

FILES = {
    "shop/__init__.py": "",
    "shop/money.py": "class Money:\n    def split(self): ...\n",
    "shop/invoices.py": "from shop.money import Money\n\ndef bill():\n    return Money()\n",
    "shop/mail.py": "def send(): ...\n",
    "tests/conftest.py": "from shop.money import Money\n",
    "tests/test_money.py": "from shop.money import Money\n\ndef test_split():\n    Money().split()\n",
    "tests/test_invoices.py": "from shop.invoices import bill\n\ndef test_bill():\n    bill()\n",
    "tests/test_mail.py": "from shop.mail import send\n\ndef test_send():\n    send()\n",
}


@pytest.fixture
def near(tmp_path):
    root = tmp_path / "repo"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    workspace = Workspace.open(root)
    index = SymbolIndex(workspace, tmp_path / "index.db")
    index.refresh()
    graph = Locator(workspace, index).graph(index.files())
    yield lambda *changed, symbols=(): nearest_tests(index, graph, changed, symbols)
    index.close()


def test_the_tests_of_a_file_come_first_and_those_of_its_users_next(near):
    assert near("shop/money.py") == ["tests/test_money.py", "tests/test_invoices.py"]
    assert near("shop/mail.py") == ["tests/test_mail.py"]


def test_a_changed_test_is_run_itself(near):
    assert near("tests/test_mail.py", "shop/money.py")[0] == "tests/test_mail.py"


def test_a_changed_symbol_brings_the_tests_that_name_it(near):
    assert near("shop/unknown.py", symbols=["shop/unknown.py::Money.split"]) == ["tests/test_money.py"]


def test_what_no_test_is_near_to_gives_none(near):
    assert near("README.md") == []
