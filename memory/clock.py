"""Moments in time: always aware, always UTC, written so that text order is time order."""

from datetime import UTC, date, datetime, time

LONG_AGO = datetime.min.replace(tzinfo=UTC)


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """ISO 8601 of fixed width, in UTC.

    Args:
        moment: An aware datetime.
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """Read what :func:`to_text` writes, any other ISO 8601 moment, or a date (its start, in UTC).

    Raises:
        ValueError: The text is neither.
    """
    if len(text) == len("2026-01-31"):
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
