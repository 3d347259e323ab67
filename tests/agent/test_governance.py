"""`oldhand memory forget`, `export`, `audit`, `stats`, and `sync` that lets go."""

import json
import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from agent.place import open_memory, open_place
from memory.records import Draft
from tests.agent.conftest import Cli
from tests.receipt_task import ANSWER, CHANGE, QUESTION, TASK
from tests.scripted_model import ScriptedModel

CENTS = "Amounts are whole cents, never floats."
COLUMNS = "Receipts are printed on 40 columns."
Remember = Callable[..., str]


@pytest.fixture
def remember(cli: Cli) -> Remember:
    """Adds a memory and gives its id."""

    def add(text: str, *flags: str) -> str:
        ended = cli("memory", "add", text, "--json", *flags)
        assert ended.exit_code == 0, ended.err
        return str(ended.json()["id"])

    return add


def left(cli: Cli) -> set[str]:
    """What people wrote and is still there; sync adds what it reads off the files."""
    listed = cli("memory", "list", "--status", "all", "--origin", "user", "--json").json()
    return {record["id"] for record in listed}


def commit(shop: Path, message: str) -> str:
    script = f"git commit -q --allow-empty -m '{message}' && git rev-parse HEAD"
    done = subprocess.run(script, shell=True, cwd=shop, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_memories_are_forgotten_by_path_author_commit_or_owner(
    cli: Cli, remember: Remember, shop: Path
) -> None:
    money = remember(CENTS, "--path", "shop/money.py")
    cart = remember("Carts are never empty.", "--path", "shop/cart.py")
    hers = remember("Grace wrote this.", "--user", "grace")
    mine = remember("Short tests, please.", "--kind", "preference", "--scope", "user")
    later = commit(shop, "Later")
    new = remember(COLUMNS)
    shown = cli("memory", "forget", "--path", "shop/money.py", "--dry-run")
    assert (shown.out, shown.err) == (f"{money}  {CENTS}\n", "1 memory would be forgotten.\n")
    assert cli("memory", "forget", "--path", "shop/money.py").out == f"Forgot {money}.\n"
    assert cli("memory", "forget", "--author", "grace", "--json").json()["forgotten"] == [hers]
    assert cli("memory", "forget", "--commit", later[:8]).out == f"Forgot {new}.\n"
    assert cli("memory", "forget", "--owner", "ada@example.org").out == f"Forgot {mine}.\n"
    assert left(cli) == {cart}
    assert cli("memory", "forget", "--path", "nowhere.py").out == "No memory matches this.\n"
    refused = cli("memory", "forget")
    assert (refused.exit_code, refused.out) == (2, "")
    assert "--path, --author, --commit or --owner" in refused.err


def test_of_what_others_said_first_only_the_name_is_taken_out(cli: Cli, remember: Remember) -> None:
    first = remember(CENTS)
    assert remember("Amounts are always whole cents and never floats.", "--user", "grace") == first
    shown = cli("memory", "forget", "--author", "grace", "--dry-run", "--json").json()
    assert (shown["would_forget"], shown["would_unname"]) == ([], [first])
    told = cli("memory", "forget", "--author", "grace").out
    assert told == f"Others said {first} first: only the name is taken out.\n"
    assert "grace" not in cli("memory", "show", first, "--json").out
    assert cli("memory", "forget", "--author", "grace").out == "No memory matches this.\n"


def test_what_undo_took_away_can_be_forgotten_by_its_id(cli: Cli, shop: Path, home: Path) -> None:
    memory, _ = open_memory(open_place(shop, {}))
    written = memory.add(Draft(COLUMNS), turn="t").record
    assert written is not None
    gone = written.id
    assert cli("memory", "undo", "t").exit_code == 0
    assert cli("memory", "forget", gone).out == f"Forgot {gone}.\n"
    files = [file for file in home.rglob("*") if file.is_file()]
    assert not [file for file in files if COLUMNS.encode() in file.read_bytes()]


def test_several_conditions_must_all_hold(cli: Cli, remember: Remember) -> None:
    both = remember(CENTS, "--path", "shop/money.py", "--user", "grace")
    other = remember("Prices have two digits.", "--path", "shop/money.py")
    remember("Grace wrote this.", "--user", "grace")
    chosen = ("--path", "shop/", "--author", "grace")
    assert cli("memory", "forget", other, *chosen).out == "No memory matches this.\n"
    assert cli("memory", "forget", *chosen).out == f"Forgot {both}.\n"
    assert len(left(cli)) == 2


def test_the_audit_log_outlives_what_was_forgotten(cli: Cli, remember: Remember, home: Path) -> None:
    cents, columns = remember(CENTS), remember(COLUMNS)
    cli("memory", "export")
    cli("memory", "forget", cents)
    told = cli("memory", "audit", cents.lower(), "--json").json()
    assert [(entry["event"], entry["id"]) for entry in told] == [
        ("added", cents),
        ("exported", cents),
        ("forgotten", cents),
    ]
    assert {(entry["who"], entry["via"]) for entry in told} == {("ada@example.org", "command")}
    assert set(told[0]) == {"at", "who", "via", "event", "id", "owner", "turn", "why"}
    table = cli("memory", "audit").out
    assert columns in table
    assert "whole cents" not in table
    assert len(cli("memory", "audit", "--event", "added", "--limit", "1", "--json").json()) == 1
    assert cli("memory", "audit", "--who", "grace", "--json").json() == []
    assert cli("memory", "audit", "--until", "2020-01-01").out.startswith("Nothing here matches")
    stored = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert b"whole cents" not in stored


def test_sync_deletes_what_has_expired_or_is_older_than_the_settings_allow(
    cli: Cli, remember: Remember, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("OLDHAND_CLOCK", "2026-03-02T09:00:00Z")
    soon = remember("The freeze lasts until Friday.", "--expires", "2026-03-06")
    old = remember("Looked at the importer.", "--kind", "task")
    kept = remember(CENTS)
    monkeypatch.setenv("OLDHAND_CLOCK", "2026-05-02T09:00:00Z")
    monkeypatch.setenv("OLDHAND_RETENTION", "task=30d, fix=1y")
    gone = {item["id"]: item["reason"] for item in cli("sync", "--json").json()["deleted"]}
    assert gone == {soon: "expired on 2026-03-06", old: "kept as long as task=30d says"}
    assert left(cli) == {kept}
    stored = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert b"freeze lasts" not in stored
    assert cli("sync").out == "Memory is up to date.\n"
    monkeypatch.setenv("OLDHAND_RETENTION", "tasks=30d")
    refused = cli("sync")
    assert refused.exit_code == 2
    assert "'tasks' is neither a kind nor a label" in refused.err


def test_agents_md_holds_what_is_shared_and_holds_now(cli: Cli, remember: Remember, shop: Path) -> None:
    remember(CENTS, "--label", "invariant", "--symbol", "shop/money.py::cents", "--because", "rounding")
    remember("We do not use floats for money.", "--label", "rejected_pattern")
    remember("Ada likes short tests.", "--kind", "preference", "--scope", "user")
    remember("The importer reads XML.", "--path", "shop/importer.py")
    remember("Looked at the cart.", "--kind", "task")
    remember("Prices are read with dots.", "--symbol", "shop/money.py::shown")
    money = shop / "shop/money.py"
    money.write_text(money.read_text().replace("amount % 100:02d", "amount % 100:03d"))
    text = cli("memory", "export", "--format", "agents-md").out
    assert f"### Rules that hold here\n\n- {CENTS} Because: rounding (`shop/money.py::cents`)\n" in text
    assert "### Not used here\n\n- We do not use floats for money.\n" in text
    for left_out in ("Ada likes", "importer", "Looked at", "with dots"):
        assert left_out not in text
    assert "Ada likes" in cli("memory", "export", "--format", "agents-md", "--private").out


def test_an_agents_md_keeps_what_else_it_says(cli: Cli, remember: Remember, shop: Path) -> None:
    file = shop / "AGENTS.md"
    file.write_text("# Our house\n\nBe kind.\n")
    cents = remember(CENTS, "--label", "invariant")
    wrote = cli("memory", "export", "--format", "agents-md", file)
    assert wrote.err == f"Wrote 1 memory to {file}.\n"
    first = file.read_text()
    assert first.startswith("# Our house\n\nBe kind.\n\n<!-- oldhand: begin")
    file.write_text(f"{first}\nAnd the end.\n")
    cli("memory", "forget", cents)
    remember(COLUMNS, "--label", "constraint")
    cli("memory", "export", "--format", "agents-md", file)
    second = file.read_text()
    assert CENTS not in second
    assert COLUMNS in second
    assert second.startswith("# Our house\n\nBe kind.\n\n<!-- oldhand: begin")
    assert second.endswith("<!-- oldhand: end -->\n\nAnd the end.\n")
    cli("memory", "export", "--format", "agents-md", file)
    assert file.read_text() == second


class Parts(HTMLParser):
    """The tags of a page, and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href")]


def test_stats_as_a_table_as_json_and_as_a_page_that_needs_nothing_else(
    cli: Cli, remember: Remember, tmp_path: Path
) -> None:
    assert cli("memory", "stats").out == "Nothing is remembered here yet.\n"
    remember("Amounts are <script>alert(1)</script> cents.", "--label", "invariant")
    remember("Ada likes short tests.", "--kind", "preference", "--scope", "user")
    table = cli("memory", "stats").out
    assert re.search(r"^semantic +1 +1", table, re.MULTILINE)
    told: dict[str, Any] = cli("memory", "stats", "--json").json()
    assert told["total"] == 2
    assert {"by_kind", "recalled", "cited", "helped", "hurt", "tokens", "caught", "growth"} <= set(told)
    file = tmp_path / "stats.html"
    wrote = cli("memory", "stats", "--html", file)
    assert (wrote.out, wrote.err) == ("", f"Wrote {file}.\n")
    page = Parts()
    page.feed(file.read_text(encoding="utf-8"))
    assert "svg" in page.tags
    assert {"script", "link", "img", "iframe"} & set(page.tags) == set()
    assert page.fetched == []
    assert "url(" not in file.read_text(encoding="utf-8")
    assert cli("memory", "stats", "--html", tmp_path / "no" / "such.html").exit_code == 2


def test_a_text_with_line_ends_of_any_kind_survives_export_and_import(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "odd.jsonl"
    text = "One\u2028two\x85three\x0bfour"
    file.write_text(json.dumps({"text": text}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert cli("memory", "import", file).out == "1 memory kept, 0 refused.\n"
    assert cli("memory", "list", "--json").json()[0]["text"] == text


def test_what_a_run_spends_on_memory_is_counted(cli: Cli, remember: Remember) -> None:
    remember("Receipts end with the grand total.", "--path", "shop/receipt.py")
    with ScriptedModel(CHANGE) as model:
        ended = cli("run", TASK, "--output", "json", model=model)
    assert ended.exit_code == 0, ended.err
    told = cli("memory", "stats", "--json").json()
    assert told["recalled"] == 1
    assert told["tokens"]["turns"] == 1
    assert told["tokens"]["recalled"] > 20
    assert told["tokens"]["lessons"] == 120  # what the scripted model says of its one answer
    (entry,) = cli("memory", "audit", "--event", "recalled", "--json").json()
    assert (entry["via"], entry["who"]) == ("run", "ada@example.org")


def test_a_run_begins_without_what_has_expired(
    cli: Cli, remember: Remember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLDHAND_CLOCK", "2026-03-02T09:00:00Z")
    soon = remember("The freeze lasts until Friday.", "--expires", "2026-03-06")
    monkeypatch.setenv("OLDHAND_CLOCK", "2026-03-09T09:00:00Z")
    with ScriptedModel([ANSWER]) as model:
        assert cli("run", QUESTION, model=model).exit_code == 0
    assert left(cli) == set()
    (gone,) = cli("memory", "audit", "--event", "swept", "--json").json()
    assert (gone["id"], gone["via"], gone["why"]) == (soon, "run", "expired on 2026-03-06")
