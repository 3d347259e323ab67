"""The only way to a path inside the repository, and files as text that survive a round trip."""

import hashlib
import os
import secrets
import stat
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from tools import git
from tools.errors import PathError

MAX_BYTES = 2_000_000  # a larger file is no source text: searching it is fine, reading it whole is not

Encoding = Literal["utf-8", "utf-16-le", "utf-16-be", "latin-1"]
Newline = Literal["\n", "\r\n", "mixed"]

_BOMS: tuple[tuple[bytes, Encoding], ...] = (
    (BOM_UTF8, "utf-8"),
    (BOM_UTF16_LE, "utf-16-le"),
    (BOM_UTF16_BE, "utf-16-be"),
)
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\b\x1b")


@dataclass(frozen=True)
class TextFile:
    r"""A file as text, with what is needed to write it back in the same way.

    Attributes:
        text: lines end with "\n"; only in a file with mixed line ends they are as found.
        encoding: how it is stored.
        bom: the byte order mark it starts with, or nothing.
        newline: how its lines end.
        final_newline: whether its last line ends.
        mode: the permission bits.
        digest: SHA-256 of the bytes.
    """

    text: str
    encoding: Encoding = "utf-8"
    bom: bytes = b""
    newline: Newline = "\n"
    final_newline: bool = True
    mode: int = 0o644
    digest: str = ""

    def encode(self, text: str) -> bytes:
        """Return `text` as this file stores it.

        Raises:
            UnicodeEncodeError: the file's encoding has no such character.
        """
        if self.newline == "\r\n":
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        return self.bom + text.encode(self.encoding)


def decode(data: bytes, mode: int = 0o644) -> TextFile | None:
    """Read bytes as text; None when they are not text.

    Bytes that are not UTF-8 and carry no mark are read as Latin-1, which gives every byte back unchanged
    when the file is written again; with control characters among them they are binary.
    """
    bom, encoding = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", None))
    if encoding is None:
        encoding = _guess_encoding(data)
    if encoding is None:
        return None
    try:
        raw = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError:
        return None
    newline = _newline_of(raw)
    return TextFile(
        text=raw.replace("\r\n", "\n") if newline == "\r\n" else raw,
        encoding=encoding,
        bom=bom,
        newline=newline,
        final_newline=raw.endswith("\n"),
        mode=mode,
        digest=digest_of(data),
    )


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _guess_encoding(data: bytes) -> Encoding | None:
    if b"\0" in data:
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        controls = any(byte < 0x20 and byte not in _TEXT_CONTROLS for byte in data)
        return None if controls else "latin-1"
    return "utf-8"


def _newline_of(raw: str) -> Newline:
    pairs = raw.count("\r\n")
    if pairs == 0:
        return "\n"
    return "\r\n" if pairs == raw.count("\n") == raw.count("\r") else "mixed"


class Workspace:
    """A git work tree. Paths are POSIX strings relative to its root; nothing outside can be reached.

    Attributes:
        root: the top of the work tree, links resolved.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    @classmethod
    def open(cls, start: Path) -> Self:
        """Open the repository that a folder lies in.

        Raises:
            NotARepository: there is none at or above it, or git will not work in it.
        """
        return cls(git.top_level(start))

    def resolve(self, path: str) -> Path:
        """Return the real path, links followed.

        Raises:
            PathError: it leads outside the repository or into git's own files.
        """
        return self._confined(self.locate(path), path, follow=True)

    def locate(self, path: str) -> Path:
        """Return the path with the links above it followed, but itself not: where a link lies.

        Raises:
            PathError: it leads outside the repository or into git's own files.
        """
        if "\0" in path or path.startswith("~"):
            raise PathError(f"{path!r} is not a path. Give it relative to the repository's root.")
        joined = (
            Path(os.path.normpath(self.root / path)) if ".." not in Path(path).parts else self.root / path
        )
        if joined == self.root:
            return self.root
        return self._confined(joined, path, follow=False)

    def relative(self, path: Path) -> str:
        """Return a path below the root as a POSIX string relative to it ("." for the root itself).

        Raises:
            PathError: it is not below the root.
        """
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            raise PathError(f"{path} is outside the repository {self.root}.") from None

    def read(self, path: str) -> TextFile:
        """Read a text file.

        Raises:
            PathError: it is missing, a folder, binary, larger than 2 MB, or outside.
        """
        file = self.resolve(path)
        data = self.read_bytes(path)
        text = decode(data, stat.S_IMODE(file.stat().st_mode))
        if text is None:
            raise PathError(f"{path} is binary ({len(data):,} bytes). It cannot be read or edited as text.")
        return text

    def read_bytes(self, path: str) -> bytes:
        """Read a file of at most 2 MB.

        Raises:
            PathError: it is missing, not a regular file, too large, or outside.
        """
        file = self.resolve(path)
        try:
            info = file.stat()
            if stat.S_ISDIR(info.st_mode):
                raise PathError(f"{path} is a folder. List it to see the files in it.")
            if not stat.S_ISREG(info.st_mode):
                raise PathError(f"{path} is not a regular file.")
            if info.st_size > MAX_BYTES:
                raise PathError(
                    f"{path} is too large to read whole ({info.st_size / 1e6:.1f} MB). Search in it instead."
                )
            return file.read_bytes()
        except FileNotFoundError:
            raise PathError(f"There is no file {path}. Search for its name, or list the folder.") from None
        except OSError as error:
            raise PathError(f"{path} cannot be read: {error.strerror}.") from error

    def write(self, path: str, text: str, like: TextFile | None = None) -> None:
        """Write a text file in one step: a reader sees the old content or the new, never a part.

        A link is kept and its target written. The permission bits of an existing file are kept; with
        `like`, its encoding, byte order mark and line ends too. Missing folders are made.

        Raises:
            PathError: it is outside, a folder, or holds characters that its encoding does not have.
        """
        style = like or TextFile(text)
        try:
            data = style.encode(text)
        except UnicodeEncodeError as error:
            raise PathError(
                f"{path} is stored as {style.encoding}, which has no {error.object[error.start]!r}. "
                "Use only characters of that encoding."
            ) from error
        self.write_bytes(path, data, mode=like.mode if like else None)

    def write_bytes(self, path: str, data: bytes, mode: int | None = None) -> None:
        """Write a file in one step, as `write` does; `mode` counts where the file is new.

        Raises:
            PathError: it is outside, a folder, or cannot be written.
        """
        file = self.resolve(path)
        if file == self.root or file.is_dir():
            raise PathError(f"{path} is a folder. Name the file in it.")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            _replace(file, data, mode)
        except (FileExistsError, NotADirectoryError):
            raise PathError(
                f"{path} cannot be written: a part of its path is a file, not a folder."
            ) from None
        except OSError as error:
            raise PathError(f"{path} cannot be written: {error.strerror}.") from error

    def _confined(self, joined: Path, asked: str, *, follow: bool) -> Path:
        try:
            real = joined.resolve() if follow else joined.parent.resolve() / joined.name
        except (OSError, RuntimeError):  # a link that leads to itself
            raise PathError(f"{asked} cannot be followed: its links lead in a circle.") from None
        if joined.name == ".." and not follow:
            real = joined.resolve()
        if not real.is_relative_to(self.root):
            raise PathError(f"{asked} is outside the repository. Paths are relative to its root.")
        if any(part.lower() == ".git" for part in real.relative_to(self.root).parts):
            raise PathError(f"{asked} is one of git's own files, which are never read or edited directly.")
        return real


def _replace(file: Path, data: bytes, mode: int | None) -> None:
    """Write beside the file, then put it in its place; `os.replace` is atomic on one file system."""
    before = file.stat() if file.exists() else None
    beside = file.with_name(f".{file.name[:200]}.{secrets.token_hex(4)}")
    # Created with 0o666 so that the user's umask decides, as for any new file.
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        if before is not None:
            with suppress(PermissionError):  # another's file that we may write but not own
                os.chown(beside, before.st_uid, before.st_gid)
            beside.chmod(stat.S_IMODE(before.st_mode))
        elif mode is not None:
            beside.chmod(mode)
        beside.replace(file)
    except BaseException:  # no half-written file is left; it is raised again
        beside.unlink(missing_ok=True)
        raise
