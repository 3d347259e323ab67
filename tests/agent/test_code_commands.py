"""`oldhand index`, `search` and `sync`: the index and memory against the code."""

import subprocess
from pathlib import Path

from tests.agent.conftest import Cli


def commit(shop: Path, *commands: str) -> None:
    for command in (*commands, "git add -A", "git commit -q -m 'The code moves on'"):
        subprocess.run(command, shell=True, cwd=shop, check=True)


def test_index_reads_only_what_changed(cli: Cli, shop: Path) -> None:
    first = cli("index", "--json").json()
    assert first["files"] == first["read"] == 8
    assert cli("index", "--json").json()["read"] == 0
    (shop / "shop/money.py").write_text("def pence(): ...\n")
    (shop / "shop/receipt.py").unlink()
    again = cli("index", "--json").json()
    assert (again["files"], again["read"], again["removed"]) == (7, 1, 1)
    assert cli("index").out.startswith("7 files indexed, 0 updated, 0 removed")


def test_search_ranks_files_symbols_and_snippets(cli: Cli) -> None:
    found = cli("search", "the", "total", "on", "the", "receipt", "--json").json()
    assert set(found) >= {"files", "symbols", "snippets"}
    assert found["files"][0]["path"] == "shop/receipt.py"
    assert found["files"][0]["score"] >= found["files"][-1]["score"]
    assert "shop/receipt.py::receipt" in [symbol["id"] for symbol in found["symbols"]]
    snippet = found["snippets"][0]
    assert {"path", "start_line", "end_line", "text"} <= set(snippet)
    shown = cli("search", "the total on the receipt").out
    assert "shop/receipt.py" in shown
    assert "lines.append" in shown or "def receipt(cart: Cart)" in shown


def test_paths_with_brackets_are_shown_as_they_are(cli: Cli, shop: Path) -> None:
    page = shop / "app/[id]/page.py"
    page.parent.mkdir(parents=True)
    page.write_text("def zebra_page():\n    return 'zebra'\n")
    assert "app/[id]/page.py" in cli("search", "zebra_page").out


def test_sync_follows_what_moved_and_retires_what_is_gone(cli: Cli, shop: Path) -> None:
    moved = cli("memory", "add", "Amounts are cents.", "--path", "shop/money.py", "--json").json()["id"]
    gone = cli(
        "memory", "add", "A receipt ends with the total.", "--path", "shop/receipt.py", "--json"
    ).json()
    noted = cli("sync").out
    assert noted == "Memory is up to date.\nWhat the repository says of itself: 1 noted.\n"
    commit(
        shop,
        "git mv shop/money.py shop/cents.py",
        "git rm -q shop/receipt.py tests/test_receipt.py",
        "sed -i s/shop.money/shop.cents/ shop/cart.py",
    )
    told = cli("sync", "--json").json()
    assert (moved, ["shop/money.py"], ["shop/cents.py"]) in [
        (entry["id"], entry["from"], entry["to"]) for entry in told["reanchored"]
    ]
    ended = {entry["id"]: entry["reason"] for entry in told["deprecated"]}
    assert "shop/receipt.py" in ended[gone["id"]]
    assert told["stale"] == []
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=shop, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert told["commit"] == head
    assert cli("sync").out == "Memory is up to date.\n"
    learned = cli("memory", "list", "--kind", "semantic", "--json").json()
    assert [record["id"] for record in learned] == [moved]


def test_sync_tells_people_in_sentences(cli: Cli, shop: Path) -> None:
    cli("memory", "add", "Amounts are [cents].", "--path", "shop/money.py")
    commit(shop, "git mv shop/money.py shop/cents.py")
    said = cli("sync").out
    assert "followed shop/money.py → shop/cents.py: Amounts are [cents]." in said


def test_sync_counts_logs_of_earlier_work_that_became_doubtful(cli: Cli, shop: Path) -> None:
    where = ("--path", "shop/receipt.py", "--path", "shop/money.py")
    cli("memory", "add", "Done: the receipt", "--kind", "task", "--label", "task_log", *where)
    commit(shop, "git rm -q shop/receipt.py tests/test_receipt.py")
    assert "! 1 log of earlier work doubtful now" in cli("sync").out
