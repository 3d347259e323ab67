"""How far a memory is to be believed: a Beta posterior over prior confidence and evidence."""

import re
from dataclasses import replace

from memory.records import KEPT, Draft, Origin, Record, Stats, Status

PRIOR_WEIGHT = 4.0
"""Evidence, in observed outcomes, that the confidence at writing is worth."""
CONFIRMATION = 2.0
"""Evidence, in observed outcomes, that a person's yes is worth."""
PATIENCE = 4
"""A memory that was put into so many prompts and never relied on is half neglected."""
EXPERIMENT = 0.35
"""Confidence in what is only being tried."""
PERSON = 0.9
"""Confidence in what a person says."""
_TENTATIVE = re.compile(
    r"(?i)\b(experiment(s|al|ally|ing)?|spike|prototype|proof of concept|hypothes[ie]s|hunch|we suspect|"
    r"(might|may|could) be|(we('re| are)? )?try(ing)? (out|whether|if)|perhaps|maybe|not sure|unverified)\b"
)

_BY_LABEL = {
    "incident_rule": 0.95,
    "invariant": 0.85,
    "rejected_pattern": 0.85,
    "task_log": 0.6,
    "open_thread": 0.6,
    "workaround": 0.65,
}
_BY_ORIGIN: dict[str, float] = {
    Origin.USER: PERSON,
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
    """Reliability of a record; see :func:`reliability`. Code that has changed speaks against it once."""
    stats = record.stats
    if record.status is Status.STALE:
        stats = replace(stats, hurt=stats.hurt + 1)
    return reliability(record.confidence, stats)


def neglect(record: Record) -> float:
    """How much more often a memory was put into prompts than it was relied on, in [0, 1).

    What a person said, and what counts even when nobody has needed it for long, is never neglected.
    """
    if record.label in KEPT or record.provenance.origin == Origin.USER:
        return 0.0
    return 1 - min(1.0, (record.stats.cited + 1) / (record.stats.recalled / PATIENCE + 1))


def confirmed(confidence: float) -> float:
    """Confidence after a person said yes to a memory."""
    return (confidence * PRIOR_WEIGHT + CONFIRMATION) / (PRIOR_WEIGHT + CONFIRMATION)


def is_tentative(text: str) -> bool:
    """Whether a text says of itself that it is an experiment or a guess."""
    return _TENTATIVE.search(text) is not None


def prior(draft: Draft, label: str) -> float:
    """Confidence for a draft that states none: by what it is, but never above what its origin allows."""
    if draft.confidence is not None:
        return draft.confidence
    if label == "incident_rule":
        return _BY_LABEL[label]
    by_origin = _BY_ORIGIN.get(draft.provenance.origin, 0.6)
    by_text = EXPERIMENT if is_tentative(draft.text) else 1.0
    return min(by_origin, by_text, _BY_LABEL.get(label, 1.0))
