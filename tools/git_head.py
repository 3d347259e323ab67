"""What is checked out, read from git's own files: asking git would cost a process each time."""

import re
from dataclasses import dataclass
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BRANCHES = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Head:
    """What is checked out.

    Attributes:
        branch: None when HEAD is detached.
    """

    commit: str
    branch: str | None


def read_head(root: Path) -> Head | None:
    """Return what is checked out in a work tree; None where only git itself can tell.

    That is so before the first commit, below the top of the work tree, and where branches are not kept
    as files.
    """
    try:
        folder = _git_folder(root)
        if folder is None or (folder / "HEAD").is_symlink():
            return None
        said = _text(folder / "HEAD")
        if _ID.fullmatch(said):
            return Head(said, None)
        name = said.removeprefix("ref: ")
        if not name.startswith(_BRANCHES) or name == said:
            return None
        commit = _commit_of(name, _shared(folder))
    except (OSError, UnicodeDecodeError):
        return None
    return Head(commit, name.removeprefix(_BRANCHES)) if commit else None


def _git_folder(root: Path) -> Path | None:
    place = root / ".git"
    if place.is_dir():
        return place
    kind, _, target = _text(place).partition(": ")
    return root / target if kind == "gitdir" else None


def _shared(folder: Path) -> Path:
    """Where the branches are: a further work tree has them in common with the first."""
    link = folder / "commondir"
    return folder / _text(link) if link.is_file() else folder


def _commit_of(name: str, folder: Path) -> str | None:
    try:
        found = _text(folder / name)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        # Git packs a branch before it deletes its file, so it is in one of them at any time.
        packed = (folder / "packed-refs").read_text(encoding="utf-8", errors="surrogateescape")
        line = re.search(rf"(?m)^([0-9a-f]+) {re.escape(name)}$", packed)
        found = line[1] if line else ""
    return found if _ID.fullmatch(found) else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
