"""One task without a chat; a person at the terminal is asked for consent, but need not be there."""

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.model import require_endpoint
from agent.output import print_line, print_result
from agent.person import Lines, Person
from agent.place import (
    Place,
    held_back_notice,
    open_bench,
    open_memory,
    open_place,
    open_place_again,
    sweep_memory,
)
from agent.render import TerminalView
from agent.terminal import can_ask, stderr_console
from agent.upkeep import check_upkeep, keep_up
from graph.events import Emit, Noticed, RunFinished
from graph.ledger import RESUMABLE, Turn
from graph.state import Decision
from graph.test_bench import TestBench
from memory.errors import MemoryStoreError
from memory.memory import Memory
from tools.permissions import Action

if TYPE_CHECKING:
    from agent.app import Consent
    from graph.session import Session


@dataclass(frozen=True)
class RunOptions:
    """How a person wants a headless run, besides the settings.

    Attributes:
        yes: Approve whatever would need consent.
        plan_only: Stop after the plan.
        output: "text", "json" or "stream-json".
        verbosity: -1 to 2.
        decision: About the plan that waits.
    """

    yes: bool = False
    plan_only: bool = False
    output: str = "text"
    verbosity: int = 0
    decision: Decision | None = None


def run(folder: Path, task: str, flags: dict[str, Any], options: RunOptions) -> int:
    """Run a task from its beginning and return the exit code.

    Args:
        folder: A folder in the repository.
        task: What should be done.
        flags: Settings from the command line.
        options: How to run it.
    """
    place = open_place(folder, flags)
    require_endpoint(place.settings)
    bench = open_bench(place, with_memory=place.settings.memory)
    if not options.plan_only:
        bench.start_baseline()  # while the rest of the program is loaded and the model plans
    session = _session(place, options, bench=bench)
    with _ended_by_sigterm(), closing(session):
        return _report(session.start(task, plan_only=options.plan_only), place, options)


def resume(folder: Path, turn: Turn, flags: dict[str, Any], options: RunOptions) -> int:
    """Go on with a run that stopped and return the exit code.

    Args:
        folder: A folder in the repository.
        turn: The run.
        flags: Settings from the command line; where there is none, what the run was started with counts.
        options: How to run it.
    """
    place = open_place_again(folder, turn, flags)
    require_endpoint(place.settings)
    session = _session(place, options, turn.session)
    waiting = session.waits_for_consent(turn)
    decision = None if waiting is None else options.decision or _asked(turn, waiting["plan"])
    with _ended_by_sigterm(), closing(session):
        return _report(session.resume(turn, decision), place, options)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Treat SIGTERM, which `timeout` and CI send, as Ctrl-C: the state is saved, the end reported."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _asked(turn: Turn, plan: dict[str, Any]) -> Decision:
    """What the person at the terminal decides about a plan that waits.

    Raises:
        UsageError: They cannot, or leave it open.
    """
    console = stderr_console()
    if can_ask():
        TerminalView(console).show_plan(plan)
        decision = Person(console, Lines(console)).decide()
        if decision is not None:
            return decision
    raise click.UsageError(
        f"{turn.turn} has a plan waiting for your decision: --approve, --refuse, or --amend TEXT."
    )


def _session(
    place: Place,
    options: RunOptions,
    name: str | None = None,
    bench: TestBench | None = None,
) -> "Session":
    from agent.app import open_session

    emit = _listener(options)
    check_upkeep(place.settings)  # a slip in it is told now, not after the work
    if place.held_back:
        emit(Noticed(held_back_notice(place)))
    if not place.sandbox.confines:
        emit(Noticed(f"{place.sandbox.reason}{' --yes gives it.' if options.yes else ''}"))
    memory: Memory | None = None
    if place.settings.memory:
        try:
            sweep_memory(place, "run")
            memory, _ = open_memory(place, "run")
        except MemoryStoreError as error:
            emit(Noticed(f"{error} This run continues without memory."))
    return open_session(place, emit, _consent(options, emit), memory=memory, session=name, bench=bench)


def _consent(options: RunOptions, emit: Emit) -> "Consent | None":
    """Who consents to an action for which a rule demands it; None if nobody can be asked."""
    if options.yes:
        return _yes_to_all
    if not isinstance(emit, TerminalView) or not can_ask():
        return None
    console = stderr_console()
    person = Person(console, Lines(console))

    def asked(action: Action, reason: str) -> bool:
        emit.rest()
        return person.allows(action, reason)

    return asked


def _yes_to_all(action: Action, reason: str) -> bool:
    """With --yes the person has consented in advance."""
    return True


def _listener(options: RunOptions) -> Emit:
    if options.output == "stream-json":
        return print_line
    return TerminalView(stderr_console(), options.verbosity)


def _report(finished: RunFinished, place: Place, options: RunOptions) -> int:
    """Print the result, then look after memory unless the run can be continued."""
    print_result(finished, options.output)
    if finished.outcome == "planned" and options.output != "stream-json":
        click.echo(
            f"To carry it out: oldhand resume --approve {finished.turn} (or --amend TEXT, or --refuse)",
            err=True,
        )
    told = keep_up(place) if place.settings.memory and finished.outcome not in RESUMABLE else None
    if told:
        click.echo(told, err=True)
    return finished.exit_code
