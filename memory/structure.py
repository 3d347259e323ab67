"""Structural memories: what a repository's files say about it, kept up to date with them.

They are written without a model, by whoever has looked the repository over, and follow what it says:
nothing is believed here that the code does not say any more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from memory.filters import ANY_STATUS, Where
from memory.memory import Memory
from memory.records import Anchors, Draft, Origin, Provenance, Record, Status

SAYS_OTHERWISE = "the repository says so now"
SAYS_NO_MORE = "nothing in the repository says so any more"


class Fact(Protocol):
    """One thing that the files say."""

    @property
    def label(self) -> str:
        """A label of structural memories."""
        ...

    @property
    def text(self) -> str:
        """A sentence."""
        ...

    @property
    def paths(self) -> Sequence[str]:
        """The files or folders that say so, the one that tells it from others last."""
        ...


@dataclass(frozen=True, slots=True)
class Noted:
    """What changed in the structural memories of a repository."""

    added: list[Record] = field(default_factory=list)
    changed: list[Record] = field(default_factory=list)
    ended: list[Record] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything did."""
        return bool(self.added or self.changed or self.ended)

    def summary(self) -> str:
        """One line for a person."""
        counts = ((self.added, "noted"), (self.changed, "corrected"), (self.ended, "retired"))
        told = ", ".join(f"{len(records)} {verb}" for records, verb in counts if records)
        return f"What the repository says of itself: {told}."


def note_structure(memory: Memory, facts: Iterable[Fact]) -> Noted:
    """Let the structural memories of the repository say what it says now; related ones are not touched.

    Args:
        memory: Where they are.
        facts: All that it says.
    """
    indexed = memory.list(Where(origin=(Origin.INDEXED,), status=ANY_STATUS))
    known = {_key(r.label, r.anchors.paths): r for r in indexed if r.scope.group_id == memory.view.group_id}
    noted = Noted()
    for fact in facts:
        record = known.pop(_key(fact.label, fact.paths), None)
        if record is None:
            written = memory.add(_draft(fact))
            if written.record and written.event == "added":
                noted.added.append(written.record)
        elif not _says(record, fact):
            changes = {
                "text": fact.text,
                "anchors": {"paths": list(fact.paths)},
                "status": Status.ACTIVE.value,
                "valid_until": None,
            }
            noted.changed.append(memory.edit(record.id, changes, reason=SAYS_OTHERWISE))
    for record in known.values():
        if record.status in (Status.ACTIVE, Status.STALE):
            ended = memory.edit(record.id, {"status": Status.DEPRECATED.value}, reason=SAYS_NO_MORE)
            noted.ended.append(ended)
    return noted


def _key(label: str, paths: Sequence[str]) -> tuple[str, str]:
    """What a fact is about: there is one layout, and one of the others for each file that says so."""
    return label, "" if label == "layout" or not paths else paths[-1]


def _says(record: Record, fact: Fact) -> bool:
    same = record.text == fact.text and record.anchors.paths == tuple(fact.paths)
    return same and record.status is Status.ACTIVE


def _draft(fact: Fact) -> Draft:
    anchors = Anchors(paths=tuple(fact.paths))
    return Draft(
        fact.text, label=fact.label, level="repo", anchors=anchors, provenance=Provenance(Origin.INDEXED)
    )
