"""Flags that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

MODEL_FLAGS = ("model", "base_url", "user")


def place_flags(command: Command) -> Command:
    """Where, and as whom."""
    for option in (
        click.option("--user", help="Who you are to memory (default: git's user.email)."),
        click.option(
            "-C", "folder", type=click.Path(path_type=Path), help="Work in this folder.", metavar="DIR"
        ),
    ):
        command = option(command)
    return command


def model_flags(command: Command) -> Command:
    """Which model."""
    for option in (
        click.option("--base-url", help="An OpenAI-compatible endpoint."),
        click.option("--model", help="The model's name."),
    ):
        command = option(command)
    return command


def limit_flags(command: Command) -> Command:
    """How much a run may spend, and how its tests are run."""
    for option in (
        click.option("--learn", type=click.Choice(["auto", "inbox", "off"]), help="What becomes of lessons."),
        click.option("--attempts", type=click.IntRange(1), help="How often tests may fail."),
        click.option(
            "--timeout", type=click.FloatRange(min=0.0, min_open=True), help="Seconds the run may take."
        ),
        click.option("--max-cost", type=float, help="What the run may cost, by the prices you set."),
        click.option("--max-tokens", type=click.IntRange(1), help="Tokens the run may use."),
        click.option("--max-turns", type=click.IntRange(1), help="Model calls the run may make."),
        click.option("--test-cmd", help="The command that runs the project's tests."),
    ):
        command = option(command)
    return command


def loudness(command: Command) -> Command:
    """How much is told on the way."""
    for option in (
        click.option("-v", "verbose", count=True, help="Show tool results too."),
        click.option("-q", "quiet", is_flag=True, help="Show the end only."),
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
