"""Which language servers a session may ask: those that the person names, else those that are installed."""

import os
import shlex
import shutil
from collections.abc import Mapping

from agent.errors import ConfigError
from agent.place import Place
from tools.index import SymbolIndex
from tools.language_server import LanguageServer
from tools.languages import GRAMMARS
from tools.process import inherited_environment, user_environment

_KNOWN = (
    ("ty server", ("python",)),
    ("gopls", ("go",)),
    ("rust-analyzer", ("rust",)),
    ("clangd", ("c", "cpp")),
    ("typescript-language-server --stdio", ("typescript", "tsx", "javascript")),
)
_OFF = "off"


def language_servers(place: Place, index: SymbolIndex) -> dict[str, LanguageServer]:
    """The servers by language; none is started before it is asked.

    They run what a repository's build says, so they run in the sandbox like any command. Where nothing
    confines them, only those run that the person names.

    Raises:
        ConfigError: The setting `code.servers` makes no sense.
    """
    environment = _environment()
    chosen = place.settings.servers
    commands = commands_of(chosen)
    if not chosen and commands and not place.sandbox.confines:
        return {}
    running: dict[str, LanguageServer] = {}
    found: dict[str, LanguageServer] = {}
    for language, command in commands.items():
        if command not in running:
            argv = place.sandbox.wrap(shlex.split(command))
            root = place.workspace.root
            running[command] = LanguageServer(root, argv, environment, index.contents, name=command)
        found[language] = running[command]
    return found


def commands_of(chosen: tuple[str, ...]) -> dict[str, str]:
    """The servers' commands by language: those that a person chose, else those that are installed.

    Raises:
        ConfigError: The setting `code.servers` makes no sense.
    """
    if chosen == (_OFF,):
        return {}
    return _named(chosen) if chosen else _installed(_environment())


def _environment() -> dict[str, str]:
    return user_environment(inherited_environment())


def _named(chosen: tuple[str, ...]) -> dict[str, str]:
    commands = {}
    for entry in chosen:
        language, equals, command = (part.strip() for part in entry.partition("="))
        if not equals or not _is_command(command) or language not in GRAMMARS:
            raise ConfigError(
                f"code.servers must hold texts such as 'python=ty server', or be 'off'; not {entry!r}. "
                f"Languages: {', '.join(GRAMMARS)}."
            )
        commands[language] = command
    return commands


def _is_command(text: str) -> bool:
    try:
        return bool(shlex.split(text))
    except ValueError:
        return False


def _installed(environment: Mapping[str, str]) -> dict[str, str]:
    path = environment.get("PATH", os.defpath)
    return {
        language: command
        for command, languages in _KNOWN
        if shutil.which(shlex.split(command)[0], path=path)
        for language in languages
    }
