"""What the filters of `oldhand memory list` and `search` mean."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from agent.errors import ConfigError
from memory.clock import from_text
from memory.filters import ANY_STATUS, BELIEVED, Where
from memory.past import Past
from memory.records import Kind, Status
from tools.git import Git

CONDITIONS = {
    "label": "label", "path": "path", "symbol": "symbol", "component": "component", "language": "language",
    "branch": "branch", "environment": "environment", "origin": "origin", "author": "author",
    "scope": "level",
}  # fmt: skip


def where_of(values: dict[str, Any]) -> Where:
    """The filters of list and search as memory takes them.

    Raises:
        ConfigError: A value makes no sense.
    """
    statuses = values.get("status", ())
    return Where(
        kind=tuple(Kind(kind) for kind in values["kind"]),
        label=values["label"],
        status=ANY_STATUS if "all" in statuses else tuple(Status(status) for status in statuses),
        path=values["path"],
        symbol=values["symbol"],
        component=values["component"],
        language=values["language"],
        branch=values["branch"],
        environment=values["environment"],
        origin=values["origin"],
        author=values["author"],
        level=values["level"],
        since=date_of(values["since"]),
        until=date_of(values["until"]),
        min_confidence=values["min_confidence"],
        any_of=tuple(_condition(text) for text in values["any_of"]),
        none_of=tuple(_condition(text) for text in values["none_of"]),
    )


def _condition(text: str) -> Where:
    """One `field=value` of --any and --not."""
    name, _, value = text.partition("=")
    try:
        if name == "kind":
            return Where(kind=(Kind(value),))
        if name == "status":
            return Where(status=(Status(value),))
    except ValueError as error:
        raise ConfigError(f"{value!r} is not a {name}.") from error
    if name not in CONDITIONS or not value:
        names = ", ".join(("kind", "status", *CONDITIONS))
        raise ConfigError(f"{text!r} is no condition. Write field=value, with one of these fields: {names}.")
    chosen: dict[str, Any] = {CONDITIONS[name]: (value,)}
    return replace(BELIEVED, **chosen)


def date_of(text: str | None) -> datetime | None:
    """A date or moment; None for nothing.

    Raises:
        ConfigError: It is neither.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is not a date. Write it as 2026-03-31.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def past_of(git: Git, named: str) -> Past:
    """The point that a person means: a commit of this repository, else a date or moment.

    Raises:
        ConfigError: It is neither.
    """
    sha = git.call("rev-parse", "--verify", "--quiet", f"{named}^{{commit}}", check=False)
    if sha.exit_code == 0:
        commit = sha.stdout.decode().strip()
        when = git.call("show", "-s", "--format=%cI", commit).stdout.decode().strip()
        known: dict[str, bool] = {}

        def contains(other: str) -> bool:
            if other not in known:
                asked = git.call("merge-base", "--is-ancestor", other, commit, check=False)
                known[other] = asked.exit_code == 0
            return known[other]

        return Past(datetime.fromisoformat(when), contains, commit[:10])
    try:
        return Past(from_text(named), None, named)
    except ValueError as error:
        raise ConfigError(
            f"{named!r} is neither a commit of this repository nor a date such as 2026-03-31."
        ) from error
