"""`oldhand demo`: the main job on a sample repository, in two sessions of two people."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule

from agent.config import load
from agent.errors import ConfigError
from agent.terminal import stdout_console
from evals.errors import EvalError
from evals.replayer import Replayer
from evals.repos import commit_all, lay_out, require_packages
from tools.temporary import temporary_folder

RECORDING = Path(__file__).parent.parent / "evals" / "recordings" / "demo.jsonl"
CHARS_PER_S = 900.0  # how fast recorded answers arrive at pace 1
SHOWN_CHARS = 60

ADA, GRACE = "ada@example.com", "grace@example.com"
FIRST_DAY, LATER_DAY, LAST_DAY = "2026-03-02T09:30:00Z", "2026-03-11T14:05:00Z", "2026-03-20T10:00:00Z"

CREATE_INVOICES = (
    "Add an endpoint to create invoices: POST /invoices with the customer's id and the lines (description, "
    "quantity, unit price in minor units of the customer's currency, tax rate in basis points, 0 if left "
    "out); it answers 201 with the invoice. We have decided how new endpoints report errors: return errors "
    "as structured JSON with code, message and details; the endpoints we have stay as they are until "
    "version 2. And for myself: I like tests without classes, one behaviour a test."
)

REFUND_PAYMENT = (
    "Add an endpoint to refund a payment: POST /payments/{payment_id}/refund with an optional amount in "
    "minor units, everything we still hold if it is left out. Several partial refunds are possible; more "
    "than we hold is refused."
)

CSV_RULE = "The nightly CSV must not get a header line: the old accounting system reads it as a payment."


@dataclass(frozen=True)
class Stage:
    """Where the demo takes place: its own repository and data folders."""

    console: Console
    repository: Path
    environment: Mapping[str, str]

    def oldhand(self, *arguments: str, user: str, day: str) -> int:
        """Start the program as a person would, in a new process, on some day."""
        shown = " ".join(f'"{_shortened(a)}"' if " " in a else a for a in arguments)
        self.console.print(
            f"\n[bold green]{user.split('@', maxsplit=1)[0]}@{day[:10]}[/] $ oldhand {escape(shown)}",
            soft_wrap=True,
        )
        argv = [sys.executable, "-P", "-m", "oldhand", *arguments, "--user", user]
        environment = {**self.environment, "OLDHAND_CLOCK": day}
        return subprocess.run(argv, cwd=self.repository, env=environment, check=False).returncode

    def chapter(self, title: str, text: str) -> None:
        """Announce what comes next."""
        self.console.print()
        self.console.print(Rule(f"[bold]{title}[/]", style="cyan"))
        self.console.print(Padding(text, (0, 0, 0, 2)))


def demo(keep: Path | None, pace: float, flags: dict[str, Any]) -> int:
    """Play the demo; exit code 0 when both sessions ended with passing tests.

    Args:
        keep: The folder to play in, or None for one that is removed at the end.
        pace: How slowly recorded answers arrive: 1 as from a fast model, 0 at once.
        flags: Settings from the command line; an endpoint among them is used instead of the recording.

    Raises:
        ConfigError: What the sample service's tests need is missing, or `keep` is taken.
    """
    try:
        require_packages("payments")
    except EvalError as error:
        raise ConfigError(str(error)) from error
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise ConfigError(f"{keep} is not empty. Name a new folder for --keep.")
    console = stdout_console()
    with ExitStack() as stack:
        folder = keep or stack.enter_context(temporary_folder())
        folder.mkdir(parents=True, exist_ok=True)
        endpoint = _endpoint(stack, console, pace, flags)
        repository = lay_out("payments", folder / "payments")
        stage = Stage(console, repository, _environment(folder, endpoint))
        passed = _play(stage)
        if not passed:
            console.print("\n[bold red]The demo stops here: the run above did not end with passing tests.[/]")
    if keep is not None:
        console.print(f"\nEverything is left in {keep}.", soft_wrap=True, markup=False)
    return 0 if passed else 1


def _play(stage: Stage) -> bool:
    stage.chapter(
        "Session 1 · Ada teaches",
        "Ada wants an endpoint. On the way she states a team decision and a personal preference.",
    )
    if stage.oldhand("run", CREATE_INVOICES, "--learn", "auto", user=ADA, day=FIRST_DAY) != 0:
        return False
    commit_all(stage.repository, "Add POST /invoices")
    stage.oldhand(
        *("memory", "add", CSV_RULE, "--label", "constraint", "--path", "payments/legacy_export.py"),
        user=ADA,
        day=FIRST_DAY,
    )
    stage.chapter(
        "Session 2 · Grace benefits",
        "Nine days later: another person, a new process. What Ada said about the repository is recalled, "
        "checked against the code, used in the plan and cited; her personal preference stays hers.",
    )
    if stage.oldhand("run", REFUND_PAYMENT, "--learn", "auto", user=GRACE, day=LATER_DAY) != 0:
        return False
    commit_all(stage.repository, "Add POST /payments/{payment_id}/refund")
    stage.chapter(
        "The code moves on",
        "The team moves payments/errors.py to core/errors.py and deletes payments/legacy_export.py. "
        "Memories follow what moved, and are retired with what is gone.",
    )
    _rearrange(stage)
    stage.oldhand("sync", user=GRACE, day=LAST_DAY)
    stage.oldhand("memory", "list", "--status", "all", user=GRACE, day=LAST_DAY)
    return True


def _shortened(text: str) -> str:
    """A task as it is echoed; the run itself shows all of it."""
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 2].rstrip() + " …"


def _rearrange(stage: Stage) -> None:
    """Move a module, correct its imports, delete another module, commit."""
    root = stage.repository
    (root / "payments/errors.py").rename(root / "core/errors.py")
    for name in ("payments/legacy_export.py", "tests/test_legacy_export.py"):
        (root / name).unlink()
    for source in root.rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        source.write_text(text.replace("payments.errors", "core.errors"), encoding="utf-8")
    commit_all(root, "Share the error catalogue; retire the nightly CSV")
    stage.console.print(
        "\n[dim]$ git mv payments/errors.py core/errors.py; git rm payments/legacy_export.py …[/]"
    )


def _endpoint(stack: ExitStack, console: Console, pace: float, flags: dict[str, Any]) -> dict[str, str]:
    """The variables that name the model: the person's own, or a recording on loopback."""
    settings = load(None, flags).settings
    if settings.api_key or settings.base_url:
        console.print(Panel(f"The answers come from your model ({settings.base_url or 'the hosted API'})."))
        given = {"OPENAI_BASE_URL": settings.base_url, "OPENAI_API_KEY": settings.api_key}
        return {k: v for k, v in {**given, "OLDHAND_MODEL": settings.model}.items() if v}
    replayer = Replayer(RECORDING, chars_per_s=CHARS_PER_S / pace if pace else None)
    stack.enter_context(replayer)
    console.print(
        Panel(
            "[bold]The model's answers in this demo are recorded from a real model[/] and replayed by a "
            "small server on this machine.\nEverything else runs for real, now: HTTP, streaming, memory, "
            "search, edits, tests, git.\n"
            "With OPENAI_API_KEY or OPENAI_BASE_URL set, the demo asks that model instead.",
            title="oldhand demo",
            border_style="yellow",
        )
    )
    return {"OPENAI_BASE_URL": replayer.base_url, "OPENAI_API_KEY": "recorded", "OLDHAND_MODEL": "recorded"}


def _environment(folder: Path, endpoint: Mapping[str, str]) -> dict[str, str]:
    """The person's environment, without their settings, and with data folders of the demo's own."""
    ours: Sequence[str] = ("OLDHAND_", "OPENAI_", "XDG_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(tuple(ours))}
    homes = {f"XDG_{kind}_HOME": str(folder / "data" / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE")}
    # The service's tests borrow this program's interpreter, but not the pytest plugins installed there.
    borrowed = {"OLDHAND_PYTHON": sys.executable, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return {**inherited, **homes, **endpoint, **borrowed}
