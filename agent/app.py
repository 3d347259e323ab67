"""The one place that builds things: settings into the live objects of a session."""

import os
from collections.abc import Callable
from contextlib import suppress

from agent.config import Settings
from agent.errors import ConfigError
from agent.language_servers import language_servers
from agent.model import build_models
from agent.place import Place, open_bench, open_index, open_ledger, sessions_folder
from graph.budget import Limits, Prices
from graph.context import Learn
from graph.events import Emit
from graph.ledger import new_session_id
from graph.performing import PersonWanted, runs_beside_others
from graph.plan_tools import PlanTools
from graph.session import Options, Parts, Session
from graph.test_bench import TestBench
from graph.toolset import Toolset, Use
from graph.vault import Vault
from memory.memory import Memory
from tools.definitions import DefinitionTools
from tools.edits import EditTools
from tools.errors import PathError
from tools.locate import Locator
from tools.permissions import Action, Gate, Permissions, Verdict, read_rules
from tools.process import credentials_in, inherited_environment, user_environment
from tools.python_analysis import PythonAnalysis
from tools.read_ledger import ReadLedger
from tools.reading import ReadTools
from tools.search import SearchTools
from tools.shell import ShellTools
from tools.syntax import first_error

Consent = Callable[[Action, str], bool]


def open_session(
    place: Place,
    emit: Emit,
    consent: Consent | None,
    *,
    chat: bool = False,
    memory: Memory | None = None,
    session: str | None = None,
    bench: TestBench | None = None,
) -> Session:
    """Open a session.

    Args:
        place: The repository, person and settings.
        emit: Hears every event.
        consent: Asks the person whether an action may be done; None where nobody can be asked.
        chat: Whether this is a chat with a person.
        memory: The memories, or None to go without.
        session: The id of a session to continue.
        bench: The test bench of the first turn, if its tests are already running.

    Raises:
        NoModel: No usable endpoint is set.
    """
    index = open_index(place)
    benches = iter([bench] if bench else [])
    vault, permissions = open_vault(place), permissions_of(place)
    search = SearchTools(place.workspace, index, vault.hide_file, permissions.may_read)
    python = PythonAnalysis(place.workspace.root, place.paths.index(place.workspace.root).parent / "jedi")
    definitions = DefinitionTools(
        place.workspace, index, python, language_servers(place, index), vault.hide_file, permissions.may_read
    )
    parts = Parts(
        workspace=place.workspace,
        git=place.git,
        snapshots=place.snapshots,
        index=index,
        locator=Locator(place.workspace, index, may_show=permissions.may_read),
        toolset=lambda tests: build_toolset(
            place, search, definitions, tests, Gate(permissions, consent and asked_alone(consent)), vault
        ),
        bench=lambda: next(benches, None) or open_bench(place, with_memory=memory is not None),
        memory=memory,
        models=build_models(place.settings, place.paths.endpoints),
        clock=place.clock(),
        ledger=open_ledger(place),
        folder=place.paths.sessions,
        vault=vault,
    )
    with sessions_folder(place.paths):
        return Session(parts, _options(place, chat=chat), session or new_session_id(place.clock()()), emit)


def build_toolset(
    place: Place,
    search: SearchTools,
    definitions: DefinitionTools,
    bench: TestBench,
    gate: Gate,
    vault: Vault,
) -> Toolset:
    """The tools of one turn; each turn starts with nothing read."""
    reads = ReadLedger()
    reading = ReadTools(place.workspace, place.git, gate, reads, vault.hide_file)
    edits = EditTools(place.workspace, gate, reads, explain_syntax)
    shell = ShellTools(
        place.workspace, place.sandbox, gate, shell_environment(bench), mask=vault.hide_printed
    )
    plans = PlanTools()
    return Toolset(
        {
            Use.LOOK: [
                reading.read_file,
                reading.list_files,
                search.search,
                search.symbols,
                definitions.definition,
                search.outline,
                search.references,
            ],
            Use.PLAN: [plans.submit_plan, plans.answer, plans.ask_person],
            Use.END: [plans.done],
            Use.CHANGE: [edits.replace, edits.write_file, edits.move, edits.delete, shell.shell],
        },
        vault,
        reads.forget_lines,
    )


def permissions_of(place: Place) -> Permissions:
    """What the settings allow here.

    Raises:
        ConfigError: A rule cannot be read.
    """
    settings = place.settings
    written: list[tuple[Verdict, tuple[str, ...]]] = [
        ("allow", settings.allow), ("ask", settings.ask), ("deny", settings.deny)
    ]  # fmt: skip
    rules = []
    for verdict, texts in written:
        for text in texts:
            try:
                rules += read_rules(verdict, text)
            except ValueError as error:
                raise ConfigError(f"permissions.{verdict}: {error}.") from error
    return Permissions(sandboxed=place.sandbox.confines, rules=rules)


def open_vault(place: Place) -> Vault:
    """A vault that knows the secrets around: the endpoint's key, the environment, `.env` files."""
    vault = Vault()
    keys = [place.settings.api_key or "", place.settings.fallback_api_key or ""]
    known = [*keys, *credentials_in(inherited_environment()).values()]
    vault.hide("\n".join(f"secret='{value}'" for value in known if value))
    for file in sorted(place.workspace.root.glob(".env*")):
        with suppress(PathError):
            vault.hide_file(place.workspace.read(file.name).text, file.name)
    return vault


def asked_alone(consent: Consent) -> Consent:
    """Ask only in the thread that talks with the person: calls that only look may run in parallel."""

    def asked(action: Action, reason: str) -> bool:
        if runs_beside_others():
            raise PersonWanted
        return consent(action, reason)

    return asked


def shell_environment(bench: TestBench) -> dict[str, str]:
    """The person's environment, with the `python` and the packages of the project's tests."""
    command, python = bench.command(), bench.python()
    environment = {**user_environment(inherited_environment()), **dict(command.env if command else ())}
    if python is None or not (python.parent.parent / "pyvenv.cfg").exists():
        return environment
    path = os.pathsep.join([str(python.parent), environment.get("PATH", os.defpath)])
    return {**environment, "PATH": path, "VIRTUAL_ENV": str(python.parent.parent)}


def explain_syntax(path: str, source: bytes) -> str | None:
    """Say in a sentence where a file does not parse; None if it does."""
    problem = first_error(path, source)
    return None if problem is None else f"line {problem.line}, column {problem.column}: {problem.what}"


def _options(place: Place, *, chat: bool) -> Options:
    """What the settings say about runs."""
    settings = place.settings
    return Options(
        user=place.user,
        repository=place.repository,
        limits=Limits(
            settings.max_turns, settings.max_tokens, settings.max_cost, settings.timeout, settings.attempts
        ),
        kind="chat" if chat else "run",
        prices=_prices(settings),
        learn=_learn(settings, chat=chat),
        approve_plans=chat,
        answers_in_prose=chat,
        flags=place.flags,
    )


def _prices(settings: Settings) -> Prices | None:
    if settings.price_in is None or settings.price_out is None:
        if settings.max_cost is not None:
            raise ConfigError(
                "A limit on cost needs prices: set OLDHAND_PRICE_IN and OLDHAND_PRICE_OUT to what a million "
                "tokens cost, or prices.in and prices.out in your settings file."
            )
        return None
    return Prices(settings.price_in, settings.price_out, settings.price_cached)


def _learn(settings: Settings, *, chat: bool) -> Learn:
    """In a chat a person sees what is learned; lessons of a headless run wait for approval."""
    match settings.learn:
        case "":
            return "auto" if chat else "inbox"
        case "auto" | "inbox" | "off":
            return settings.learn
    raise ConfigError(f"memory.learn must be auto, inbox or off, not {settings.learn!r}.")
