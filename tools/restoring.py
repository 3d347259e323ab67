"""Restores files of a snapshot, and never overwrites somebody's later work."""

import hashlib
import os
import secrets
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.git import Git
from tools.temporary import temporary_folder

_MERGE_BYTES = 2_000_000

Action = Literal["nothing", "remove", "write", "merge"]


@dataclass(frozen=True)
class Entry:
    """A file as git sees it: its mode (100644, 100755, 120000) and the id of its content."""

    mode: str
    blob: str

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file, not a link."""
        return self.mode.startswith("100")


@dataclass(frozen=True)
class Difference:
    """One path of which two snapshots differ; None: it is not in that snapshot."""

    path: str
    target: Entry | None
    expected: Entry | None


@dataclass(frozen=True)
class Reverted:
    """What became of each path.

    Attributes:
        restored: has its earlier content again.
        removed: did not exist before and is gone again.
        merged: was edited since; the earlier content came back around those edits.
        conflicts: was edited since in the same place, and is left as it is.
    """

    restored: list[str]
    removed: list[str]
    merged: list[str]
    conflicts: list[str]


def parse_differences(raw: bytes) -> list[Difference]:
    """Read `git diff-tree -r -z --raw --no-renames --no-abbrev TARGET EXPECTED`."""
    fields = raw.split(b"\0")[:-1]
    found = []
    for details, name in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old_blob, new_blob, _ = details.decode().lstrip(":").split(" ")
        found.append(Difference(os.fsdecode(name), _entry(old_mode, old_blob), _entry(new_mode, new_blob)))
    return found


def _entry(mode: str, blob: str) -> Entry | None:
    return None if mode == "000000" else Entry(mode, blob)


def settle(target: Entry | None, expected: Entry | None, found: Entry | None) -> Action:
    """Decide what brings one path back: to `target`, if it still is as `expected`."""
    if found == target:
        return "nothing"
    if found == expected:
        return "remove" if target is None else "write"
    return "merge"


class Restorer:
    """Brings paths of one work tree back, a file at a time, each in one step."""

    def __init__(self, git: Git, object_format: str) -> None:
        self._git = git
        self._root = git.root
        self._hash = object_format
        self._keeps_modes = git.call("config", "--get", "core.filemode", check=False).stdout != b"false\n"

    def restore(self, differences: Iterable[Difference], left_out: Mapping[str, object]) -> Reverted:
        """Bring each path back to its target.

        Args:
            differences: what to bring back.
            left_out: paths that the target snapshot did not hold although they were there (ignored,
                too large, another repository): that they are not in it does not mean to remove them.
        """
        result = Reverted([], [], [], [])
        writes: list[Difference] = []
        for difference in differences:
            found = self._found(difference)
            match settle(difference.target, difference.expected, found):
                case "nothing":
                    pass
                case "remove" if _covered(difference.path, left_out):
                    result.conflicts.append(difference.path)
                case "remove":
                    self._remove(difference.path)
                    result.removed.append(difference.path)
                case "write":
                    writes.append(difference)
                case "merge":
                    merged = self._merge(difference, found)
                    (result.merged if merged else result.conflicts).append(difference.path)
        # Last: a folder may have to go before a file can come back under its name, and the reverse.
        for difference in writes:
            done = self._write(difference)
            (result.restored if done else result.conflicts).append(difference.path)
        return result

    def _found(self, difference: Difference) -> Entry | None:
        path = self._root / difference.path
        if not self._reachable(difference.path):
            return None
        try:
            info = path.lstat()
            if stat.S_ISLNK(info.st_mode):
                return Entry("120000", self._blob_id(os.fsencode(path.readlink())))
            if not stat.S_ISREG(info.st_mode):
                return None if path.is_dir() else Entry("special", "")
            return Entry(self._mode(info.st_mode, difference.expected), self._blob_id(path.read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PermissionError:
            return Entry("unreadable", "")

    def _mode(self, bits: int, expected: Entry | None) -> str:
        if not self._keeps_modes and expected is not None and expected.is_file:
            return expected.mode
        return "100755" if bits & stat.S_IXUSR else "100644"

    def _blob_id(self, data: bytes) -> str:
        return hashlib.new(self._hash, b"blob %d\0" % len(data) + data).hexdigest()

    def _reachable(self, path: str) -> bool:
        """Say whether no folder above a path is a link: what lies beyond one is not ours."""
        parents = (self._root / path).relative_to(self._root).parents
        return not any((self._root / parent).is_symlink() for parent in parents)

    def _remove(self, path: str) -> None:
        file = self._root / path
        file.unlink()
        for folder in file.parents:
            if folder == self._root:
                return
            try:
                folder.rmdir()
            except OSError:  # something is in it
                return

    def _write(self, difference: Difference) -> bool:
        """Put the target in place; False when something of the user's is in the way."""
        assert difference.target is not None
        file = self._root / difference.path
        content = self._blob(difference.target)
        if not self._reachable(difference.path):
            return False
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.is_dir() and not file.is_symlink():
                file.rmdir()
            self._put(file, content, difference.target)
        except OSError:  # a file where a folder was, a folder that is not empty, no permission
            return False
        return True

    def _put(self, file: Path, content: bytes, entry: Entry) -> None:
        beside = file.with_name(f".{file.name[:200]}.{secrets.token_hex(4)}")
        try:
            if entry.is_file:
                with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as out:
                    out.write(content)
                _give_mode(beside, file, executable=entry.mode == "100755")
            else:
                beside.symlink_to(os.fsdecode(content))
            beside.replace(file)
        except BaseException:  # no half-written file is left; it is raised again
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise

    def _blob(self, entry: Entry) -> bytes:
        return self._git.call("cat-file", "blob", entry.blob).stdout

    def _merge(self, difference: Difference, found: Entry | None) -> bool:
        """Take the change back around the edits made since, where both are text and do not meet."""
        target, expected = difference.target, difference.expected
        if target is None or expected is None or found is None:
            return False
        if not (target.is_file and expected.is_file and found.is_file):
            return False
        file = self._root / difference.path
        versions = (file.read_bytes(), self._blob(expected), self._blob(target))
        if any(b"\0" in version or len(version) > _MERGE_BYTES for version in versions):
            return False
        with temporary_folder() as folder:
            names = [folder / name for name in ("now", "then", "target")]
            for name, version in zip(names, versions, strict=True):
                name.write_bytes(version)
            done = self._git.call("merge-file", "--stdout", "--quiet", *map(str, names), check=False)
        if done.exit_code != 0:
            return False
        mode = target.mode if target.mode != expected.mode else found.mode
        self._put(file, done.stdout, Entry(mode, ""))
        return True


def _give_mode(beside: Path, file: Path, *, executable: bool) -> None:
    """Keep the permission bits of the file that is replaced; git knows only whether it is executable."""
    base = file if file.is_file() and not file.is_symlink() else beside
    bits = stat.S_IMODE(base.stat().st_mode)
    readers = (bits & 0o444) >> 2  # whoever may read it may run it
    beside.chmod(bits | readers if executable else bits & ~0o111)


def _covered(path: str, left_out: Mapping[str, object]) -> bool:
    if path in left_out:
        return True
    parts = path.split("/")
    return any("/".join(parts[:depth]) + "/" in left_out for depth in range(1, len(parts)))
