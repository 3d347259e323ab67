"""Events for programs: JSON lines while the run goes on, or one document at its end."""

import json
from collections.abc import Callable
from typing import Any

import click

from graph.events import Event, RunFinished


def print_line(event: Event) -> None:
    """One event as a line of JSON on stdout, at once."""
    click.echo(json.dumps(event.to_json(), ensure_ascii=False))


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def print_result(output: str) -> Callable[[RunFinished], None]:
    """What stdout carries when a run has ended, by the format asked for."""

    def text(event: RunFinished) -> None:
        if event.summary:
            click.echo(event.summary)

    def document(event: RunFinished) -> None:
        print_json(event.to_json())

    def nothing(event: RunFinished) -> None:
        """The stream has carried it already."""

    return {"text": text, "json": document, "stream-json": nothing}[output]
