"""A made-up repository and made-up memories about it, as many as wanted; the same for every run."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from uuid import UUID

from evals.memory_bench.replica import git
from graph.code_view import RepositoryCode
from memory.database import Database
from memory.embedding import Embedder
from memory.payload import to_payload
from memory.records import KIND_OF_LABEL, Anchors, Kind, Provenance, Record, Scope, SymbolAnchor
from memory.scopes import Viewpoint
from memory.sqlite_rows import SqliteRows
from tools.git import Git
from tools.index import SymbolIndex
from tools.workspace import Workspace

FILES, FUNCTIONS = 200, 20
VIEW = Viewpoint("alice", "shop", org="acme")
BATCH = 2000
SUBJECTS = [
    "payment",
    "invoice",
    "refund",
    "endpoint",
    "error",
    "json",
    "cache",
    "retry",
    "session",
    "token",
    "database",
    "migration",
    "test",
    "fixture",
    "config",
    "logging",
    "queue",
    "worker",
    "schema",
    "model",
    "view",
    "handler",
    "router",
    "client",
    "server",
    "timeout",
    "async",
    "lock",
    "index",
    "query",
    "transaction",
    "rollback",
    "deploy",
    "build",
    "release",
    "version",
    "customer",
    "order",
    "price",
    "tax",
    "currency",
    "ledger",
    "account",
    "user",
    "permission",
    "role",
    "audit",
    "event",
    "webhook",
    "signature",
]


def lay_out(root: Path) -> RepositoryCode:
    """Write the repository, commit it, and look at it as a run does."""
    for number in range(FILES):
        file = root / path_of(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n\n".join(function(number, each, 0) for each in range(FUNCTIONS)), encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "bench")
    git(root, "config", "user.email", "bench@example.org")
    commit_all(root, "start")
    workspace = Workspace.open(root)
    return RepositoryCode(workspace, Git(root), SymbolIndex(workspace, root.parent / "index.db"))


def commit_all(root: Path, message: str) -> None:
    """Commit the work tree."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


def path_of(number: int) -> str:
    """The path of a file by its number."""
    return f"shop/part{number % 17}/module{number}.py"


def function(number: int, each: int, edition: int) -> str:
    """The source of one function; another edition has other code."""
    return (
        f"def step_{each}(order):\n    total = order.total * {number + 1}\n"
        "    for line in order.lines:\n"
        f"        total += line.price * {each + 1} + {edition}\n    return total\n"
    )


def texts(seed: int) -> Iterator[str]:
    """Sentences of 8 to 30 words, spread as words are in a language."""
    chance = random.Random(seed)
    syllables = [first + second for first in "bcdfglmnprst" for second in "aeiou"]
    words = SUBJECTS + ["".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(8000)]
    weights = list(accumulate(1 / (rank + 2) for rank in range(len(words))))
    while True:
        yield " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(8, 30)))


def fill(folder: Path, count: int, code: RepositoryCode, embedder: Embedder) -> None:
    """Write records straight into a store, past curation: 100,000 of them in a minute."""
    rows = SqliteRows(Database(folder / "memory.db"), embedder.name, embedder.dims)
    head = code.head()
    source = texts(1)
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        records = [_record(number, text, head, code) for number, text in zip(numbers, source, strict=False)]
        vectors = embedder.embed([record.text for record in records])
        payloads = [{**to_payload(record), "data": record.text} for record in records]
        rows.insert(vectors.tolist(), payloads, [str(UUID(int=number)) for number in numbers])


def _record(number: int, text: str, head: str | None, code: RepositoryCode) -> Record:
    labels = list(KIND_OF_LABEL)
    label = labels[number % len(labels)]
    kind = KIND_OF_LABEL[label]
    path = path_of(number % FILES)
    symbol = f"{path}::step_{number % FUNCTIONS}"
    fact = code.symbol(symbol)
    anchor = SymbolAnchor(symbol, fact.digest, fact.body_digest) if fact else SymbolAnchor(symbol)
    scope = Scope(group_id=VIEW.group_id)
    if kind is Kind.PREFERENCE and number % 20 == 0:
        scope = Scope(user_id=VIEW.user_id)
    elif number % 500 == 0:
        scope = Scope(org=VIEW.org)
    return Record(
        id=f"M{number:06x}",
        text=text,
        kind=kind,
        label=label,
        scope=scope,
        anchors=Anchors((path,), (anchor,)) if number % 3 else Anchors(),
        provenance=Provenance(
            commit=head, created_at=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        ),
    )
