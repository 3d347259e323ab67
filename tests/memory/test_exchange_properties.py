"""What export writes import reads, whatever the memories look like."""

import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.embedding import WordLlamaEmbedder
from memory.exchange import export_lines, import_lines
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import (
    LABELS,
    Anchors,
    Kind,
    Origin,
    Provenance,
    Record,
    Scope,
    Stats,
    Status,
    SymbolAnchor,
)
from memory.scopes import Viewpoint
from memory.writing import free_id
from tests.memory.conftest import PlainCode

VIEW = Viewpoint("alice", "payments", org="acme")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
COMMITS = st.none() | st.text("0123456789abcdef", min_size=40, max_size=40)
WORDS = st.sampled_from(
    ["ledger", "naïve", "“quoted”", "a/b.py", "tab\tand\nline", "日本", "\\back", "{json}"]
)
NAMES = st.sampled_from(["payments/api.py", "core/money.py", "docs/ü b.md", "gone.py"])
COUNTS = st.integers(0, 9)


@st.composite
def anchors(draw: st.DrawFn) -> Anchors:
    names = draw(st.lists(st.tuples(NAMES, st.sampled_from(["f", "C.m", "Größe"])), max_size=3, unique=True))
    digest = st.text("0123456789abcdef", min_size=8, max_size=8)
    symbols = tuple(
        SymbolAnchor(f"{path}::{name}", draw(digest), draw(digest), draw(st.none() | digest))
        for path, name in names
    )
    parts = [tuple(draw(st.lists(NAMES, max_size=2, unique=True))) for _ in range(3)]
    return Anchors(parts[0], symbols, parts[1], parts[2])


SCOPES = st.builds(
    lambda owner, branch, environment: Scope(**owner, branch=branch, environment=environment),
    st.sampled_from(
        [
            {"user_id": "alice"},
            {"user_id": "alice", "group_id": "payments"},
            {"group_id": "payments"},
            {"org": "acme"},
        ]
    ),
    st.none() | st.just("main"),
    st.none() | st.just("prod"),
)
PROVENANCES = st.builds(
    Provenance,
    origin=st.sampled_from([*Origin]).map(str),
    commit=COMMITS,
    session=st.none() | st.just("1126-ab12"),
    author=st.none() | st.just("grace@example.org"),
    created_at=MOMENTS,
)


@st.composite
def records(draw: st.DrawFn, number: int) -> Record:
    kind = draw(st.sampled_from([*Kind]))
    return Record(
        id="",
        text=" ".join([f"Rule {number}", *draw(st.lists(WORDS, max_size=4)), "holds"]),
        kind=kind,
        label=draw(st.sampled_from(LABELS[kind])),
        scope=draw(SCOPES),
        anchors=draw(anchors()),
        status=draw(st.sampled_from([*Status])),
        reason=draw(st.none() | st.just("code gone: a.py is gone")),
        valid_from=draw(COMMITS),
        valid_until=draw(COMMITS),
        because=draw(st.none() | st.just("printers\nare narrow")),
        provenance=draw(PROVENANCES),
        sources=tuple(draw(st.lists(PROVENANCES, max_size=2))),
        confidence=draw(st.floats(0, 1)),
        stats=draw(st.builds(Stats, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, st.none() | MOMENTS)),
        sensitivity=draw(st.sampled_from(["normal", "internal"])),
        expires_at=draw(st.none() | MOMENTS),
        redactions=tuple(draw(st.lists(st.sampled_from(["npm token", "JSON web token"]), unique=True))),
        updated_at=draw(MOMENTS),
    )


@st.composite
def stores(draw: st.DrawFn) -> list[Record]:
    """Memories that know one another: they rest on, and replace, others of them, older or newer."""
    found: dict[str, Record] = {}
    for number in range(draw(st.integers(1, 5))):
        record = draw(records(number))
        name = free_id(record, found.get)
        found[name] = _with(record, id=name)
    pairs = draw(st.lists(st.tuples(st.sampled_from([*found]), st.sampled_from([*found])), max_size=3))
    for first, second in pairs:
        if first != second and found[first].scope == found[second].scope:
            found[first] = _with(found[first], depends_on=(second,))
    ends = draw(st.none() | st.tuples(st.sampled_from([*found]), st.sampled_from([*found])))
    if ends and ends[0] != ends[1]:
        old, new = ends
        found[old] = _with(found[old], status=Status.SUPERSEDED, superseded_by=new)
        found[new] = _with(found[new], supersedes=(old,))
    return [*found.values()]


def _with(record: Record, **changes: Any) -> Record:
    data = record.to_json() | {
        name: list(value) if isinstance(value, tuple) else value for name, value in changes.items()
    }
    return Record.from_json(data)


def exported(memory: Memory) -> dict[str, dict[str, Any]]:
    lines = [json.loads(line) for line in export_lines(memory)]
    return {line["id"]: {**line, "updated_at": None} for line in lines}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=stores())
def test_every_field_of_every_memory_survives_the_journey(
    found: list[Record], embedder: WordLlamaEmbedder, clock: Callable[[], datetime]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        here, there = (open_store(Path(folder) / name, embedder) for name in ("here", "there"))
        code = PlainCode()
        source, target = Memory(here, code, VIEW, clock), Memory(there, code, VIEW, clock)
        for record in found:
            here.put(record)
        lines = [*export_lines(source)]
        assert all("\n" not in line for line in lines)
        done = import_lines(target, lines, VIEW)
        assert done.rejected == []
        assert exported(target) == exported(source)
        assert [item.event for item in import_lines(target, lines, VIEW).written] == ["merged"] * len(found)
        here.close()
        there.close()
