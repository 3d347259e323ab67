"""The command line. Nothing heavy is imported before a command needs it."""

import logging
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.errors import AgentError
from agent.flags import (
    folder_of,
    headless_flags,
    joined,
    json_flag,
    model_flags,
    place_flags,
    session_flags,
    settings_of,
    verbosity_of,
)
from agent.mcp_cli import COMMANDS as SHARING
from agent.memory_cli import memory
from agent.repository_cli import COMMANDS
from agent.upkeep_cli import COMMANDS as UPKEEP
from graph.errors import GraphError
from memory.errors import MemoryFault, MemoryStoreError
from tools.errors import ConsentNeeded, ToolError, WorkspaceError

if TYPE_CHECKING:
    from agent.headless import RunOptions
    from graph.state import Decision


EXIT_CODES = """\b
Exit codes:
    0  done and tests seen passing, or an answer given
    1  tests failing, nothing changed, or an error
    2  wrong usage or settings
    3  a budget is spent
    4  the model cannot be reached, or refused
    5  your consent or your answer is needed
    6  changed, but no test could be run
  130  interrupted"""


class ChatByDefault(click.Group):
    """A group whose first word may be a command or the beginning of a conversation."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take what is no command as a message, unless it looks like a typing error."""
        first = args[0]
        if first in self.commands or first.startswith("-"):
            return super().resolve_command(ctx, args)
        shown = [name for name, command in self.commands.items() if not command.hidden]
        near = get_close_matches(first, shown, n=1, cutoff=0.7)
        if near and " " not in first:
            words = " ".join(args)
            ctx.fail(
                f"There is no command {first!r}. Did you mean {near[0]!r}? "
                f'(A chat that begins with these words: oldhand chat "{words}")'
            )
        return "chat", self.commands["chat"], args


@click.group(
    cls=ChatByDefault,
    invoke_without_command=True,
    subcommand_metavar="[PROMPT | COMMAND [ARGS]...]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="oldhand", message="oldhand %(version)s")
@place_flags
@model_flags
@click.pass_context
def oldhand(ctx: click.Context, /, **values: Any) -> None:
    """A coding agent that stays with your codebase: it remembers, and checks what it remembers.

    Without a command, `oldhand` opens a chat about the current repository; `oldhand "a question or a
    task"` starts it with that message.
    """
    ctx.obj = values
    if ctx.invoked_subcommand is None:
        ctx.invoke(chat)


@oldhand.command(hidden=True)
@click.argument("message", nargs=-1)
@click.option("--resume", "resumed", metavar="SESSION", help="Continue an earlier chat.")
@session_flags
def chat(message: tuple[str, ...] = (), resumed: str | None = None, **values: Any) -> None:
    """Talk about this repository."""
    from agent.chat import chat as talk

    values = joined(values)
    verbosity = verbosity_of(values)
    sys.exit(talk(folder_of(values), " ".join(message), settings_of(values), verbosity, resumed))


@oldhand.command(epilog=EXIT_CODES)
@click.argument("words", metavar="TASK", nargs=-1, required=True)
@click.option("--plan-only", is_flag=True, help="Stop after the plan; change nothing.")
@headless_flags
def run(words: tuple[str, ...], **values: Any) -> None:
    """Do one TASK without a chat; `-` reads it from standard input.

    The result goes to standard output, progress to standard error.
    """
    from agent.headless import run as start

    values = joined(values)
    task = sys.stdin.read() if words == ("-",) else " ".join(words)
    if not task.strip():
        raise click.UsageError("The task is empty. Say what should be done.")
    sys.exit(start(folder_of(values), task.strip(), settings_of(values), _run_options(values)))


def _run_options(values: dict[str, Any]) -> "RunOptions":
    from agent.headless import RunOptions

    return RunOptions(
        yes=values.get("yes", False),
        plan_only=values.get("plan_only", False),
        output=values.get("output", "text"),
        verbosity=verbosity_of(values),
        decision=_decision(values),
    )


def _decision(values: dict[str, Any]) -> "Decision | None":
    if values.get("amend"):
        return {"do": "amend", "text": values["amend"]}
    if values.get("refuse"):
        return {"do": "refuse"}
    return {"do": "approve"} if values.get("approve") else None


@oldhand.command()
@click.argument("name", required=False, metavar="[ID]")
@click.option("--approve", is_flag=True, help="Approve the waiting plan.")
@click.option("--refuse", is_flag=True, help="Reject it.")
@click.option("--amend", metavar="TEXT", help="Ask for a change to it.")
@headless_flags
def resume(name: str | None, **values: Any) -> None:
    """Continue a run that stopped, or a chat.

    Without an ID, the newest one here. `oldhand sessions` lists the IDs of runs and sessions. It goes on
    with the flags that it was started with; those given now win. What you consented to (--yes) and what
    is shown (--output, -q, -v) is not kept.
    """
    from agent.resuming import resume as go_on

    values = joined(values)
    sys.exit(go_on(folder_of(values), name, settings_of(values), _run_options(values)))


@oldhand.command()
@click.option(
    "--keep", type=click.Path(path_type=Path), metavar="DIR", help="Work in DIR and keep it afterwards."
)
@click.option(
    "--pace",
    type=click.FloatRange(min=0.0),
    default=1.0,
    help="Slow recorded answers down; 0 is at once.",
)
@model_flags
def demo(keep: Path | None, pace: float, **values: Any) -> None:
    """Show the main use case on a sample repository; no API key needed."""
    from agent.demo import demo as show

    values = joined(values)
    sys.exit(show(keep, pace, settings_of(values)))


@oldhand.command(name="eval")
@click.argument("suite")
@click.option("--case", "cases", multiple=True, help="Only this case (may repeat).")
@click.option(
    "--ablate",
    type=click.Choice(["memory", "none"]),
    default="memory",
    show_default=True,
    help="Also run each case without it.",
)
@json_flag
@model_flags
def evaluate(suite: str, cases: tuple[str, ...], ablate: str, as_json: bool, **values: Any) -> None:
    """Run an evaluation SUITE, each case with and without memory."""
    from agent.evaluate import evaluate as judge

    values = joined(values)
    sys.exit(judge(suite, cases, settings_of(values), ablate=ablate == "memory", as_json=as_json))


@oldhand.command()
@json_flag
@place_flags
@model_flags
def doctor(as_json: bool, **values: Any) -> None:
    """Check the setup, and say how to fix what is missing."""
    from agent.doctor import doctor as examine

    values = joined(values)
    sys.exit(examine(values.get("folder") or Path.cwd(), settings_of(values), as_json=as_json))


@oldhand.group(invoke_without_command=True)
@json_flag
@place_flags
@click.pass_context
def config(ctx: click.Context, /, as_json: bool, **values: Any) -> None:
    """Show every setting, its value and where it comes from."""
    from agent.configuration import show

    if ctx.invoked_subcommand is None:
        values = joined(values)
        show(values.get("folder") or Path.cwd(), settings_of(values), as_json=as_json)


@config.command()
@place_flags
def trust(**values: Any) -> None:
    """Trust this repository's .oldhand/config.toml as it is now."""
    from agent.configuration import trust_repository

    values = joined(values)
    trust_repository(folder_of(values))


for command in (memory, *COMMANDS, *UPKEEP, *SHARING):
    oldhand.add_command(command)


def main() -> None:
    """Run the command line; any error a person can cause is one sentence and an exit code."""
    # Some libraries configure logging for the whole process on import; a handler prevents that.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        oldhand(prog_name="oldhand", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(f"oldhand: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone: nothing is left to say
        sys.exit(1)
    except (AgentError, WorkspaceError, GraphError, MemoryFault, ToolError, ConsentNeeded) as error:
        click.echo(f"oldhand: {error}", err=True)
        sys.exit(_exit_code(error))


def _exit_code(error: Exception) -> int:
    if isinstance(error, AgentError):
        return error.exit_code
    if isinstance(error, ConsentNeeded):
        return 5
    return 1 if isinstance(error, MemoryStoreError | ToolError) else 2
