"""Events for programs: JSON lines while the run goes on, or one document at its end."""

import json
from typing import Any

import click

from graph.events import Event, RunFinished

# The other outcomes have a reason, for whoever watches, and no result.
WITH_RESULT = ("passed", "untested", "answered", "question", "planned")


def print_line(event: Event) -> None:
    """One event as a line of JSON on stdout, at once."""
    click.echo(json.dumps(event.to_json(), ensure_ascii=False))


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def print_result(finished: RunFinished, output: str) -> None:
    """Print a finished run's result to stdout: "text" or "json"; "stream-json" has printed it already."""
    if output == "json":
        print_json(finished.to_json())
    elif output == "text" and (result := result_of(finished)):
        click.echo(result)


def result_of(finished: RunFinished) -> str:
    """What a person asked for: the summary, the answer, the question, the plan; nothing where it failed."""
    if finished.outcome == "planned" and finished.plan:
        return _plan_text(finished.plan)
    return finished.summary if finished.outcome in WITH_RESULT else ""


def _plan_text(plan: dict[str, Any]) -> str:
    lines = [str(plan["summary"])]
    for number, step in enumerate(plan["steps"], 1):
        files = ", ".join([*step["files"], *(f"new: {path}" for path in step["creates"])])
        lines.append(f"{number}. {step['what']}" + (f" ({files})" if files else ""))
    new = plan.get("new_tests", [])
    tests = [f"{test} (new)" if test in new else test for test in plan["tests"]]
    lines += [f"Tests: {', '.join(tests)}"] if tests else []
    lines += [f"Risk: {risk}" for risk in plan["risks"]]
    lines += [f"Open: {question}" for question in plan.get("questions", [])]
    lines += [f"Relies on {', '.join(plan['memories'])}"] if plan["memories"] else []
    return "\n".join(lines)
