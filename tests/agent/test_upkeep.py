"""Memory is kept up when a session ends, and its person is told."""

import json
import re
from pathlib import Path

import pytest

from tests.agent.conftest import Cli
from tests.receipt_task import ANSWER, PLAN, QUESTION, TASK
from tests.scripted_model import ScriptedModel


@pytest.fixture
def unused(cli: Cli, tmp_path: Path) -> str:
    """The id of a memory that a run concluded long ago and nobody ever used."""
    file = tmp_path / "old.jsonl"
    old = {"origin": "run", "created_at": "2020-01-01T00:00:00+00:00"}
    file.write_text(json.dumps({"text": "The cache lives beside the index", "provenance": old}) + "\n")
    (written,) = cli("memory", "import", str(file), "--json").json()["written"]
    return str(written["id"])


def believed(cli: Cli) -> list[str]:
    return [record["id"] for record in cli("memory", "list", "--kind", "semantic", "--json").json()]


def test_a_run_keeps_memory_up_after_its_result_and_says_how_to_take_it_back(cli: Cli, unused: str) -> None:
    with ScriptedModel([ANSWER, ANSWER]) as model:
        ended = cli("run", QUESTION, "--output", "stream-json", model=model)
        again = cli("run", QUESTION, model=model)
    assert (ended.exit_code, again.exit_code) == (0, 0)
    assert json.loads(ended.out.splitlines()[-1])["type"] == "run.finished"
    told = re.search(r"^Upkeep of memory: 1 memory retired\. To undo that: (.*)$", ended.err, re.M)
    assert told is not None
    assert "Upkeep" not in again.err
    assert believed(cli) == []
    (entry,) = cli("memory", "audit", "--event", "pruned", "--json").json()
    assert (entry["id"], entry["via"]) == (unused, "upkeep")
    assert cli(*told[1].split()[1:]).out == "1 memory restored, 0 removed.\n"
    assert believed(cli) == [unused]


def test_a_chat_keeps_memory_up_when_its_person_leaves(cli: Cli, unused: str) -> None:
    with ScriptedModel([ANSWER]) as model:
        ended = cli(model=model, stdin=f"{QUESTION}\n/quit\n")
    assert ended.exit_code == 0
    assert "Upkeep of memory: 1 memory retired." in ended.out
    assert believed(cli) == []


@pytest.mark.parametrize("flags", [("--no-memory",), ("--learn", "off")], ids=lambda flags: flags[0])
def test_memory_is_left_alone_where_it_is_not_to_be_written(
    cli: Cli, unused: str, flags: tuple[str, ...]
) -> None:
    with ScriptedModel([ANSWER]) as model:
        assert cli("run", QUESTION, *flags, model=model).exit_code == 0
    assert believed(cli) == [unused]


def test_a_run_that_waits_for_a_word_is_not_over_so_memory_waits_too(cli: Cli, unused: str) -> None:
    with ScriptedModel([PLAN]) as model:
        assert cli("run", TASK, "--plan-only", model=model).exit_code == 0
    assert believed(cli) == [unused]


def test_upkeep_can_be_switched_off_and_a_slip_in_its_setting_is_told_before_the_work(
    cli: Cli, unused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedModel([ANSWER]) as model:
        monkeypatch.setenv("OLDHAND_UPKEEP", "off")
        assert cli("run", QUESTION, model=model).exit_code == 0
        assert believed(cli) == [unused]
        monkeypatch.setenv("OLDHAND_UPKEEP", "weekly")
        refused = cli("run", QUESTION, model=model)
        assert len(model.requests) == 1
    assert refused.exit_code == 2
    assert "memory.upkeep must be auto or off, not 'weekly'" in refused.err
