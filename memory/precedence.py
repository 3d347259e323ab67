"""Which of two memories holds where they contradict each other. Pure.

What was said in the same scope was settled when it was written. Here stand the others: a repository's rule
against a person's, a branch's against its repository's, a rule that an incident taught against all.
"""

from collections.abc import Sequence
from itertools import combinations

from memory.clock import LONG_AGO
from memory.conflicts import contradicts
from memory.curation import beginnings
from memory.packet import Dropped, Recalled
from memory.records import Kind, Origin, Record
from memory.scopes import breadth

INCIDENT = "incident_rule"
COMPARED = 24
"""How many of the best claims are held against each other: more never reach a prompt."""


def without_overridden(found: Sequence[Recalled]) -> tuple[list[Recalled], list[Dropped]]:
    """Memories without those that another of them overrides, and these with the reason.

    Logs of earlier work claim nothing, and what files say is not up for discussion: neither takes part.

    Args:
        found: Verified memories, best first; their order is kept.
    """
    claims = [item.record for item in found if _claims(item.record)][:COMPARED]
    words = {record.id: beginnings(record.text) for record in claims}
    over: dict[str, str] = {}
    for first, second in combinations(claims, 2):
        if first.id in over or second.id in over or not _share(words[first.id], words[second.id]):
            continue
        if contradicts(first.text, second.text) or contradicts(second.text, first.text):
            winner, loser, reason = _settled(first, second)
            over[loser.id] = f"{winner.id} overrides it here: {reason}"
    kept = [item for item in found if item.record.id not in over]
    return kept, [Dropped(item.record, over[item.record.id]) for item in found if item.record.id in over]


def _share(first: frozenset[str], second: frozenset[str]) -> bool:
    """Whether two texts have half of the shorter one's words in common: else they are about other things."""
    return 2 * len(first & second) >= min(len(first), len(second)) > 0


def _claims(record: Record) -> bool:
    return record.kind is not Kind.TASK and record.provenance.origin != Origin.INDEXED


def _settled(first: Record, second: Record) -> tuple[Record, Record, str]:
    """The winner of two, the loser, and why."""
    pair = (first, second)
    if (first.label == INCIDENT) != (second.label == INCIDENT):
        winner, loser = sorted(pair, key=lambda record: record.label != INCIDENT)
        return winner, loser, "an incident taught it"
    if breadth(first.scope) != breadth(second.scope):
        winner, loser = sorted(pair, key=lambda record: breadth(record.scope))
        return winner, loser, "it holds for a narrower scope"
    loser, winner = sorted(pair, key=lambda record: record.provenance.created_at or LONG_AGO)
    return winner, loser, "it is newer"
