"""The command line itself: help, slips of the pen, suites and folders that are not there."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from agent.cli import oldhand
from tests.agent.conftest import Cli
from tests.receipt_task import ANSWER
from tests.scripted_model import ScriptedModel


def commands(group: click.Group = oldhand, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command as it is typed."""
    yield before
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))
        else:
            yield (*before, name)


@pytest.mark.parametrize("command", sorted(commands()), ids=" ".join)
def test_every_command_explains_itself_and_its_flags(cli: Cli, command: tuple[str, ...]) -> None:
    ended = cli(*command, "--help")
    assert (ended.exit_code, ended.err) == (0, "")
    assert ended.out.startswith(" ".join(["Usage: oldhand", *command]))
    assert cli(*command, "-h").out == ended.out
    assert max(map(len, ended.out.splitlines())) <= 100
    assert "..." not in ended.out.partition("Commands:")[2]  # no summary is cut short
    found: click.Command = oldhand
    for name in command:
        assert isinstance(found, click.Group)
        found = found.commands[name]
    flags = [parameter for parameter in found.params if isinstance(parameter, click.Option)]
    assert [flag.name for flag in flags if not flag.help] == []


def test_the_version_is_told(cli: Cli) -> None:
    assert cli("--version").out.startswith("oldhand 0.")


@pytest.mark.parametrize(
    ("words", "meant"), [(["memri"], "memory"), (["memri", "list"], "memory"), (["undoo"], "undo")]
)
def test_a_slip_of_the_pen_is_no_message(cli: Cli, words: list[str], meant: str) -> None:
    with ScriptedModel([]) as model:
        ended = cli(*words, model=model)
        assert model.requests == []
    assert (ended.exit_code, ended.out) == (2, "")
    assert f"There is no command '{words[0]}'. Did you mean '{meant}'?" in ended.err


@pytest.mark.parametrize("words", [["what is here?"], ["what", "is", "here?"], ["chat", "undoo", "it"]])
def test_other_words_open_a_chat(cli: Cli, words: list[str]) -> None:
    with ScriptedModel([ANSWER]) as model:
        ended = cli(*words, model=model)
        assert words[-1] in model.requests[0]["messages"][-1]["content"]
    assert ended.exit_code == 0
    assert "It is summed at" in ended.out


def test_a_task_need_not_be_quoted(cli: Cli) -> None:
    with ScriptedModel([ANSWER]) as model:
        assert cli("run", "where", "is", "it", "--output", "json", model=model).exit_code == 0
        assert model.requests[0]["messages"][-1]["content"].rstrip().endswith("where is it")


def test_a_suite_that_is_not_there_is_named_with_those_that_are(cli: Cli) -> None:
    ended = cli("eval", "no-such-suite")
    assert (ended.exit_code, ended.out) == (2, "")
    assert "There is no suite 'no-such-suite'. Shipped: payments" in ended.err
    case = cli("eval", "payments", "--case", "no-such-case")
    assert case.exit_code == 2
    assert "It has: create-invoice" in case.err


def test_a_suite_file_that_is_broken_ends_in_one_sentence(cli: Cli, tmp_path: Path) -> None:
    for text in ("not toml", "", "[[case]]\nname = 1\n"):
        file = tmp_path / "mine.toml"
        file.write_text(text)
        ended = cli("eval", file)
        assert (ended.exit_code, ended.out) == (2, "")
        assert ended.err.startswith("oldhand: ")
        assert "Traceback" not in ended.err


def test_the_demo_plays_in_no_folder_that_holds_something(cli: Cli, shop: Path) -> None:
    before = sorted(path.name for path in shop.iterdir())
    ended = cli("demo", "--keep", shop)
    assert (ended.exit_code, ended.out) == (2, "")
    assert ended.err == f"oldhand: {shop} is not empty. Name a new folder for --keep.\n"
    assert sorted(path.name for path in shop.iterdir()) == before


def test_a_data_folder_that_cannot_be_used_ends_in_one_sentence(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedModel([ANSWER, ANSWER]) as model:
        ledger = home / ".local/share/oldhand/sessions/ledger.db"
        ledger.parent.mkdir(parents=True)
        ledger.write_text("no database " * 100)
        damaged = [cli("sessions"), cli("undo"), cli("run", "what?", model=model)]
        monkeypatch.setenv("XDG_DATA_HOME", "/dev/null/data")
        unusable = [cli("sessions"), cli("run", "what?", model=model), cli("memory", "list")]
        assert model.requests == []
    for ended in (*damaged, *unusable):
        assert ended.exit_code in (1, 2)
        assert ended.err.splitlines()[-1].startswith("oldhand: The ")
        assert "Traceback" not in ended.err
