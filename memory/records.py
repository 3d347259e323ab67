"""Memories as plain data: a record and the parts it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from memory.errors import InvalidMemory
from memory.json_codec import decode, encode_fields

JSON: TypeAlias = "Mapping[str, JSON] | list[JSON] | str | int | float | bool | None"


class Kind(StrEnum):
    """What sort of knowledge a memory is."""

    STRUCTURAL = "structural"
    SEMANTIC = "semantic"
    TASK = "task"
    PREFERENCE = "preference"


LABELS: dict[Kind, tuple[str, ...]] = {
    Kind.STRUCTURAL: ("layout", "build_system", "framework", "entrypoint", "module_role", "service_boundary"),
    Kind.SEMANTIC: (
        "design_decision",
        "constraint",
        "invariant",
        "business_rule",
        "workaround",
        "tech_debt",
        "incident_rule",
        "rejected_pattern",
    ),
    Kind.TASK: ("task_log", "patch", "migration_step", "open_thread", "test_failure", "fix"),
    Kind.PREFERENCE: ("style", "lint_rule", "tooling", "library_choice", "response_format"),
}
KIND_OF_LABEL: dict[str, Kind] = {label: kind for kind, labels in LABELS.items() for label in labels}


KEPT = ("incident_rule", "invariant", "constraint", "business_rule", "rejected_pattern")
"""Labels of what counts even when nobody has needed it for long."""


class Status(StrEnum):
    """Whether a memory is believed. Only active and stale ones may reach a prompt."""

    ACTIVE = "active"
    PROPOSED = "proposed"
    STALE = "stale"
    DEPRECATED = "deprecated"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


FEEDABLE = (Status.ACTIVE, Status.STALE)


class Origin(StrEnum):
    """Where a memory comes from."""

    USER = "user"
    INDEXED = "indexed"
    TESTS = "tests"
    COMMIT = "commit"
    CI = "ci"
    IMPORTED = "imported"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Scope:
    """Who a memory is for: a person, else a repository (or team, or service), else an organisation.

    Branch and environment narrow any of them.
    """

    user_id: str | None = None
    group_id: str | None = None
    org: str | None = None
    branch: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class SymbolAnchor:
    """A piece of code by name (`path/to/file.py::Class.method`) and by what it was when anchored.

    Attributes:
        seen_body: Its body as it was when last seen, where that is another by now: by it the symbol is
            found again when it moves, while `digest` still tells that it changed.
    """

    symbol: str
    digest: str | None = None
    body_digest: str | None = None
    seen_body: str | None = None

    @property
    def path(self) -> str:
        """The file that the symbol lies in."""
        return self.symbol.partition("::")[0]

    @property
    def qualname(self) -> str:
        """The symbol's name inside its file, classes included."""
        return self.symbol.partition("::")[2]


@dataclass(frozen=True, slots=True)
class Anchors:
    """What in the code a memory is about."""

    paths: tuple[str, ...] = ()
    symbols: tuple[SymbolAnchor, ...] = ()
    components: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def files(self) -> tuple[str, ...]:
        """Every path that the anchors touch, each once."""
        return tuple(dict.fromkeys((*self.paths, *(anchor.path for anchor in self.symbols))))

    def to_json(self) -> dict[str, JSON]:
        """Symbols as plain text, what is known of their code beside them under `digests`."""
        return {
            "paths": list(self.paths),
            "symbols": [anchor.symbol for anchor in self.symbols],
            "components": list(self.components),
            "languages": list(self.languages),
            "digests": {
                anchor.symbol: [anchor.digest, anchor.body_digest, anchor.seen_body]
                for anchor in self.symbols
                if anchor.digest
            },
        }

    @classmethod
    def from_json(cls, data: Any) -> "Anchors":
        """Read what :meth:`to_json` writes; raises InvalidMemory for a value of the wrong type."""
        plain = decode(_PlainAnchors, data or {}, "anchors.")
        known = (data or {}).get("digests") or {}
        found = (SymbolAnchor(name, *(known.get(name) or ())) for name in dict.fromkeys(plain.symbols))
        return cls(plain.paths, tuple(found), plain.components, plain.languages)


@dataclass(frozen=True, slots=True)
class _PlainAnchors:
    paths: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where, when and from whom a memory was learned."""

    origin: str = Origin.USER
    commit: str | None = None
    session: str | None = None
    author: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """What became of a memory: how often it was fed, relied on, right and wrong."""

    recalled: int = 0
    cited: int = 0
    helped: int = 0
    hurt: int = 0
    restated: int = 0
    last_used: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One memory.

    Attributes:
        confidence: Belief in [0, 1] before any evidence; `memory.belief.reliability` joins it with `stats`.
        reason: Why the status is what it is.
        because: Why the remembered thing is so, in its author's words.
        valid_from: Commit from which the memory holds.
        valid_until: Commit that ended it.
        sources: Further provenances, from duplicates that were merged into this record.
        redactions: Names of the secrets that were masked before writing.

    Raises:
        InvalidMemory: Empty text, a label that the kind does not have, a confidence outside [0, 1].
    """

    id: str
    text: str
    kind: Kind
    label: str
    scope: Scope = Scope()
    anchors: Anchors = Anchors()
    status: Status = Status.ACTIVE
    reason: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    superseded_by: str | None = None
    supersedes: tuple[str, ...] = ()
    because: str | None = None
    depends_on: tuple[str, ...] = ()
    provenance: Provenance = Provenance()
    sources: tuple[Provenance, ...] = ()
    confidence: float = 0.8
    stats: Stats = Stats()
    sensitivity: str = "normal"
    expires_at: datetime | None = None
    redactions: tuple[str, ...] = ()
    updated_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InvalidMemory("A memory needs a text.")
        check_label(self.kind, self.label)
        if not 0.0 <= self.confidence <= 1.0:
            raise InvalidMemory(f"Confidence must lie between 0 and 1, not at {self.confidence}.")

    def to_json(self) -> dict[str, Any]:
        """The record in the shape that every command prints and import reads."""
        return encode_fields(self)

    @classmethod
    def from_json(cls, data: Any) -> "Record":
        """Read what :meth:`to_json` writes.

        Raises:
            InvalidMemory: A value is missing, of the wrong type, or makes no sense.
        """
        return decode(cls, data)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller gives to write a memory; everything but the text can be left to the rules.

    Attributes:
        level: "user", "repo" or "org": who owns the memory; goes before `scope`.
        kind: None takes the label's kind, or else what the level suggests.
        repeats: Ids of memories that are said to say the same; one that agrees takes it in.
        whole: It was a memory before, elsewhere: what is missing is meant to be, and not to be filled in.
    """

    text: str
    kind: Kind | None = None
    label: str | None = None
    level: str | None = None
    scope: Scope = Scope()
    anchors: Anchors = Anchors()
    status: Status = Status.ACTIVE
    reason: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    superseded_by: str | None = None
    supersedes: tuple[str, ...] = ()
    because: str | None = None
    depends_on: tuple[str, ...] = ()
    provenance: Provenance = Provenance()
    confidence: float | None = None
    stats: Stats = Stats()
    sensitivity: str = "normal"
    expires_at: datetime | None = None
    sources: tuple[Provenance, ...] = ()
    redactions: tuple[str, ...] = ()
    repeats: tuple[str, ...] = ()
    whole: bool = False

    @classmethod
    def from_json(cls, data: Any) -> "Draft":
        """Read a record as import gets it: everything but the text may be missing.

        Raises:
            InvalidMemory: A value has the wrong type.
        """
        return decode(cls, data)


def check_label(kind: Kind, label: str) -> None:
    """Refuse a label that is not one of the kind's.

    Raises:
        InvalidMemory: With the labels there are.
    """
    if label not in LABELS[kind]:
        raise InvalidMemory(
            f"{label!r} is not a label of {kind.value} memories. Use one of: {', '.join(LABELS[kind])}."
        )


def symbols(*names: str) -> tuple[SymbolAnchor, ...]:
    """Anchors for symbols whose digests are still to be looked up."""
    return tuple(SymbolAnchor(name) for name in names)
