"""Flags that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

MODEL_FLAGS = ("model", "base_url", "user")
_COUNT = click.IntRange(1)
_AMOUNT = click.FloatRange(min=0.0, min_open=True)


def place_flags(command: Command) -> Command:
    """Add the flags for where to work, and as whom."""
    for option in (
        click.option("--user", metavar="NAME", help="Your name for memory [default: git's user.email]."),
        click.option(
            "-C", "folder", type=click.Path(path_type=Path), help="Run as if started in DIR.", metavar="DIR"
        ),
    ):
        command = option(command)
    return command


def model_flags(command: Command) -> Command:
    """Add the flags that choose a model."""
    for option in (
        click.option("--base-url", metavar="URL", help="URL of an OpenAI-compatible endpoint."),
        click.option("--model", metavar="NAME", help="The model to use."),
    ):
        command = option(command)
    return command


def limit_flags(command: Command) -> Command:
    """Add the flags for what a run may spend, and how its tests are run."""
    for option in (
        click.option(
            "--learn",
            type=click.Choice(["auto", "inbox", "off"]),
            help="Keep lessons, send them to the inbox, or draw none.",
        ),
        click.option("--attempts", type=_COUNT, metavar="N", help="Give up after N failed test runs."),
        click.option("--timeout", type=_AMOUNT, metavar="SECONDS", help="Stop after this many seconds."),
        click.option(
            "--max-cost", type=_AMOUNT, metavar="COST", help="Stop at this cost, by the prices you set."
        ),
        click.option("--max-tokens", type=_COUNT, metavar="N", help="Stop after N tokens, in and out."),
        click.option("--max-turns", type=_COUNT, metavar="N", help="Stop after N model calls."),
        click.option("--test-cmd", metavar="COMMAND", help="The command that runs the project's tests."),
    ):
        command = option(command)
    return command


def verbosity_flags(command: Command) -> Command:
    """Add the flags for how much is shown on the way."""
    for option in (
        click.option("-v", "--verbose", count=True, help="Show tool results too."),
        click.option("-q", "--quiet", is_flag=True, help="Show only the result."),
    ):
        command = option(command)
    return command


def session_flags(command: Command) -> Command:
    """Add the flags of everything that runs the loop."""
    memory = click.option(
        "--memory/--no-memory", default=None, help="Recall and remember, or neither.  [default: memory]"
    )
    for add in (verbosity_flags, limit_flags, model_flags, place_flags, memory):
        command = add(command)
    return command


def headless_flags(command: Command) -> Command:
    """Add the flags of a run that nobody need watch."""
    yes = click.option("--yes", is_flag=True, help="Approve everything that would need consent.")
    for add in (session_flags, output_flag, yes):
        command = add(command)
    return command


def output_flag(command: Command) -> Command:
    """Add the flag for the format of the result."""
    return click.option(
        "--output",
        type=click.Choice(["text", "json", "stream-json"]),
        default="text",
        show_default=True,
        help="Format of the result on stdout.",
    )(command)


def json_flag(command: Command) -> Command:
    """Add the flag for one JSON document instead of a table."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def settings_of(values: dict[str, Any]) -> dict[str, Any]:
    """The flags that are settings, by their field names; what was not given is left out."""
    names = {
        *MODEL_FLAGS,
        "test_cmd",
        "max_turns",
        "max_tokens",
        "max_cost",
        "timeout",
        "attempts",
        "learn",
        "memory",
    }
    return {name: value for name, value in values.items() if name in names and value is not None}


def joined(values: dict[str, Any]) -> dict[str, Any]:
    """The flags of a command; those it was not given are taken from before its name."""
    before = click.get_current_context().find_root().obj or {}
    return {**before, **{key: value for key, value in values.items() if value is not None}}


def folder_of(values: dict[str, Any]) -> Path:
    """The folder to work in.

    Raises:
        UsageError: It does not exist.
    """
    folder: Path = values.get("folder") or Path.cwd()
    if not folder.is_dir():
        raise click.UsageError(f"There is no folder {folder}.")
    return folder


def verbosity_of(values: dict[str, Any]) -> int:
    """-1 for only the result, otherwise how often -v was given."""
    return -1 if values.get("quiet") else int(values.get("verbose") or 0)
