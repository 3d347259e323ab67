"""What a person can get wrong when they start oldhand.

AgentError          one sentence and an exit code
├── ConfigError     wrong usage or settings; exit 2
└── NoModel         no endpoint is set, or it cannot be used; exit 4
    └── ModelsNotListed     it may be usable, but does not say what it offers
"""


class AgentError(Exception):
    """Carries the exit code it ends the program with."""

    exit_code = 1


class ConfigError(AgentError):
    """Settings or arguments make no sense."""

    exit_code = 2


class NoModel(AgentError):
    """There is no model to ask."""

    exit_code = 4


class ModelsNotListed(NoModel):
    """The endpoint does not say which models it has."""
