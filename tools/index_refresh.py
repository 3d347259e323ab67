"""Bringing the index up to the files as they are: look, read what changed, keep what was found."""

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.analysis import Reading, Stamp, read_all
from tools.index_store import IndexStore, add_blob, add_files, put_file, remove_file
from tools.languages import language_of
from tools.listing import Listing
from tools.parallel import spread
from tools.reading_behind import Progress
from tools.skipping import MAX_SOURCE_BYTES, MAX_TEXT_BYTES

_BATCH_BYTES = 500_000
_EACH_BYTES = 1_000  # whatever a file holds, it costs as much as this many bytes more
_RACY_NS = 2_000_000_000  # so fresh a file may change again without its time changing; git does the same
_RACY_MTIME = -1
_UNREAD: tuple[int, Stamp] = (0, (-1, -1))  # the content and the stamp of a file that no one has read yet


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        files: files in the index.
        updated: how many are new or have changed.
        removed: how many are gone.
        seconds: how long it took.
        was_rebuilt: the index file was broken, or of another version, and was made anew.
        unread: files of which only the path is known yet.
    """

    files: int
    updated: int
    removed: int
    seconds: float
    was_rebuilt: bool
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a work tree saw.

    Attributes:
        there: the files, each with its size and time.
        unread: those that the index has to read, or to read again.
        new: of these, those whose content it cannot know; the others were read so soon after they were
            written that they may have changed again.
        gone: those that the index knows and that are there no more.
    """

    there: Mapping[str, Stamp]
    unread: Sequence[str]
    new: Sequence[str]
    gone: Sequence[str]


class Refresher:
    """Keeps an index true to a work tree, and remembers between two looks what it saw.

    Several threads may use it: reading in one does not stop another.

    Args:
        root: the repository.
        store: the index.
    """

    def __init__(self, root: Path, store: IndexStore) -> None:
        self._root = str(root)
        self._store = store
        self._listing = Listing(root)
        self._looking = threading.RLock()
        self._known: tuple[int, dict[str, Stamp]] | None = None  # with the store's number of changes

    def refresh(self, progress: Progress | None = None) -> Refreshed:
        """Bring the index up to date; only files whose size or time changed are read.

        Args:
            progress: called with the number of files read and to read. What it raises stops the refresh;
                what was read until then is kept.

        Raises:
            GitFailed: git cannot list the files.
        """
        started = time.monotonic()
        seen = self.look()
        updated = self.read(seen.unread, seen.there, progress)
        self._forget(seen.gone)
        seconds = time.monotonic() - started
        return Refreshed(len(seen.there), updated, len(seen.gone), seconds, self._store.was_rebuilt)

    def look(self) -> Look:
        """See what there is to read.

        Raises:
            GitFailed: git cannot list the files.
        """
        with self._looking:
            known = self._in_index()
            there = _stamps(self._root, self._listing.paths(known))
            if there == known:  # mostly, and by far the quickest way to see it
                return Look(there, (), (), ())
            gone = [path for path in dict(known) if path not in there]
            unread = [path for path, stamp in there.items() if known.get(path) != stamp]
            new = [path for path in unread if known.get(path) != (there[path][0], _RACY_MTIME)]
            return Look(there, unread, new, gone)

    def announce(self, seen: Look) -> None:
        """Have the index know that new files are there before they are read, and forget what they held."""
        content, stamp = _UNREAD
        known = self._in_index()
        unheard = [path for path in seen.new if known.get(path) != stamp]
        if unheard:
            with self._writing() as connection:
                if known:
                    for path in unheard:
                        put_file(connection, path, content, *stamp)
                else:
                    add_files(connection, unheard, content, *stamp)
            known.update(dict.fromkeys(unheard, stamp))
        self._forget(seen.gone)

    def read(
        self, paths: Sequence[str], stamps: Mapping[str, Stamp], progress: Progress | None = None
    ) -> int:
        """Read some files into the index; return how many hold something new.

        Args:
            paths: the files.
            stamps: the size and time of each.
            progress: as in `refresh`.
        """
        now = time.time_ns()
        done = updated = 0
        with closing(self._read(paths, stamps)) as batches:
            for readings in batches:
                updated += self._keep(readings, now)
                done += len(readings)
                if progress:
                    progress(done, len(paths))
        return updated

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction; where it does not end well, what the index knows is asked anew."""
        try:
            with self._store.writing() as connection:
                yield connection
        except BaseException:  # what was noted meanwhile did not come to stay; it is raised again
            self._known = None
            raise

    @property
    def known(self) -> int:
        """How many files the index held when it was last looked into."""
        return len(self._known[1]) if self._known else 0

    def _in_index(self) -> dict[str, Stamp]:
        with self._looking:
            changes = self._store.changes()
            if self._known is None or self._known[0] != changes:
                rows = self._store.rows("SELECT path, size, mtime FROM files")
                self._known = (changes, {path: (size, mtime) for path, size, mtime in rows})
                if self._store.is_mostly_dead():
                    self._store.rebuild()
                    self._known = (self._store.changes(), {})
            return self._known[1]

    def _read(
        self, changed: Sequence[str], stamps: Mapping[str, Stamp]
    ) -> Generator[list[Reading], None, None]:
        keys = {key for (key,) in self._store.rows("SELECT key FROM blobs")} if len(changed) > 1 else set()
        work = list(_batches(changed, stamps))
        return spread(read_all, (self._root, frozenset(keys)), work, work_in(changed, stamps))

    def _keep(self, readings: Sequence[Reading], now: int) -> int:
        """Write a batch in one transaction; return how many files hold something new."""
        known = self._in_index()
        updated = 0
        with self._writing() as connection:
            for reading in readings:
                if reading.analysis is not None:
                    blob = add_blob(connection, reading.key, reading.analysis)
                else:
                    row = connection.execute("SELECT id FROM blobs WHERE key = ?", (reading.key,)).fetchone()
                    if row is None:  # the index was made anew meanwhile: read it at the next refresh
                        continue
                    blob = row[0]
                size, mtime = reading.stamp
                stamp = (size, mtime if now - mtime > _RACY_NS else _RACY_MTIME)
                updated += put_file(connection, reading.path, blob, *stamp)
                known[reading.path] = stamp
        return updated

    def _forget(self, gone: Sequence[str]) -> None:
        if not gone:
            return
        known = self._in_index()
        with self._writing() as connection:
            for path in gone:
                remove_file(connection, path)
                known.pop(path, None)


def work_in(paths: Iterable[str], stamps: Mapping[str, Stamp]) -> int:
    """How much work it is to read some files, in bytes of one large file; many small ones cost more."""
    return sum(_EACH_BYTES + stamps[path][0] for path in paths)


def _stamps(root: str, paths: Iterable[str]) -> dict[str, Stamp]:
    """The size and time of each file that is there and is not too large to read."""
    found: dict[str, Stamp] = {}
    for path in paths:
        try:
            if not path.isascii():
                path.encode()  # a name that is not UTF-8 can be kept in no database
            info = os.lstat(f"{root}/{path}")
        except (OSError, UnicodeEncodeError):  # the first: gone since it was listed
            continue
        size = info.st_size
        if stat.S_ISREG(info.st_mode) and (
            size <= MAX_TEXT_BYTES or (size <= MAX_SOURCE_BYTES and language_of(path))
        ):
            found[path] = (size, info.st_mtime_ns)
    return found


def _batches(paths: Iterable[str], stamps: Mapping[str, Stamp]) -> Iterator[list[tuple[str, Stamp]]]:
    batch: list[tuple[str, Stamp]] = []
    size = 0
    for path in paths:
        batch.append((path, stamps[path]))
        size += stamps[path][0]
        if size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
