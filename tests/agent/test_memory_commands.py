"""`oldhand memory …`: what a person and a program can do with what is remembered."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.agent.conftest import Cli, Ended

Remember = Callable[..., dict[str, Any]]
COLUMNS = "Receipts are printed on 40 columns; lines are never longer."
CENTS = "Amounts are whole cents, never floats."


@pytest.fixture
def remember(cli: Cli) -> Remember:
    """Adds a memory and gives it back as JSON."""

    def add(text: str, *flags: str) -> dict[str, Any]:
        ended = cli("memory", "add", text, "--json", *flags)
        assert ended.exit_code == 0, ended.err
        record: dict[str, Any] = ended.json()
        return record

    return add


def ids(ended: Ended) -> list[str]:
    return [record["id"] for record in ended.json()]


def test_a_memory_in_json_has_the_shape_that_programs_are_promised(remember: Remember) -> None:
    about = "--path shop/money.py --symbol shop/money.py::cents --component core --branch main"
    more = "--kind semantic --label invariant --confidence 0.7 --environment prod --expires 2030-01-31"
    record = remember(CENTS, *about.split(), *more.split())
    assert record["id"][0] == "M"
    wanted = {
        "text": CENTS,
        "kind": "semantic",
        "label": "invariant",
        "status": "active",
        "confidence": 0.7,
        "superseded_by": None,
        "depends_on": [],
        "reason": None,
    }
    assert {name: record[name] for name in wanted} == wanted
    assert set(record["scope"]) == {"user_id", "group_id", "org", "branch", "environment"}
    assert (record["scope"]["branch"], record["scope"]["environment"]) == ("main", "prod")
    anchors = record["anchors"]
    assert anchors["paths"] == ["shop/money.py"]
    assert anchors["symbols"] == ["shop/money.py::cents"]
    assert anchors["components"] == ["core"]
    assert isinstance(anchors["languages"], list)
    provenance = record["provenance"]
    assert provenance["origin"] == "user"
    assert provenance["author"] == "ada@example.org"
    assert len(provenance["commit"]) == 40
    assert provenance["created_at"]
    assert {"recalled", "cited", "helped", "hurt", "last_used"} <= set(record["stats"])
    assert record["expires_at"].startswith("2030-01-31")


def test_list_is_newest_first_and_obeys_its_filters(cli: Cli, remember: Remember) -> None:
    cents = remember(CENTS, "--label", "invariant", "--path", "shop/money.py", "--confidence", "0.6")["id"]
    tabs = remember("Ada likes short tests.", "--kind", "preference", "--scope", "user")["id"]
    wide = remember(COLUMNS, "--symbol", "shop/receipt.py::receipt", "--environment", "prod")["id"]

    def listed(*flags: str) -> list[str]:
        return ids(cli("memory", "list", "--json", *flags))

    assert listed() == [wide, tabs, cents]
    assert listed("--limit", "1") == [wide]
    assert listed("--kind", "preference") == [tabs]
    assert listed("--kind", "preference", "--kind", "semantic", "--label", "invariant") == [cents]
    assert listed("--path", "shop/money.py") == [cents]
    assert listed("--path", "shop/") == [wide, cents]
    assert listed("--symbol", "receipt") == [wide]
    assert listed("--environment", "prod") == [wide]
    assert listed("--scope", "user") == [tabs]
    assert listed("--min-confidence", "0.8") == [wide, tabs]
    assert listed("--author", "grace@example.org") == []
    assert listed("--since", "2031-01-01") == []
    assert listed("--status", "deprecated") == []
    assert listed("--status", "all") == [wide, tabs, cents]
    table = cli("memory", "list").out
    assert CENTS in table
    assert "semantic/invariant" in table
    assert "No memory matches these filters." in cli("memory", "list", "--label", "fix").out


def test_nothing_is_remembered_at_first(cli: Cli) -> None:
    assert cli("memory", "list").out == "Nothing is remembered here yet.\n"
    assert cli("memory", "list", "--json").json() == []
    assert cli("memory", "search", "anything").out == "Nothing relevant is remembered.\n"


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True)


def test_search_gives_the_best_first_and_explains_itself(cli: Cli, remember: Remember) -> None:
    remember(CENTS, "--path", "shop/money.py")
    wide = remember(COLUMNS, "--path", "shop/receipt.py")["id"]
    found = cli("memory", "search", "how", "wide", "are", "the", "lines", "of", "receipts", "--json").json()
    assert found[0]["id"] == wide
    assert found[0]["score"] >= found[-1]["score"]
    assert found[0]["verified"]
    assert len(cli("memory", "search", "receipts", "--limit", "1", "--json").json()) == 1
    explained = cli("memory", "search", "receipts", "--explain").out
    assert f"{wide}  " in explained
    assert " = words " in explained


def test_what_does_not_hold_is_not_searched_up_and_adding_it_says_so(cli: Cli, shop: Path) -> None:
    noted = cli("memory", "add", "The old importer reads XML.", "--path", "shop/importer.py")
    assert noted.exit_code == 0
    assert "will not be recalled" in noted.err
    assert cli("memory", "search", "old importer XML", "--json").json() == []
    (shop / "shop/importer.py").write_text("XML = 1\n")
    assert len(cli("memory", "search", "old importer XML", "--json").json()) == 1


def test_show_checks_a_memory_against_the_code(cli: Cli, remember: Remember, shop: Path) -> None:
    cents = remember(CENTS, "--symbol", "shop/money.py::cents")["id"]
    page = cli("memory", "show", cents.lower())
    assert page.out.startswith(f"{cents}  {CENTS}")
    assert "shop/money.py::cents unchanged" in page.out
    money = shop / "shop/money.py"
    money.write_text(money.read_text().replace("* 100", "* 1000"))
    assert "unchanged" not in cli("memory", "show", cents, "--json").json()["verified"]


def test_show_says_why_a_memory_is_not_recalled_where_its_work_is_not_merged(
    cli: Cli, remember: Remember, shop: Path
) -> None:
    git(shop, "switch", "-q", "-c", "other")
    git(shop, "commit", "-q", "--allow-empty", "-m", "Elsewhere")
    cents = remember(CENTS, "--path", "shop/money.py")["id"]
    assert "not recalled" not in cli("memory", "show", cents).out
    assert cli("memory", "show", cents, "--json").json()["hidden"] is None
    git(shop, "switch", "-q", "-")
    page = " ".join(cli("memory", "show", cents).out.split())
    assert "not recalled here learned at " in page
    assert "on a branch that is not merged here" in page
    assert "not merged here" in cli("memory", "show", cents, "--json").json()["hidden"]


def test_an_edit_is_kept_in_the_history_with_its_reason(cli: Cli, remember: Remember) -> None:
    cents = remember(CENTS, "--label", "invariant")["id"]
    better = "Amounts are whole cents; [Decimal] never."
    edited = cli("memory", "edit", cents, "--text", better, "--reason", "clearer [/]", "--json")
    assert (edited.exit_code, edited.json()["text"], edited.json()["id"]) == (0, better, cents)
    changes = cli("memory", "history", cents, "--json").json()
    assert [change["event"] for change in changes] == ["added", "edited"]
    assert changes[1]["reason"] == "clearer [/]"
    assert "clearer [/]" in cli("memory", "history", cents).out


def test_a_newer_decision_replaces_the_older_one(cli: Cli, remember: Remember) -> None:
    old = remember("Receipts are plain text.", "--label", "design_decision")["id"]
    new = remember("Receipts are HTML.", "--label", "design_decision", "--supersedes", old)["id"]
    assert ids(cli("memory", "list", "--json")) == [new]
    gone = cli("memory", "show", old, "--json").json()
    assert (gone["status"], gone["superseded_by"]) == ("superseded", new)


def test_forgetting_leaves_no_trace(cli: Cli, remember: Remember, home: Path) -> None:
    cents, wide = remember(CENTS)["id"], remember(COLUMNS)["id"]
    assert cli("memory", "forget", cents, wide).out == f"Forgot {cents}, {wide}.\n"
    assert cli("memory", "list", "--status", "all", "--json").json() == []
    assert cli("memory", "show", cents).exit_code == 2
    left = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert b"whole cents" not in left


def test_what_export_writes_import_reads(cli: Cli, remember: Remember, tmp_path: Path) -> None:
    cents, wide = remember(CENTS, "--path", "shop/money.py"), remember(COLUMNS)
    file = tmp_path / "memories.jsonl"
    exported = cli("memory", "export", file)
    assert (exported.exit_code, exported.out) == (0, "")
    assert "Wrote 2 memories" in exported.err
    assert cli("memory", "export").out == file.read_text()
    cli("memory", "forget", cents["id"], wide["id"])
    imported = cli("memory", "import", file)
    assert (imported.exit_code, imported.out) == (0, "2 memories kept, 0 refused.\n")
    again = {record["id"]: record for record in cli("memory", "list", "--json").json()}
    assert set(again) == {cents["id"], wide["id"]}
    assert again[cents["id"]]["anchors"] == cents["anchors"]
    assert again[cents["id"]]["provenance"]["created_at"] == cents["provenance"]["created_at"]


def test_import_keeps_what_it_can_and_names_the_lines_that_it_cannot(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mixed.jsonl"
    file.write_text(f'{json.dumps({"text": CENTS, "path": "x"})}\nnot json\n\n{{"kind": "semantic"}}\n')
    ended = cli("memory", "import", file)
    assert (ended.exit_code, ended.out) == (1, "1 memory kept, 2 refused.\n")
    assert [line.split(":")[0] for line in ended.err.splitlines()] == ["  line 2", "  line 4"]
    told = cli("memory", "import", file, "--json").json()
    assert [entry["event"] for entry in told["written"]] == ["merged"]
    assert [entry["line"] for entry in told["rejected"]] == [2, 4]
    file.write_bytes(b"\xff\xfe\x00")
    assert cli("memory", "import", file).exit_code == 2
    assert cli("memory", "export", tmp_path / "no" / "such.jsonl").exit_code == 2


def test_the_inbox_is_approved_or_rejected(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "proposals.jsonl"
    texts = (CENTS, COLUMNS, "Carts are never empty at checkout.")
    file.write_text("".join(json.dumps({"text": text, "status": "proposed"}) + "\n" for text in texts))
    cli("memory", "import", file)
    third, second, first = ids(cli("memory", "inbox", "--json"))
    assert cli("memory", "list", "--json").json() == []
    assert cli("memory", "approve").exit_code == 2
    assert cli("memory", "approve", first).out == f"Approved {first}.\n"
    assert cli("memory", "reject", second).out == f"Rejected {second}.\n"
    refused = cli("memory", "approve", first)
    assert refused.exit_code == 1
    assert refused.err == f"oldhand: {first} is not waiting for approval: it is active.\n"
    assert cli("memory", "approve", "--all").out == f"Approved {third}.\n"
    assert cli("memory", "approve", "--all").out == "Nothing waits.\n"
    assert cli("memory", "inbox").out == "Nothing is waiting for your approval.\n"
    assert set(ids(cli("memory", "list", "--json"))) == {first, third}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "M0000"], "There is no memory M0000 here."),
        (["edit", "M0000", "--text", "x"], "There is no memory M0000 here."),
        (["forget", "M0000"], "There is no memory M0000 here."),
        (["history", "M0000"], "There is no memory M0000 here."),
        (["approve", "M0000"], "There is no memory M0000 here."),
        (["add", "Something true.", "--supersedes", "M0000"], "There is no memory M0000 here."),
        (["add", "Something true.", "--depends-on", "M0000"], "There is no memory M0000 here."),
        (["add", "Something true.", "--label", "truth"], "'truth' is not a label"),
        (["add", "Something true.", "--kind", "task", "--label", "style"], "'style' is not a label of task"),
        (["add", "Something true.", "--expires", "soon"], "'soon' is not a date"),
        (["add", "Something true.", "--confidence", "2"], "--confidence"),
        (["list", "--since", "soon"], "'soon' is not a date"),
        (["list", "--label", "truth"], "'truth' is not a label"),
        (["list", "--status", "gone"], "--status"),
        (["search"], "QUERY"),
        (["edit", "M0000"], "Say what to change"),
        (["import", "no-such-file"], "no-such-file"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_why(cli: Cli, arguments: list[str], said: str) -> None:
    ended = cli("memory", *arguments)
    assert (ended.exit_code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_what_is_not_worth_remembering_is_refused_with_the_reason(cli: Cli) -> None:
    ended = cli("memory", "add", "  ")
    assert (ended.exit_code, ended.out) == (1, "")
    assert ended.err.startswith("oldhand: Not kept: ")


def test_a_private_memory_is_another_persons_secret(cli: Cli, remember: Remember) -> None:
    mine = remember("Ada likes short tests.", "--kind", "preference", "--scope", "user")["id"]
    assert ids(cli("memory", "list", "--json")) == [mine]
    assert cli("memory", "list", "--json", "--user", "grace").json() == []
    assert cli("memory", "show", mine, "--user", "grace").exit_code == 2


def test_flags_may_stand_before_the_command(cli: Cli, remember: Remember, shop: Path, tmp_path: Path) -> None:
    remember(CENTS)
    assert len(cli("-C", shop, "--user", "grace", "memory", "list", "--json").json()) == 1
    assert cli("-C", tmp_path, "memory", "list").exit_code == 2
