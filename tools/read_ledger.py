"""What the model has seen of each file, so that it never overwrites what it has not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock


@dataclass
class _Seen:
    digest: str
    lines: set[int] = field(default_factory=set)
    whole: bool = False


class ReadLedger:
    """Remembers, for one session, the content of each file at the model's last read or write."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self._lock = Lock()  # several files, or parts of one, may be read at the same time

    def note_lines(self, path: str, digest: str, lines: Iterable[int], total: int) -> None:
        """Note that these lines (1-based, of `total`) were shown of the content with this digest."""
        with self._lock:
            seen = self._seen.get(path)
            if seen is None or seen.digest != digest:
                seen = self._seen[path] = _Seen(digest)
            seen.lines.update(lines)
            seen.whole = seen.whole or len(seen.lines) >= total

    def note_edit(self, path: str, old_digest: str, new_digest: str) -> None:
        """Note an edit of a part: what was known of the rest stays known."""
        seen = self._seen.get(path)
        known = seen is not None and seen.digest == old_digest and seen.whole
        self._seen[path] = _Seen(new_digest, whole=known)

    def note_whole(self, path: str, digest: str) -> None:
        """Note that the model knows the whole file: it wrote it."""
        self._seen[path] = _Seen(digest, whole=True)

    def forget(self, path: str) -> None:
        """Note that a file is gone or has another name."""
        self._seen.pop(path, None)

    def forget_lines(self) -> None:
        """Note that the model no longer sees what it read; what has changed since is still known."""
        for seen in self._seen.values():
            seen.lines.clear()
            seen.whole = False

    def objection(self, path: str, digest: str) -> str | None:
        """Say why a file may not be overwritten as it is now; None when the model knows all of it."""
        seen = self._seen.get(path)
        if seen is None:
            return f"{path} exists and was not read in this session. Read it first, or use replace."
        if seen.digest != digest:
            return f"{path} changed since it was read. Read it again first."
        if not seen.whole:
            return f"{path} was read only in part, as far as you still see it. Read it first, or use replace."
        return None

    def is_stale(self, path: str, digest: str) -> bool:
        """Say whether a file that was read has changed since."""
        seen = self._seen.get(path)
        return seen is not None and seen.digest != digest
