"""What a test run showed, as lines for the terminal."""

from collections.abc import Iterator

from rich.markup import escape

from agent.phrases import count, first_line
from graph.events import TestFinished, TestsAwaited, is_test
from graph.project_tests import THE_RUN

__test__ = False

SHOWN = 5
AWAITED = {
    "before": "waiting for the tests as they are before the change",
    "nearest": "running the tests nearest to the change",
    "all": "running all tests",
}
WORDS = {
    "none": "nothing was proved",
    "timeout": "not ended in time",
    "error": "not all tests could be run",
}


def awaited_line(event: TestsAwaited) -> str:
    """What the run waits for, as markup."""
    return f"[dim]{AWAITED[event.scope]}: {escape(first_line(event.command))}[/]"


def tested_lines(event: TestFinished) -> Iterator[tuple[str, int]]:
    """The lines of a test run as markup, each with how far it is indented."""
    yield _head(event), 0
    if event.outcome == "passed" and event.unseen:
        yield f"[yellow]the whole suite is not run:[/] {escape(event.unseen)}", 0
    if event.unstarted:
        yield f"[yellow]{escape(event.unstarted)}[/]", 0
    for case in event.failing[:SHOWN] if event.outcome != "passed" else ():
        yield f"[red]{escape(case['id'])}[/]", 0
        yield f"[dim]{escape(first_line(case['message']))}[/]", 2
    for file in event.uncollected[:SHOWN]:
        yield (
            f"[yellow]not collected:[/] {escape(file['id'])} [dim]{escape(first_line(file['message']))}[/]",
            0,
        )
    more = len(event.uncollected) - SHOWN
    if more > 0:
        yield f"[dim]… and {more} more that are not collected[/]", 0


def _head(event: TestFinished) -> str:
    """The run in one line."""
    which = " of the nearest tests" if event.scope == "nearest" else ""
    has_passed, as_before = event.outcome == "passed", THE_RUN in event.known_failing
    told_otherwise = event.unstarted or has_passed or as_before
    counts = [f"{event.passed} passed{which}"] if event.passed or not told_otherwise else []
    counts += ["as before"] if as_before else []
    counts += [f"{len(event.known_failing)} failed before"] if event.known_failing and not as_before else []
    counts += (
        [f"{count(len(event.uncollected), 'file')} not collected (as before)"] if event.uncollected else []
    )
    counts += [f"{len(event.flaky)} failed by chance"] if event.flaky else []
    if has_passed and not counts:
        counts = ["passed"]  # the command names no single tests
    tail = f"[dim]in {event.seconds:.1f} s · {escape(first_line(event.command))}[/]"
    if has_passed:
        return f"[bold green]✓[/] {', '.join(counts)} {tail}"
    style = "bold yellow" if event.outcome == "none" else "bold red"
    return f"[{style}]✗ {_wrong(event)}[/] {', '.join(counts)} {tail}".replace("  ", " ")


def _wrong(event: TestFinished) -> str:
    """What is wrong, in a few words."""
    if event.unstarted:
        return "no test could be run"
    lost = sum(not is_test(case) for case in event.failing)
    parts = [f"{event.failed - lost} failed"] if event.failed > lost else []
    parts += [f"{count(lost, 'file')} cannot be collected"] if lost else []
    words = {
        "none": "nothing was proved",
        "timeout": "not ended in time",
        "error": "not all tests could be run",
    }
    return ", ".join(parts) + "," if parts else f"{words.get(event.outcome, event.outcome)},"
