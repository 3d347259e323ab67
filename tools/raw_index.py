"""The work tree as a git tree, byte for byte.

`git add` would store what line-end conversion and filters (LFS, ident) make of a file, and what comes
back from that is not always what was there. So files are indexed in a private git folder whose attributes
switch every conversion off. It lies outside of the repository, where no confined command can write: what
such a command changes in git's own folder is put back afterwards, and our work would be with it. Its index
is kept between takes: git then looks only at files whose stat changed, and handles files changed within one
clock tick itself.
"""

import fcntl
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from tools.errors import GitFailed
from tools.git import Git

LARGE_BYTES = 50_000_000  # a larger file is left out: a dump or a model's weights, not somebody's work

WhyLeftOut = Literal["ignored", "repository", "large", "unreadable"]

_ATTRIBUTES = "* -text !eol -filter -ident -working-tree-encoding\n"
_COPIED_SETTINGS = ("core.filemode", "core.symlinks", "core.ignorecase", "core.precomposeunicode")
_GITLINK = "160000"


@dataclass(frozen=True)
class RawTree:
    """The files of a work tree at one moment.

    Attributes:
        tree: the id of the git tree.
        left_out: paths that are there but not in the tree, and why; a folder ends with a slash.
    """

    tree: str
    left_out: Mapping[str, WhyLeftOut]


class RawIndex:
    """Writes the work tree of a repository into its object store.

    Args:
        git: the repository.
        folder: where the private git folder of this work tree is or will be.
    """

    def __init__(self, git: Git, folder: Path) -> None:
        self._git = git
        self._folder = folder

    def write_tree(self) -> RawTree:
        """Store every file that git does not ignore, tracked or not, and return the tree.

        Raises:
            GitFailed: the repository cannot be written to.
        """
        with self._locked():
            try:
                return self._written()
            except GitFailed:
                # The index may name objects that are gone: pruned, or of a repository that stood here before.
                if not self._forget():
                    raise
                return self._written()

    def _written(self) -> RawTree:
        last, now = self._folder / "last-take", self._folder / "this-take"
        since = last.stat().st_mtime_ns if last.exists() else 0
        now.write_text("")
        files, left_out = self._survey()
        known = {os.fsdecode(path) for path in self._private("ls-files", "-z").split(b"\0")[:-1]}
        # Git believes a stat of whole seconds; an inode touched since the last take is read again.
        stale = {path for path in known if files.get(path, since) >= since}
        if stale:
            self._private("update-index", "-z", "--force-remove", "--stdin", stdin=_listed(stale))
        # A file that vanishes under our eyes is removed instead of an error.
        options = ("--add", "--remove", "--replace")
        self._private("update-index", "-z", *options, "--stdin", stdin=_listed(sorted(files)))
        tree = self._private("write-tree").decode().strip()
        now.replace(last)
        return RawTree(tree, left_out)

    def _forget(self) -> bool:
        """Drop what is known of earlier takes; False where nothing was."""
        index = self._folder / "index"
        known = index.exists()
        index.unlink(missing_ok=True)
        return known

    def _survey(self) -> tuple[dict[str, int], dict[str, WhyLeftOut]]:
        """Return the files to store, with the time their inode last changed, and what is left out."""
        left_out: dict[str, WhyLeftOut] = {}
        tracked = [
            line.split(b"\t", 1)
            for line in self._git.call("ls-files", "-z", "--stage").stdout.split(b"\0")[:-1]
        ]
        candidates = set()
        for details, name in tracked:
            path = os.fsdecode(name)
            if details.startswith(_GITLINK.encode()):
                left_out[f"{path}/"] = "repository"
            else:
                candidates.add(path)
        for state, path in self._untracked():
            if state == "!!":
                left_out[path] = "ignored"
            elif path.endswith("/"):
                left_out[path] = "repository"
            else:
                candidates.add(path)
        return self._readable(candidates, left_out), left_out

    def _untracked(self) -> list[tuple[str, str]]:
        """Untracked (`??`) and ignored (`!!`) paths; a folder is named only where a pattern names it.

        (`ls-files --directory` would also name a folder that merely has nothing but ignored files left.)
        """
        options = ("--untracked-files=all", "--ignored=matching", "--no-renames", "--ignore-submodules=all")
        listed = self._git.call("status", "--porcelain", "-z", *options).stdout.split(b"\0")[:-1]
        states = ((os.fsdecode(line[:2]), os.fsdecode(line[3:])) for line in listed)
        return [(state, path) for state, path in states if state in ("??", "!!")]

    def _readable(self, candidates: set[str], left_out: dict[str, WhyLeftOut]) -> dict[str, int]:
        """Return the candidates that are files now, and note those that are too large or locked."""
        root = f"{self._git.root}/"
        real = {"": True}
        files = {}
        for path in candidates:  # tens of thousands: plain strings, one system call each
            if not _is_real_folder(root, path.rpartition("/")[0], real):
                continue
            try:
                info = os.lstat(root + path)
            except OSError:
                continue
            if stat.S_ISLNK(info.st_mode):
                files[path] = info.st_ctime_ns
            elif not stat.S_ISREG(info.st_mode):
                continue
            elif info.st_size > LARGE_BYTES:
                left_out[path] = "large"
            elif info.st_mode & 0o444 != 0o444 and not os.access(root + path, os.R_OK):
                left_out[path] = "unreadable"
            else:
                files[path] = info.st_ctime_ns
        return files

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep two runs on one work tree apart; a lock that git left behind when killed is stale then."""
        try:
            self._prepare()
            lock = (self._folder / "lock").open("w")
        except OSError as error:
            raise GitFailed(
                f"No snapshot can be taken: {error.filename or self._folder} cannot be written "
                f"({error.strerror}). Make that folder writable."
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (self._folder / "index.lock").unlink(missing_ok=True)
            yield

    def _prepare(self) -> None:
        """Lay out the private git folder; written anew each time, so that nothing planted there counts."""
        (self._folder / "refs").mkdir(parents=True, exist_ok=True)
        (self._folder / "info").mkdir(exist_ok=True)
        (self._folder / "HEAD").write_text("ref: refs/heads/none\n")
        (self._folder / "info" / "attributes").write_text(_ATTRIBUTES)
        (self._folder / "config").write_text(self._config)

    @cached_property
    def _config(self) -> str:
        lines = ["[core]", "repositoryformatversion = 1", "bare = false", "autocrlf = false"]
        for name in _COPIED_SETTINGS:
            done = self._git.call("config", "--type=bool", "--get", name, check=False)
            if done.exit_code == 0:
                lines.append(f"{name.removeprefix('core.')} = {done.stdout.decode().strip()}")
        lines += ["[extensions]", f"objectformat = {self.object_format}"]
        return "\n".join(lines) + "\n"

    @cached_property
    def object_format(self) -> str:
        """The hash this repository names its objects by: sha1 or sha256."""
        return self._git.call("rev-parse", "--show-object-format").stdout.decode().strip()

    @cached_property
    def _environment(self) -> dict[str, str]:
        objects = self._git.call("rev-parse", "--git-path", "objects").stdout.removesuffix(b"\n")
        return {
            "GIT_DIR": str(self._folder),
            "GIT_WORK_TREE": str(self._git.root),
            "GIT_INDEX_FILE": str(self._folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(self._git.root / os.fsdecode(objects)),
        }

    def _private(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        return self._git.call(*arguments, env=self._environment, stdin=stdin).stdout


def _is_real_folder(root: str, folder: str, known: dict[str, bool]) -> bool:
    """Say whether a folder is reached without following a link; git tracks nothing beyond one."""
    if folder not in known:
        path = Path(root + folder)
        above = _is_real_folder(root, folder.rpartition("/")[0], known)
        known[folder] = above and path.is_dir() and not path.is_symlink()
    return known[folder]


def _listed(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
