"""Deciding about many memories at once: inbox, prune, undo."""

import json
from pathlib import Path

import pytest

from tests.agent.conftest import Cli


@pytest.fixture
def proposals(cli: Cli, tmp_path: Path) -> list[str]:
    """Three proposals of a run: two about money, one about receipts."""
    file = tmp_path / "proposals.jsonl"
    lines = [
        {"text": "Amounts are whole cents", "label": "invariant", "anchors": {"paths": ["shop/money.py"]}},
        {"text": "Rates are given in basis points", "anchors": {"paths": ["shop/money.py"]}},
        {"text": "Receipts have 40 columns", "label": "constraint"},
    ]
    proposed = {"status": "proposed", "provenance": {"origin": "run"}}
    file.write_text("".join(json.dumps({**line, **proposed}) + "\n" for line in lines))
    done = cli("memory", "import", str(file), "--json").json()
    return [item["id"] for item in done["written"]]


def waiting(cli: Cli, *flags: str) -> list[str]:
    return [record["id"] for record in cli("memory", "inbox", "--json", *flags).json()]


def test_the_inbox_is_decided_in_bulk_by_filters(cli: Cli, proposals: list[str]) -> None:
    cents, rates, columns = proposals
    assert set(waiting(cli)) == set(proposals)
    assert set(waiting(cli, "--path", "shop/money.py")) == {cents, rates}
    approved = cli("memory", "approve", "--path", "shop/money.py", "--label", "invariant")
    assert approved.out == f"Approved {cents}.\n"
    assert cli("memory", "reject", "--path", "shop/money.py").out == f"Rejected {rates}.\n"
    assert waiting(cli) == [columns]
    assert cli("memory", "approve", "--all").out == f"Approved {columns}.\n"
    assert waiting(cli) == []


def test_a_rejected_proposal_does_not_come_back(cli: Cli, proposals: list[str], tmp_path: Path) -> None:
    assert cli("memory", "reject", proposals[2]).exit_code == 0
    again = tmp_path / "again.jsonl"
    lines = [
        {"text": text, "status": status, "provenance": {"origin": "run"}}
        for text in ("Receipts have 40 columns", "Every receipt has 40 columns.")
        for status in ("proposed", "active")
    ]
    again.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = cli("memory", "import", str(again), "--json").json()
    assert [item["event"] for item in done["written"]] == ["refused"] * 4
    assert proposals[2] not in waiting(cli)


@pytest.mark.parametrize(
    ("flags", "said"), [((), "use --all"), (("M1234", "--all"), "not both"), (("M1234",), "M1234")]
)
def test_a_decision_says_about_what(cli: Cli, flags: tuple[str, ...], said: str) -> None:
    ended = cli("memory", "approve", *flags)
    assert ended.exit_code == 2
    assert said in ended.err


def test_what_rested_on_a_replaced_memory_waits_with_the_reason(cli: Cli) -> None:
    ground = cli("memory", "add", "Sessions are stored in Redis", "--json").json()["id"]
    leaning = cli("memory", "add", "Logout deletes one key", "--depends-on", ground, "--json").json()["id"]
    added = cli("memory", "add", "Sessions are stored in Postgres", "--json").json()
    assert added["event"] == "superseded"
    shown = cli("memory", "inbox")
    assert f"rests on {ground}, which {added['id']} replaced" in shown.out
    assert waiting(cli) == [leaning]


def test_prune_shows_prunes_and_is_taken_back(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"
    old = {"origin": "run", "created_at": "2020-01-01T00:00:00+00:00"}
    file.write_text(json.dumps({"text": "The cache lives beside the index", "provenance": old}) + "\n")
    (written,) = cli("memory", "import", str(file), "--json").json()["written"]
    looked = cli("memory", "prune", "--dry-run", "--json").json()
    assert looked["dry_run"] is True
    assert looked["pruned"][0]["ids"] == [written["id"]]
    assert looked["pruned"][0]["why"].startswith("never used in ")
    assert len(cli("memory", "list", "--json").json()) == 1
    done = cli("memory", "prune", "--json").json()
    assert cli("memory", "list", "--json").json() == []
    assert cli("memory", "prune").out == "There is nothing to prune.\n"
    assert cli("memory", "undo", done["turn"]).out == "1 memory restored, 0 removed.\n"
    assert [record["id"] for record in cli("memory", "list", "--json").json()] == [written["id"]]
    assert cli("memory", "undo", done["turn"]).exit_code == 1
