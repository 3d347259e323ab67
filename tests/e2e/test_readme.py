"""What README.md says is so."""

import re
from pathlib import Path

import click
import pytest

from agent.cli import oldhand

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_it_is_shorter_than_two_pages() -> None:
    assert len(README.splitlines()) < 110


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_leads_somewhere(file: str) -> None:
    links = re.findall(r"\]\(([^)#]+)", (ROOT / file).read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_command_and_flag_that_is_named_is_there(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    flags = {
        option
        for command in every_command(oldhand)
        for parameter in command.params
        for option in parameter.opts
    } | {"--help", "--version"}
    code = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"^    (\S.*)$", text, re.MULTILINE)]
    called = [re.split(r" {2,}#", snippet)[0] for snippet in code]
    for snippet in called:
        words = snippet.split()
        if words[0] == "make":
            assert set(words[1:2]) <= TARGETS, snippet
        if words[0] == "oldhand" and len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]):
            command = oldhand.commands[words[1]]
            if isinstance(command, click.Group) and len(words) > 2:
                assert words[2] in command.commands, snippet
        if words[0] == "oldhand" or words[0].startswith("--"):
            assert {word for word in words if word.startswith("--")} <= flags, snippet


def test_the_commands_that_people_need_are_in_it() -> None:
    for name, command in oldhand.commands.items():
        if not command.hidden:
            assert re.search(rf"\b{name}\b", README), name


def every_command(group: click.Group) -> list[click.Command]:
    inner = [every_command(c) if isinstance(c, click.Group) else [c] for c in group.commands.values()]
    return [group, *(command for commands in inner for command in commands)]
