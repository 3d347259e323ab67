"""Settings: flags > environment > the repository's file > the person's file > defaults.

This is the only module that reads the environment. A repository's own file (`.oldhand/config.toml`) comes
from whoever wrote the repository: until the person trusts it, it may only set what can do no harm.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_type_hints

from agent.errors import ConfigError
from agent.paths import Paths
from agent.trust import is_trusted


def _setting(
    key: str,
    help_text: str,
    *,
    default: Any = None,
    env: str | None = None,
    harmless: bool = False,
    joined: bool = False,
) -> Any:
    variable = env or "OLDHAND_" + key.rsplit(".", maxsplit=1)[-1].upper()
    return field(
        default=default,
        metadata={"key": key, "help": help_text, "env": variable, "harmless": harmless, "joined": joined},
    )


@dataclass(frozen=True)
class Settings:
    """Everything a person can set, each by its key in a settings file."""

    model: str | None = _setting("model.name", "the model's name at its endpoint", env="OLDHAND_MODEL")
    base_url: str | None = _setting("model.base_url", "an OpenAI-compatible endpoint", env="OPENAI_BASE_URL")
    api_key: str | None = _setting("model.api_key", "the endpoint's key", env="OPENAI_API_KEY")
    plan_model: str | None = _setting("model.plan", "another model for planning", env="OLDHAND_PLAN_MODEL")
    edit_model: str | None = _setting("model.edit", "another model for editing", env="OLDHAND_EDIT_MODEL")
    memory_model: str | None = _setting(
        "model.memory", "another model for lessons", env="OLDHAND_MEMORY_MODEL"
    )
    fallback_model: str | None = _setting(
        "model.fallback", "the model that takes over when another one fails", env="OLDHAND_FALLBACK_MODEL"
    )
    fallback_base_url: str | None = _setting(
        "model.fallback_base_url", "its endpoint, if it has another one", env="OLDHAND_FALLBACK_BASE_URL"
    )
    fallback_api_key: str | None = _setting(
        "model.fallback_api_key", "its endpoint's key", env="OLDHAND_FALLBACK_API_KEY"
    )
    context_window: int | None = _setting(
        "model.context_window", "size of the context window in tokens; unset asks the endpoint", harmless=True
    )
    temperature: float | None = _setting(
        "model.temperature", "sampling temperature; unset leaves it to the endpoint"
    )
    model_timeout: float = _setting(
        "model.timeout", "seconds between two chunks of an answer", default=300.0, env="OLDHAND_MODEL_TIMEOUT"
    )
    connect_timeout: float = _setting(
        "model.connect_timeout", "seconds to connect to the endpoint", default=10.0
    )
    whole_timeout: float = _setting("model.whole_timeout", "seconds a whole answer may take", default=3600.0)
    retries: int = _setting("model.retries", "how often a failed call is retried", default=4)
    retry_pause: float = _setting(
        "model.retry_pause",
        "seconds before the first retry; each further pause is twice as long",
        default=1.0,
    )
    price_in: float | None = _setting("prices.in", "price of a million tokens in", env="OLDHAND_PRICE_IN")
    price_out: float | None = _setting("prices.out", "price of a million tokens out", env="OLDHAND_PRICE_OUT")
    price_cached: float | None = _setting(
        "prices.cached", "price of a million tokens in that were cached", env="OLDHAND_PRICE_CACHED"
    )
    user: str | None = _setting("user", "your name for memory; default: git's user.email")
    test_cmd: str | None = _setting(
        "tests.command", "the command that runs the tests", env="OLDHAND_TEST_CMD"
    )
    python: str | None = _setting(
        "tests.python", "the interpreter for the project's tests", env="OLDHAND_PYTHON"
    )
    test_timeout: float = _setting(
        "tests.timeout", "seconds a test run may take", default=600.0, env="OLDHAND_TEST_TIMEOUT"
    )
    test_affordable: float = _setting(
        "tests.affordable",
        "if the whole suite takes longer (seconds), only the nearest tests are run after a change",
        default=120.0,
        env="OLDHAND_TEST_AFFORDABLE",
    )
    servers: tuple[str, ...] = _setting(
        "code.servers",
        "language servers, such as 'python=ty server', or 'off'; default: those that are installed",
        default=(),
    )
    max_turns: int = _setting("limits.max_turns", "model calls a run may make", default=60, harmless=True)
    max_tokens: int | None = _setting("limits.max_tokens", "tokens a run may use", harmless=True)
    max_cost: float | None = _setting(
        "limits.max_cost", "what a run may cost, by the prices you set", harmless=True
    )
    timeout: float | None = _setting("limits.timeout", "seconds a run may take", harmless=True)
    attempts: int = _setting(
        "limits.attempts", "how often tests may fail before a run gives up", default=4, harmless=True
    )
    learn: str = _setting(
        "memory.learn", "auto, inbox or off; unset: auto in a chat, inbox in a run", default="", harmless=True
    )
    recall: str = _setting("memory.recall", "light or deep (finds more)", default="light", harmless=True)
    embeddings_model: str | None = _setting(
        "memory.embeddings_model", "an embeddings model at an OpenAI-compatible endpoint"
    )
    embeddings_url: str | None = _setting("memory.embeddings_url", "its endpoint; unset: model.base_url")
    embeddings_key: str | None = _setting("memory.embeddings_key", "its endpoint's key")
    org: str | None = _setting("memory.org", "the organisation whose standards apply here")
    environment: str | None = _setting("memory.environment", "for example prod or staging", harmless=True)
    related: tuple[str, ...] = _setting(
        "memory.related", "repositories whose memories are visible here", default=()
    )
    retention: tuple[str, ...] = _setting(
        "memory.retention", "how long memories are kept, such as task=90d, task_log@user=30d", default=()
    )
    upkeep: str = _setting(
        "memory.upkeep",
        "auto prunes at a session's end what may go unasked, once a week; else off",
        default="auto",
    )
    allow: tuple[str, ...] = _setting(
        "permissions.allow",
        "what needs no approval, such as shell(git commit) or edit(.env)",
        default=(),
        joined=True,
    )
    ask: tuple[str, ...] = _setting(
        "permissions.ask", "what needs approval, such as shell(npm)", default=(), harmless=True, joined=True
    )
    deny: tuple[str, ...] = _setting(
        "permissions.deny", "what is refused, such as read(private/*)", default=(), harmless=True, joined=True
    )
    network: str = _setting(
        "sandbox.network", "on: commands and tests may reach the network; otherwise off", default="off"
    )
    clock: str | None = _setting(
        "clock", "a fixed date and time instead of now, for demonstrations and tests"
    )
    verbose: int = 0
    memory: bool = True  # recall and remember; a flag alone sets it


@dataclass(frozen=True)
class Loaded:
    """Settings with their origins.

    Attributes:
        origins: For each field, where its value comes from.
        held_back: Keys that the repository's file sets but may not, until it is trusted.
    """

    settings: Settings
    origins: dict[str, str]
    held_back: tuple[str, ...]
    paths: Paths


def load(root: Path | None, flags: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Loaded:
    """Join all sources of settings.

    Args:
        root: The repository, or None outside of one.
        flags: Values of the command line, by field name; None is not given.
        environment: Used instead of the process's own.

    Raises:
        ConfigError: A file cannot be read, a key does not exist, a value has the wrong type.
    """
    environment = os.environ if environment is None else environment
    paths = Paths.of(environment)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    held_back: list[str] = []

    def take(layer: Mapping[str, Any], origin: str) -> None:
        for name, value in layer.items():
            joins = name in values and _meta(name)["joined"]  # a list that the next layer adds to
            values[name] = (*values[name], *value) if joins else value
            origins[name] = f"{origins[name]}, {origin}" if joins else origin

    take(_read(paths.settings), str(paths.settings))
    if root is not None:
        file = repository_file(root)
        offered = _read(file)
        if not is_trusted(paths, file):
            held_back = [_meta(name)["key"] for name in offered if not _meta(name)["harmless"]]
            offered = {name: value for name, value in offered.items() if _meta(name)["harmless"]}
        take(offered, str(file))
    for setting in _settings():
        text = environment.get(setting.metadata["env"])
        if text:
            take({setting.name: _parse(setting.name, text, setting.metadata["env"])}, setting.metadata["env"])
    take({name: value for name, value in flags.items() if value is not None}, "the command line")
    return Loaded(Settings(**values), origins, tuple(held_back), paths)


def describe() -> list[tuple[str, str, str, str]]:
    """Every setting as (field, key in a file, environment variable, what it is)."""
    return [(s.name, s.metadata["key"], s.metadata["env"], s.metadata["help"]) for s in _settings()]


def repository_file(root: Path) -> Path:
    """The settings that a team commits with a repository."""
    return root / ".oldhand" / "config.toml"


def _settings() -> list[Any]:
    return [entry for entry in fields(Settings) if "key" in entry.metadata]


def _meta(name: str) -> Mapping[str, Any]:
    return next(entry.metadata for entry in _settings() if entry.name == name)


def _read(file: Path) -> dict[str, Any]:
    """The values of a settings file by field name."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}.") from error
    by_key = {entry.metadata["key"]: entry.name for entry in _settings()}
    values = {}
    for key, value in _flat(tables):
        if key not in by_key:
            near = get_close_matches(key, by_key, n=1)
            hint = f" Did you mean {near[0]}?" if near else " `oldhand config` lists the settings."
            raise ConfigError(f"{file}: there is no setting {key}.{hint}")
        values[by_key[key]] = _checked(by_key[key], value, f"{file}: {key}")
    return values


def _flat(tables: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in tables.items():
        pairs += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return pairs


def _type_of(name: str) -> type:
    hint = get_type_hints(Settings)[name]
    options = [option for option in get_args(hint) if option is not type(None)]
    if hint in (str, int, float):
        return hint  # type: ignore[no-any-return]
    return (
        options[0] if options and options[0] in (str, int, float) and type(None) in get_args(hint) else tuple
    )


def _checked(name: str, value: Any, where: str) -> Any:
    wanted = _type_of(name)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if wanted is tuple and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(value, wanted) and not isinstance(value, bool):
        return value
    article = {str: "a text", int: "a whole number", float: "a number", tuple: "a list of texts"}[wanted]
    raise ConfigError(f"{where} must be {article}, not {value!r}.")


def _parse(name: str, text: str, where: str) -> Any:
    wanted = _type_of(name)
    if wanted is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        return wanted(text)
    except ValueError as error:
        raise ConfigError(f"{where} must be a number, not {text!r}.") from error
