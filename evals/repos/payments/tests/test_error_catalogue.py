"""Clients and support rely on the catalogue: what is not in it must not be sent."""

import ast
from pathlib import Path

import pytest

from payments.errors import CATALOGUE

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "payments").rglob("*.py"))


def calls(path, name):
    """Find the calls of a function in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def documented():
    """Read the table of docs/errors.md: each code with its status."""
    for row in (ROOT / "docs" / "errors.md").read_text(encoding="utf-8").splitlines():
        if row.startswith("| `"):
            code, status, _meaning = (cell.strip() for cell in row.strip("|").split("|"))
            yield code.strip("`"), int(status)


def test_every_error_is_documented_with_its_status():
    catalogue = {code: entry.status for code, entry in CATALOGUE.items()}
    missing = sorted(catalogue.keys() - dict(documented()).keys())
    assert not missing, f"docs/errors.md has no row for {', '.join(missing)}: support looks errors up there"
    assert dict(documented()) == catalogue, "docs/errors.md and payments/errors.py do not agree"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_errors_come_from_the_catalogue_only(path):
    if path.name != "errors.py":
        bypasses = [call.lineno for call in calls(path, "HTTPException")]
        assert not bypasses, f"{path.name}:{bypasses} raises HTTPException: add the error to the catalogue"
    for call in calls(path, "error"):
        code = call.args[0]
        assert isinstance(code, ast.Constant), f"{path.name}:{call.lineno}: name the error's code literally"
        assert code.value in CATALOGUE, f"{path.name}:{call.lineno}: {code.value} is not in the catalogue"


def test_a_client_is_told_what_the_catalogue_says(client):
    answer = client.get("/payments/pay_0")
    assert answer.status_code == CATALOGUE["payment_not_found"].status
    assert CATALOGUE["payment_not_found"].message in answer.text
