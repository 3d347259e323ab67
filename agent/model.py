"""Settings into chat models."""

from typing import TYPE_CHECKING

from agent.config import Settings
from agent.errors import ConfigError, ModelsNotListed, NoModel

if TYPE_CHECKING:
    from graph.context import Models
    from graph.model import Model

NOT_SET = (
    "No model endpoint is set. Set OPENAI_API_KEY for the hosted API, or OPENAI_BASE_URL for any "
    "OpenAI-compatible server (vLLM, llama.cpp, Ollama: http://localhost:11434/v1), then try again. "
    "`oldhand demo` needs neither."
)
LIST_TIMEOUT_S = 10.0


def build_models(settings: Settings) -> "Models":
    """A model for each role.

    Raises:
        NoModel: No endpoint is set, or it is not clear which of its models is meant.
    """
    from graph.context import Models

    require_endpoint(settings)
    name = model_name(settings)
    made: dict[str, Model] = {}

    def model(wanted: str | None) -> "Model":
        key = wanted or name
        if key not in made:
            made[key] = _build(settings, key)
        return made[key]

    return Models(
        plan=model(settings.plan_model), edit=model(settings.edit_model), memory=model(settings.memory_model)
    )


def require_endpoint(settings: Settings) -> None:
    """Say what to set where no endpoint is known.

    Raises:
        NoModel: Neither a key nor a base URL is set.
        ConfigError: The base URL is none.
    """
    if not settings.api_key and not settings.base_url:
        raise NoModel(NOT_SET)
    if settings.base_url and not settings.base_url.startswith(("http://", "https://")):
        raise ConfigError(
            f"The base URL must begin with http:// or https://, not {settings.base_url!r}. "
            f"Try http://{settings.base_url.rstrip('/').removesuffix('/v1')}/v1."
        )


def _build(settings: Settings, name: str) -> "Model":
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    from graph.model import Model

    client = ChatOpenAI(
        model=name,
        base_url=settings.base_url,
        api_key=SecretStr(
            settings.api_key or "none"
        ),  # local servers want none, the client library wants one
        timeout=settings.model_timeout,
        max_retries=0,  # graph.model retries: it also can when a stream breaks
        stream_usage=True,
        use_responses_api=False,
        temperature=settings.temperature,
    )
    return Model(client, retries=settings.retries, pause_s=settings.retry_pause)


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
            f"What answers at {where} is no model endpoint. Is the address right? It often ends with /v1."
        ) from error
