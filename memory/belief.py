"""How far a memory is to be believed: a Beta posterior over prior confidence and evidence."""

from memory.records import Draft, Origin, Record, Stats

PRIOR_WEIGHT = 4.0
"""Evidence, in observed outcomes, that the confidence at writing is worth."""

_BY_LABEL = {
    "incident_rule": 0.95,
    "invariant": 0.85,
    "rejected_pattern": 0.85,
    "task_log": 0.6,
    "open_thread": 0.6,
    "workaround": 0.65,
}
_BY_ORIGIN: dict[str, float] = {
    Origin.USER: 0.9,
    Origin.INDEXED: 0.9,
    Origin.TESTS: 0.75,
    Origin.CI: 0.75,
    Origin.COMMIT: 0.7,
    Origin.IMPORTED: 0.7,
    Origin.RUN: 0.6,
}


def reliability(confidence: float, stats: Stats) -> float:
    """Mean of the Beta posterior, in [0, 1].

    The prior is Beta(confidence * n, (1 - confidence) * n) with n = PRIOR_WEIGHT; each time the
    memory was cited and tests then passed counts as a success, each time they failed as a failure.

    Args:
        confidence: Belief before any evidence, in [0, 1].
        stats: What became of the memory since.
    """
    successes = confidence * PRIOR_WEIGHT + stats.helped
    return successes / (PRIOR_WEIGHT + stats.helped + stats.hurt)


def reliability_of(record: Record) -> float:
    """Reliability of a record; see :func:`reliability`."""
    return reliability(record.confidence, record.stats)


def prior(draft: Draft, label: str) -> float:
    """Confidence for a draft that states none: by what it is, but never above what its origin allows."""
    if draft.confidence is not None:
        return draft.confidence
    by_origin = _BY_ORIGIN.get(draft.provenance.origin, 0.6)
    if label == "incident_rule":
        return _BY_LABEL[label]
    return min(by_origin, _BY_LABEL.get(label, 1.0))
