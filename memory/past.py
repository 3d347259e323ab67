"""What was believed at an earlier moment or commit, from the log of changes. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from memory.journal import Change
from memory.records import Record, Status


@dataclass(frozen=True, slots=True)
class Past:
    """A point in the past.

    Attributes:
        moment: When.
        contains: Whether the history of the commit that is meant contains another one; None where a
            moment is meant and no commit.
        name: What to call it.
    """

    moment: datetime
    contains: Callable[[str], bool] | None
    name: str


def as_it_was(record: Record, changes: Sequence[Change], past: Past) -> Record | None:
    """A memory as it was; None when it was not there yet.

    At a moment, the log says what stood then. At a commit, a memory was there when its birth commit was,
    and stood unless the commit that ended it was there too; so memories that were imported later count.

    Args:
        record: The memory as it is.
        changes: Its log, oldest first.
        past: Which point.
    """
    if past.contains is None:
        states = [change.after for change in changes if change.after and change.at <= past.moment]
        return states[-1] if states else None
    born = record.valid_from or record.provenance.commit
    if born is None or not past.contains(born):
        return None
    ended = record.valid_until
    if ended is None or past.contains(ended):
        return record
    standing = [change.after for change in changes if change.after and change.after.status is Status.ACTIVE]
    return standing[-1] if standing else None
