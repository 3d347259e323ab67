"""Which definitions have the same code but for their name: digests, made when they are first asked for.

To make them takes as long as all the rest of a cold index, and only a memory whose symbol is gone asks.
"""

# As in listing.py, pathlib would be most of the time:
# ruff: noqa: PTH123

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from tools.analysis import key_of
from tools.index_store import IndexStore
from tools.parallel import spread
from tools.syntax import symbols_in

_BATCH_FILES = 100
_TYPICAL_BYTES = 6_000  # of a file

Wanted = tuple[int, str, str]  # the blob, its key, and a file that held it when it was read
Bodies = tuple[int, list[tuple[str, str]]]  # the blob, and the qualified names in it with their digests


def complete(root: Path, store: IndexStore) -> None:
    """Note the digests of all definitions that have none yet."""
    missing: list[Wanted] = store.rows(
        "SELECT blobs.id, blobs.key, min(files.path) FROM blobs JOIN files ON files.blob = blobs.id"
        " WHERE NOT has_bodies AND EXISTS (SELECT 1 FROM symbols WHERE symbols.blob = blobs.id)"
        " GROUP BY blobs.id"
    )
    batches = [missing[n : n + _BATCH_FILES] for n in range(0, len(missing), _BATCH_FILES)]
    with closing(spread(_digested, str(root), batches, _TYPICAL_BYTES * len(missing))) as done:
        for found in done:
            _keep(store, found)


def _keep(store: IndexStore, found: Sequence[Bodies]) -> None:
    with store.writing() as connection:
        for blob, bodies in found:
            update = "UPDATE blobs SET has_bodies = 1 WHERE id = ? AND NOT has_bodies"
            if connection.execute(update, (blob,)).rowcount:  # else another process was quicker
                connection.executemany(f"INSERT INTO bodies VALUES ({blob}, ?, ?)", bodies)


def _digested(root: str, wanted: Sequence[Wanted]) -> list[Bodies]:
    return list(_each(root, wanted))


def _each(root: str, wanted: Sequence[Wanted]) -> Iterator[Bodies]:
    for blob, key, path in wanted:
        try:
            with open(f"{root}/{path}", "rb") as file:
                source = file.read()
        except OSError:  # gone since the refresh
            continue
        if key_of(path, source) == key:
            yield blob, [(symbol.qualname, symbol.body_digest) for symbol in symbols_in(path, source)]
