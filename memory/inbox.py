"""What waits for a person's approval, and what they decided. Pure."""

from memory.records import Origin, Record, Status

APPROVED = "approved by a person"
REJECTED = "rejected by a person"


def was_rejected(record: Record) -> bool:
    """Whether a person has refused the memory: it does not come back by itself."""
    return record.status is Status.DEPRECATED and (record.reason or "").startswith(REJECTED)


def is_a_persons_word(record: Record) -> bool:
    """Whether a person says it now, rather than a run about a person."""
    return record.provenance.origin == Origin.USER and record.status is not Status.PROPOSED
