from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memory.code_view import CommitChanges, SymbolFact
from memory.light import Light
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Anchors, Draft, SymbolAnchor
from memory.scopes import Viewpoint
from memory.store import RecordStore

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


@dataclass
class PlainCode:
    """A repository held in memory: paths, and for each its symbols as name -> body."""

    files: dict[str, dict[str, str]] = field(default_factory=dict)
    log: list[CommitChanges] = field(default_factory=list)
    commits: list[str] = field(default_factory=lambda: ["c0"])
    foreign: set[str] = field(default_factory=set)
    apart: list[CommitChanges] = field(default_factory=list)  # from a foreign commit to here
    on: str | None = "main"
    texts: dict[str, str] = field(default_factory=dict)

    def settled(self) -> "PlainCode":
        return self

    def head(self) -> str | None:
        return self.commits[-1] if self.commits else None

    def branch(self) -> str | None:
        return self.on

    def has_path(self, path: str) -> bool:
        return path in self.files or any(name.startswith(f"{path}/") for name in self.files)

    def symbol(self, symbol: str) -> SymbolFact | None:
        path, _, name = symbol.partition("::")
        body = self.files.get(path, {}).get(name)
        return None if body is None else SymbolFact(digest=f"{name.split('.')[-1]}={body}", body_digest=body)

    def symbols_with_body(self, body_digest: str) -> Sequence[str]:
        return [
            f"{path}::{name}"
            for path, names in sorted(self.files.items())
            for name, body in names.items()
            if body == body_digest
        ]

    def is_ancestor(self, commit: str) -> bool | None:
        if commit in self.commits:
            return True
        return False if commit in self.foreign else None

    def has_work_of(self, commit: str) -> bool | None:
        return self.is_ancestor(commit)

    def changes(self, since: str | None) -> Sequence[CommitChanges]:
        if since in self.foreign:
            return self.apart
        return self.log[self.commits.index(since) :] if since in self.commits else []

    def with_moves(
        self, changes: Sequence[CommitChanges], symbols: Collection[str]
    ) -> Sequence[CommitChanges]:
        return changes

    def guides(self) -> Sequence[tuple[str, str]]:
        return [*self.texts.items()]

    def is_as_before(self, place: str, commit: str | None) -> bool:
        return True

    def commit(
        self,
        *,
        rename: Sequence[tuple[str, str]] = (),
        delete: Sequence[str] = (),
        write: dict[str, dict[str, str]] | None = None,
    ) -> CommitChanges:
        for old, new in rename:
            self.files[new] = self.files.pop(old)
        for path in delete:
            del self.files[path]
        self.files |= write or {}
        name = f"c{len(self.commits)}"
        change = CommitChanges(name, tuple(rename), tuple(delete), tuple(write or ()))
        self.commits.append(name)
        self.log.append(change)
        return change


@dataclass
class Clock:
    """Stands still until it is told to go on."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def wait(self, **units: float) -> None:
        self.at += timedelta(**units)


@pytest.fixture(scope="session")
def embedder() -> Light:
    return Light()


@pytest.fixture
def code() -> PlainCode:
    return PlainCode(
        {
            "payments/api.py": {"create_invoice": "body of create", "Refunds.issue": "body of issue"},
            "payments/domain/invoices.py": {"total": "body of total"},
            "core/money.py": {"Money": "body of money"},
        }
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, embedder: Light) -> Iterator[RecordStore]:
    opened = open_store(tmp_path / "data", embedder)
    yield opened
    opened.close()


@pytest.fixture
def memory_of(store: RecordStore, code: PlainCode, clock: Clock) -> Callable[..., Memory]:
    """Memories of one store as different people see them, in different repositories."""

    def see(user: str = "alice", group: str = "payments", **others: object) -> Memory:
        view = Viewpoint(user_id=user, group_id=group, **others)  # type: ignore[arg-type]
        return Memory(store, code, view, clock)

    return see


@pytest.fixture
def memory(memory_of: Callable[..., Memory]) -> Memory:
    return memory_of()


@pytest.fixture(scope="session")
def about() -> Callable[..., Draft]:
    """Drafts anchored at places in the code: paths, and symbols, told apart by `::`."""

    def draft(text: str, *places: str, **others: object) -> Draft:
        anchors = Anchors(
            paths=tuple(place for place in places if "::" not in place),
            symbols=tuple(SymbolAnchor(place) for place in places if "::" in place),
        )
        return Draft(text, anchors=anchors, **others)  # type: ignore[arg-type]

    return draft
