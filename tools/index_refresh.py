"""Bringing the index up to the files as they are: look, read what changed, keep what was found."""

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from tools.analysis import Analysis, analyse_all
from tools.git import Git
from tools.hazards import holds_secrets
from tools.index_store import IndexStore, add_blob, drop_unused_blobs, put_file, remove_file
from tools.languages import language_of
from tools.skipping import MAX_SOURCE_BYTES, MAX_TEXT_BYTES, is_foreign

Progress = Callable[[int, int], None]

_PARALLEL_BYTES = 4_000_000  # below this, starting processes costs more than it saves
_BATCH_BYTES = 400_000
_MOST_WORKERS = 4
_KEPT_UNUSED = 500  # contents of files as they were on another branch, or a moment ago
_RACY_NS = 2_000_000_000  # so fresh a file may change again without its time changing; git does the same
_RACY_MTIME = -1


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        files: files in the index.
        updated: how many are new or have changed.
        removed: how many are gone.
        seconds: how long it took.
        was_rebuilt: the index file was broken, or of another version, and was made anew.
    """

    files: int
    updated: int
    removed: int
    seconds: float
    was_rebuilt: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as the folder shows it."""

    path: str
    size: int
    mtime: int


@dataclass(frozen=True, slots=True)
class _Read:
    """A file as it was read; without data where its content is known."""

    seen: _Seen
    key: str
    data: bytes | None


_Batch = list[_Read]


def refresh(root: Path, store: IndexStore, progress: Progress | None = None) -> Refreshed:
    """Bring the index up to date; only files whose size or time changed are read.

    Args:
        root: the repository.
        store: the index.
        progress: called with the number of files read and to read. What it raises stops the refresh;
            what was read until then is kept.
    """
    started, now = time.monotonic(), time.time_ns()
    known = {path: (size, mtime) for path, size, mtime in store.rows("SELECT path, size, mtime FROM files")}
    there = {seen.path: seen for seen in _look(root, known)}
    gone = [path for path in known if path not in there]
    changed = [seen for seen in there.values() if known.get(seen.path) != (seen.size, seen.mtime)]
    done = updated = 0
    for batch, analyses in _analysed(_batches(root, store, changed), sum(seen.size for seen in changed)):
        updated += _keep(store, batch, analyses, now)
        done += len(batch)
        if progress:
            progress(done, len(changed))
    if gone or updated:
        with store.writing() as connection:
            for path in gone:
                remove_file(connection, path)
            drop_unused_blobs(connection, _KEPT_UNUSED)
    return Refreshed(len(there), updated, len(gone), time.monotonic() - started, store.was_rebuilt)


def _look(root: Path, known: Mapping[str, tuple[int, int]]) -> Iterator[_Seen]:
    for path in Git(root).files():
        if path not in known and (is_foreign(path) or holds_secrets(path)):
            continue
        try:
            info = os.lstat(f"{root}/{path}")
        except OSError:  # gone since it was listed
            continue
        limit = MAX_SOURCE_BYTES if language_of(path) else MAX_TEXT_BYTES
        if stat.S_ISREG(info.st_mode) and info.st_size <= limit:
            yield _Seen(path, info.st_size, info.st_mtime_ns)


def _batches(root: Path, store: IndexStore, changed: list[_Seen]) -> Iterator[_Batch]:
    known = {key for (key,) in store.rows("SELECT key FROM blobs")} if changed else set()
    batch: _Batch = []
    size = 0
    for seen in changed:
        try:
            data = (root / seen.path).read_bytes()
        except OSError:
            continue
        key = _key(seen.path, data)
        batch.append(_Read(seen, key, None if key in known else data))
        known.add(key)
        size += len(data)
        if size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _analysed(batches: Iterator[_Batch], size: int) -> Iterator[tuple[_Batch, list[Analysis]]]:
    """What each batch gives, in order; in several processes when there is much to do."""
    workers = min(_MOST_WORKERS, os.cpu_count() or 1)
    if size < _PARALLEL_BYTES or workers < 2:
        for batch in batches:
            yield batch, analyse_all(_unknown(batch))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        # Few at a time: what is read and waits is held in memory.
        ahead = [(batch, _submitted(pool, batch)) for batch in islice(batches, workers + 1)]
        while ahead:
            batch, future = ahead.pop(0)
            try:
                analyses = future.result() if future else analyse_all(_unknown(batch))
            except BrokenProcessPool:
                analyses = analyse_all(_unknown(batch))
            ahead += [(more, _submitted(pool, more)) for more in islice(batches, 1)]
            yield batch, analyses


def _submitted(pool: ProcessPoolExecutor, batch: _Batch) -> Future[list[Analysis]] | None:
    """The batch as it is being read elsewhere; None where the workers are gone, killed for memory perhaps."""
    try:
        return pool.submit(analyse_all, _unknown(batch))
    except BrokenProcessPool:
        return None


def _unknown(batch: _Batch) -> list[tuple[str, bytes]]:
    return [(read.seen.path, read.data) for read in batch if read.data is not None]


def _keep(store: IndexStore, batch: _Batch, analyses: list[Analysis], now: int) -> int:
    """Write a batch in one transaction; return how many files hold something new."""
    found = iter(analyses)
    updated = 0
    with store.writing() as connection:
        for read in batch:
            if read.data is not None:
                blob = add_blob(connection, read.key, next(found))
            else:
                row = connection.execute("SELECT id FROM blobs WHERE key = ?", (read.key,)).fetchone()
                if row is None:  # another process has dropped it meanwhile: read it at the next refresh
                    continue
                blob = row[0]
            mtime = read.seen.mtime if now - read.seen.mtime > _RACY_NS else _RACY_MTIME
            updated += put_file(connection, read.seen.path, blob, read.seen.size, mtime)
    return updated


def _key(path: str, data: bytes) -> str:
    """What a file's analysis depends on: its language and its content."""
    return f"{language_of(path) or 'text'}:{hashlib.blake2b(data, digest_size=16).hexdigest()}"
