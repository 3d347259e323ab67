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
    """Where, and as whom."""
    for option in (
        click.option("--user", metavar="NAME", help="Who you are to memory; else git's user.email."),
        click.option(
            "-C", "folder", type=click.Path(path_type=Path), help="Work in this folder.", metavar="DIR"
        ),
    ):
        command = option(command)
    return command


def model_flags(command: Command) -> Command:
    """Which model."""
    for option in (
        click.option("--base-url", metavar="URL", help="An OpenAI-compatible endpoint."),
        click.option("--model", metavar="NAME", help="The model to ask."),
    ):
        command = option(command)
    return command


def limit_flags(command: Command) -> Command:
    """How much a run may spend, and how its tests are run."""
    for option in (
        click.option(
            "--learn",
            type=click.Choice(["auto", "inbox", "off"]),
            help="Lessons are kept, wait in the inbox, or are not drawn.",
        ),
        click.option("--attempts", type=_COUNT, metavar="N", help="How often tests may fail."),
        click.option("--timeout", type=_AMOUNT, metavar="SECONDS", help="How long the run may take."),
        click.option("--max-cost", type=_AMOUNT, metavar="COST", help="By the prices you set."),
        click.option("--max-tokens", type=_COUNT, metavar="N", help="Tokens the run may use, in and out."),
        click.option("--max-turns", type=_COUNT, metavar="N", help="Model calls the run may make."),
        click.option("--test-cmd", metavar="COMMAND", help="What runs the project's tests."),
    ):
        command = option(command)
    return command


def loudness(command: Command) -> Command:
    """How much is told on the way."""
    for option in (
        click.option("-v", "--verbose", count=True, help="Show tool results too."),
        click.option("-q", "--quiet", is_flag=True, help="Show the end only."),
    ):
        command = option(command)
    return command


def output_flag(command: Command) -> Command:
    """The format of the result."""
    return click.option(
        "--output",
        type=click.Choice(["text", "json", "stream-json"]),
        default="text",
        show_default=True,
        help="What stdout carries.",
    )(command)


def json_flag(command: Command) -> Command:
    """One JSON document instead of a table."""
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
    }
    return {name: value for name, value in values.items() if name in names and value is not None}


def joined(values: dict[str, Any]) -> dict[str, Any]:
    """The flags of a command, with those given before its name where it has none itself."""
    before = click.get_current_context().find_root().obj or {}
    return {**before, **{key: value for key, value in values.items() if value is not None}}


def folder_of(values: dict[str, Any]) -> Path:
    """The folder to work in.

    Raises:
        UsageError: It is not there.
    """
    folder: Path = values.get("folder") or Path.cwd()
    if not folder.is_dir():
        raise click.UsageError(f"There is no folder {folder}.")
    return folder


def verbosity_of(values: dict[str, Any]) -> int:
    """-1 where only the end is wanted, 0, or how often -v was given."""
    return -1 if values.get("quiet") else int(values.get("verbose") or 0)
