"""Builds chat models from the settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import Settings
from agent.errors import ConfigError, ModelsNotListed, NoModel

if TYPE_CHECKING:
    from graph.context import Models, Role
    from graph.model import Model

NOT_SET = (
    "No model endpoint is set. Set OPENAI_API_KEY for the hosted API, or OPENAI_BASE_URL for any "
    "OpenAI-compatible server (vLLM, llama.cpp, Ollama: http://localhost:11434/v1), then try again. "
    "`oldhand demo` needs neither."
)
LIST_TIMEOUT_S = 10.0


def build_models(settings: Settings, profiles: Path | None = None) -> "Models":
    """A model for each role, and the one that takes over when another fails.

    Args:
        settings: The person's settings.
        profiles: The file that keeps what was found out about endpoints; None keeps nothing.

    Raises:
        NoModel: No endpoint is set, or it is not clear which of its models is meant.
    """
    from graph.context import Models

    require_endpoint(settings)
    name = model_name(settings)
    main = Endpoint(settings.base_url, settings.api_key)
    made: dict[str, Model] = {}

    def model(wanted: str | None) -> "Model":
        key = wanted or name
        if key not in made:
            made[key] = _build(settings, main, key, profiles)
        return made[key]

    roles: dict[Role, Model] = {
        "plan": model(settings.plan_model),
        "edit": model(settings.edit_model),
        "memory": model(settings.memory_model),
    }
    return Models(roles, _fallback(settings, main, name, profiles))


@dataclass(frozen=True)
class Endpoint:
    """Where models are."""

    base_url: str | None
    api_key: str | None


def _fallback(settings: Settings, main: Endpoint, name: str, profiles: Path | None) -> "Model | None":
    """The fallback model; it may have another endpoint, with its own key."""
    if not settings.fallback_model and not settings.fallback_base_url:
        return None
    there = main
    if settings.fallback_base_url and settings.fallback_base_url != main.base_url:
        # The key of one endpoint is no business of another.
        there = Endpoint(settings.fallback_base_url, settings.fallback_api_key)
        _check_url(settings.fallback_base_url)
    elif settings.fallback_api_key:
        there = Endpoint(main.base_url, settings.fallback_api_key)
    return _build(settings, there, settings.fallback_model or name, profiles)


def require_endpoint(settings: Settings) -> None:
    """Make sure that an endpoint is set.

    Raises:
        NoModel: Neither a key nor a base URL is set.
        ConfigError: The base URL is none.
    """
    if not settings.api_key and not settings.base_url:
        raise NoModel(NOT_SET)
    if settings.base_url:
        _check_url(settings.base_url)


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ConfigError(
            f"The base URL must begin with http:// or https://, not {url!r}. "
            f"Try http://{url.rstrip('/').removesuffix('/v1')}/v1."
        )


def _build(settings: Settings, there: Endpoint, name: str, profiles: Path | None) -> "Model":
    from agent.model_client import Waits, build_client
    from graph.endpoints import Profile
    from graph.model import Model

    waits = Waits(settings.connect_timeout, settings.model_timeout, settings.whole_timeout)
    client = build_client(name, there.base_url, there.api_key, settings.temperature, waits)
    profile = Profile(profiles, there.base_url or "the hosted API", name)
    return Model(client, settings.retries, settings.retry_pause, settings.context_window, profile)


def model_name(settings: Settings) -> str:
    """The model that is set, or else the endpoint's own where it serves just one.

    Raises:
        NoModel: It is not clear which is meant.
    """
    if settings.model:
        return settings.model
    names = list_models(settings)
    if len(names) == 1:
        return names[0]
    shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
    raise NoModel(
        f"Say which model to use: --model NAME or OLDHAND_MODEL. The endpoint offers: {shown or 'none'}."
    )


def list_models(settings: Settings) -> list[str]:
    """The names of the endpoint's models.

    Raises:
        NoModel: It cannot be reached, or refuses.
    """
    import openai

    where = settings.base_url or "the hosted API"
    try:
        with openai.OpenAI(
            base_url=settings.base_url,
            api_key=settings.api_key or "none",
            timeout=LIST_TIMEOUT_S,
            max_retries=0,
        ) as client:
            return [model.id for model in client.models.list().data]
    except openai.AuthenticationError as error:
        raise NoModel("The model's endpoint refused the key (401). Check OPENAI_API_KEY.") from error
    except openai.APIStatusError as error:
        raise ModelsNotListed(
            f"The model's endpoint does not list its models ({error.status_code}). "
            "Say which to use: --model NAME."
        ) from error
    except openai.APIConnectionError as error:
        raise NoModel(
            f"The model's endpoint {where} cannot be reached. Is it running, and is the address right?"
        ) from error
    except (ValueError, TypeError, AttributeError) as error:  # a web page, half a document, another API
        raise NoModel(
            f"What answers at {where} is not a model endpoint. Is the address right? It often ends with /v1."
        ) from error
