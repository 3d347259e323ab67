"""The level of recall that the settings choose."""

from agent.config import Settings
from agent.errors import ConfigError
from memory.deep import Deep
from memory.endpoint import Address, Endpoint
from memory.levels import Level


def finer_level(settings: Settings, light: Level) -> Level | None:
    """What searches instead of the light level; None where that one is all that is wanted.

    No model is loaded and no endpoint asked before the first search, so git hooks never pay for it.

    Raises:
        ConfigError: The settings make no sense.
    """
    if settings.recall not in ("light", "deep"):
        raise ConfigError(f"memory.recall must be light or deep, not {settings.recall!r}.")
    level: Level | None = Deep() if settings.recall == "deep" else None
    if not settings.embeddings_model:
        return level
    url = settings.embeddings_url or settings.base_url
    if not url:
        raise ConfigError(
            "memory.embeddings_model is set, but no endpoint: set memory.embeddings_url as well."
        )
    # The model's key is sent to nobody but the model's endpoint.
    key = settings.embeddings_key or (settings.api_key if url == settings.base_url else None)
    return Endpoint(Address(url, settings.embeddings_model, key), level or light)
