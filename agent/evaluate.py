"""`oldhand eval`: a suite, each case with and without memory, and what it cost."""

import os
from typing import Any

from rich.markup import escape

from agent.config import load
from agent.errors import ConfigError
from agent.model import require_endpoint
from agent.output import print_json
from agent.terminal import stderr_console, stdout_console
from evals.cases import load_dataset
from evals.checks import Arm
from evals.errors import EvalError
from evals.report import Result, render
from evals.runner import run_dataset


def evaluate(
    suite: str, cases: tuple[str, ...], flags: dict[str, Any], *, ablate: bool, as_json: bool
) -> int:
    """Run a suite and print its table; exit code 0 when every case with memory passed.

    Raises:
        ConfigError: There is no such suite or case.
        NoModel: A case has no recording and no endpoint is set.
    """
    try:
        dataset = load_dataset(suite)
        dataset = dataset.only(cases) if cases else dataset
    except EvalError as error:
        raise ConfigError(str(error)) from error
    arms = (Arm.MEMORY, Arm.NO_MEMORY) if ablate else (Arm.MEMORY,)
    settings = load(None, flags).settings
    console = stderr_console()
    if settings.api_key or settings.base_url:
        dataset = dataset.live()
    elif all(arm in case.recordings for case in dataset.cases for arm in arms):
        console.print(
            "No endpoint is set: recorded model answers are replayed; everything else is real.",
            soft_wrap=True,
        )
    else:
        require_endpoint(settings)
    environment = dict(os.environ)
    given = {
        "OPENAI_BASE_URL": settings.base_url,
        "OPENAI_API_KEY": settings.api_key,
        "OLDHAND_MODEL": settings.model,
    }
    environment |= {name: value for name, value in given.items() if value}

    def told(result: Result) -> None:
        mark = "[green]✓[/]" if result.passed else "[red]✗[/]"
        console.print(f"{mark} {escape(result.case)} [dim]{result.arm.value} · {result.seconds:.1f} s[/]")

    try:
        report = run_dataset(dataset, environment, arms, told)
    except EvalError as error:
        raise ConfigError(str(error)) from error
    if as_json:
        print_json(report.to_json())
    else:
        stdout_console().print(render(report))
    return 0 if all(result.passed for result in report.results if result.arm is Arm.MEMORY) else 1
