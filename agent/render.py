"""A run on the terminal: the six steps as they happen."""

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from agent.call_log import UNSHOWN, CallLog, IndexLog, is_of_the_files
from agent.diff_view import diff_view
from agent.output import WITH_RESULT
from agent.phrases import MARKS, OUTCOMES, count, first_line, one_line
from agent.test_view import awaited_line, tested_lines
from agent.waiting import Waiting
from graph.events import (
    CodeFound,
    CodeRead,
    Compacted,
    Event,
    FileChanged,
    MemoryRecalled,
    MemoryWritten,
    NodeStarted,
    Noticed,
    PlanMade,
    RunFinished,
    RunStarted,
    TestFinished,
    TestsAwaited,
    TextStreamed,
    ToolCalled,
    ToolReturned,
)

LABEL_WIDTH = 10
MARGIN = 2
LOG_CHARS = 150
FOLLOWED_BY_A_WAIT = (
    NodeStarted, CodeFound, ToolCalled, FileChanged, TestsAwaited, TestFinished, MemoryWritten, Noticed
)  # fmt: skip


class TerminalView:
    """Draws a run's events on the terminal.

    Args:
        console: Where to.
        verbosity: -1 draws only the end, 0 the steps, 1 every tool result too.
        chat: Whether this is one turn of a conversation: the person has just typed the task, reads the
            answer here as it comes, and is asked about plans.
        show_diff: Whether the diff is drawn at the end.
    """

    def __init__(
        self, console: Console, verbosity: int = 0, *, chat: bool = False, show_diff: bool = True
    ) -> None:
        self._console = console
        self._verbosity = verbosity
        self._chat = chat
        self._show_diff = show_diff
        self._proposed = 0
        self._heard = ""
        self._calls = CallLog()
        self._indexed = IndexLog()
        self._aside = ""  # what the model says between its calls
        self._known: dict[str, FileChanged] = {}
        self._waiting = Waiting(console)
        self._step = ""
        self._node = ""
        self._streaming = False
        self._draw: dict[type[Event], Callable[[Any], None]] = {
            RunStarted: self._run_started,
            NodeStarted: self._node_started,
            MemoryRecalled: self._recalled,
            CodeFound: self._found,
            TextStreamed: self._text,
            PlanMade: self._plan,
            ToolCalled: self._called,
            ToolReturned: self._returned,
            FileChanged: self._changed,
            TestsAwaited: lambda event: self._line(awaited_line(event)),
            TestFinished: self._tested,
            MemoryWritten: self._written,
            Compacted: self._compacted,
            Noticed: self._noticed,
            RunFinished: self._finished,
        }

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        if isinstance(event, CodeRead) and self._verbosity >= 0:
            self._waiting.reading(event.done, event.total)
            return
        draw = self._draw.get(type(event))
        if draw is None or (self._verbosity < 0 and not isinstance(event, self._never_quiet)):
            return
        if isinstance(event, TextStreamed) and not self._chat:
            self._aside += event.text
            return
        if isinstance(event, ToolReturned) and event.ok and self._verbosity < 1:
            return
        self._waiting.end()
        if not isinstance(event, ToolCalled) and not is_of_the_files(event):
            self._show_calls()
        if self._streaming and not isinstance(event, TextStreamed):
            self._console.print()
            self._streaming = False
        draw(event)
        if isinstance(event, FOLLOWED_BY_A_WAIT):
            self._waiting.begin(self._step)

    @property
    def _never_quiet(self) -> tuple[type[Event], ...]:
        return (RunFinished, Noticed, PlanMade, TextStreamed) if self._chat else (RunFinished, Noticed)

    def _run_started(self, event: RunStarted) -> None:
        self._node = self._heard = ""
        if self._chat:
            return
        again = " (goes on)" if event.resumed else ""
        where = f"{event.repository.rsplit('/', 1)[-1]}" + (f" on {event.branch}" if event.branch else "")
        title = (
            f"[bold]{escape(where)}[/] · {escape(event.user)} · {escape(event.model)} · {event.turn}{again}"
        )
        self._console.print(Rule(title, align="left", style="dim"))
        self._console.print(Padding(Text(event.task, style="bold"), (0, 0, 0, 2)))

    def _node_started(self, event: NodeStarted) -> None:
        self._step = self._node = event.node
        self._aside = ""  # the last words before a step ends are its summary, told at the end

    def _line(self, text: Text | str, indent: int = 0) -> None:
        """A paragraph beside the name of its step, which is written only where the step changes."""
        head = Text(f"{self._node:<{LABEL_WIDTH}}", style="bold cyan")
        self._node = ""
        body = Text.from_markup(text) if isinstance(text, str) else text
        row = Table.grid()
        row.add_column(width=LABEL_WIDTH + MARGIN)
        row.add_column(overflow="fold")
        row.add_row(Padding(head, (0, 0, 0, MARGIN)), Padding(body, (0, 0, 0, indent)))
        self._console.print(row)

    def _recalled(self, event: MemoryRecalled) -> None:
        held = f", {len(event.dropped)} held back" if event.dropped else ""
        self._line(f"{count(len(event.fed), 'memory')} ({event.tokens} tokens){held}")
        for memory in event.fed:
            facts = " · ".join(
                part
                for part in (
                    f"{memory['kind']}/{memory['label']}",
                    memory.get("age"),
                    f"reliability {memory['reliability']:.2f}" if "reliability" in memory else "",
                    memory["verified"],
                )
                if part
            )
            self._line(f"[bold magenta]{memory['id']}[/] [dim]{escape(facts)}[/]")
            self._line(escape(_told(memory["kind"], memory["text"])), indent=6)
        for memory in event.dropped:
            self._line(f"[red]✗ {memory['id']}[/] [dim]held back: {escape(memory['reason'])}[/]")

    def _found(self, event: CodeFound) -> None:
        top = ", ".join(file["path"] for file in event.files[:5])
        known = f"{count(event.indexed, 'file')} indexed"
        if event.unread:
            known = f"{event.indexed - event.unread} of {count(event.indexed, 'file')} indexed so far"
        self._line(f"{known}; nearest: {escape(top) or 'none'}")

    def _text(self, event: TextStreamed) -> None:
        if not event.text:
            return
        if not self._streaming:
            self._console.print()
        self._streaming = True
        self._heard += event.text
        self._console.print(event.text, end="", markup=False, highlight=False, soft_wrap=True)

    def _plan(self, event: PlanMade) -> None:
        if event.plan["kind"] == "change":
            self.show_plan(event.plan)

    def show_plan(self, plan: dict[str, Any]) -> None:
        """Draw a plan."""
        self._node = "plan"
        self._line(f"[bold]{escape(plan['summary'])}[/]")
        for n, step in enumerate(plan["steps"], 1):
            files = " ".join([*step["files"], *(f"+{path}" for path in step["creates"])])
            self._line(f"{n}. {escape(step['what'])} [dim]{escape(files)}[/]")
        for risk in plan["risks"]:
            self._line(f"[yellow]risk:[/] {escape(risk)}")
        for question in plan.get("questions", []):
            self._line(f"[yellow]open:[/] {escape(question)}")
        if plan["memories"]:
            self._line(f"relies on [bold magenta]{' '.join(plan['memories'])}[/]")

    def rest(self) -> None:
        """Leave the terminal to somebody else, to ask the person."""
        self._waiting.end()
        self._show_calls()

    def _called(self, event: ToolCalled) -> None:
        if event.name in UNSHOWN:
            self._aside = ""  # what was streamed is the argument of this call: an answer, told at the end
        if self._aside.strip():
            self._show_calls()
            self._line(Text(self._aside.strip(), style="italic"))
        self._aside = ""
        self._calls.add(event)

    def _show_calls(self) -> None:
        for line in [*self._calls.take(), *self._indexed.take()]:
            self._line(line)

    def _returned(self, event: ToolReturned) -> None:
        if not event.ok:
            self._line(f"[red]✗[/] [dim]{escape(first_line(event.text))}[/]")
        elif self._verbosity > 0 and event.text:
            self._line(Text(event.text.rstrip(), style="dim"))

    def _changed(self, event: FileChanged) -> None:
        if self._known.get(event.path) == event:
            return
        self._known[event.path] = event
        moved = f" (was {escape(event.old_path)})" if event.old_path and event.status == "renamed" else ""
        self._line(
            f"{event.status} {escape(event.path)}{moved} [green]+{event.added}[/] [red]−{event.removed}[/]"
        )

    def _tested(self, event: TestFinished) -> None:
        for line, indent in tested_lines(event):
            self._line(line, indent)

    def _written(self, event: MemoryWritten) -> None:
        if is_of_the_files(event):
            self._indexed.add(event)
            return
        mark, style, words = MARKS.get(event.event, ("·", "dim", event.event))
        self._proposed += event.event == "proposed"
        head = f"[{style}]{mark} {event.id or '    '}[/] [dim]{words} · {event.kind}/{event.label}[/]"
        reason = f" [dim]({escape(event.reason)})[/]" if event.reason else ""
        self._line(head + reason)
        if event.event not in ("helped", "hurt"):
            self._line(escape(_told(event.kind, event.text)), indent=6)

    def _compacted(self, event: Compacted) -> None:
        sizes = f"{event.tokens_before:,} → {event.tokens_after:,} tokens"
        self._line(f"[dim]older messages are sent shortened from now on: {sizes}[/]")

    def _noticed(self, event: Noticed) -> None:
        self._line(f"[yellow]![/] {escape(event.text)}")

    def _finished(self, event: RunFinished) -> None:
        if self._chat and event.outcome == "planned":
            return
        if event.diff and self._show_diff and self._verbosity >= 0:
            self._console.print()
            self._console.print(Padding(diff_view(event.diff), (0, 0, 0, 2)))
        words, style = OUTCOMES.get(event.outcome, (f"✗ {event.outcome}", "bold red"))
        self._console.print()
        # A result has been read here as it came, or goes to standard output.
        known = event.summary in self._heard if self._chat else event.outcome in WITH_RESULT
        if not (known and self._chat and event.outcome == "answered"):
            said = "" if known else f"  {event.summary}"
            self._console.print(Text.assemble("  ", (words, style), said), soft_wrap=True)
        added = sum(file["added"] for file in event.files)
        removed = sum(file["removed"] for file in event.files)
        parts = [f"{count(len(event.files), 'file')} +{added} −{removed}"] if event.files else []
        parts += [
            count(event.model_calls, "model call"),
            f"{event.tokens_in:,} tokens in{_cached(event.cached)}, {event.tokens_out:,} out",
            f"{event.seconds:.1f} s, {event.model_seconds:.1f} s of it the model",
        ]
        if event.cost is not None:
            parts.append(f"cost {event.cost:.3f}")
        self._console.print(Text("  " + " · ".join(parts), style="dim"), soft_wrap=True)
        if self._proposed:
            them = "it" if self._proposed == 1 else "them"
            waiting = f"{count(self._proposed, 'memory')} will be used once you approve {them}"
            self._console.print(Text(f"  {waiting}: oldhand memory inbox", style="cyan"), soft_wrap=True)
            self._proposed = 0


def _cached(tokens: int) -> str:
    return f" ({tokens:,} of them cached)" if tokens else ""


def _told(kind: str, text: str) -> str:
    """A memory's text; a log of work is cut, it says nothing that the run has not shown."""
    return one_line(text, LOG_CHARS if kind == "task" else len(text))
