"""What git knows about the repository: plain `git`, read without locks, hooks, pagers or quoting."""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from tools.errors import GitFailed, NotARepository, ProgramNotFound
from tools.git_head import read_head
from tools.process import REPOSITORY_VARIABLES, Captured, capture, inherited_environment
from tools.temporary import temporary_folder

_TIMEOUT_S = 120.0
_PLAIN = (
    "--no-pager",
    "--literal-pathspecs",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.quotePath=false",
    "-c", "core.logAllRefUpdates=false",
    "-c", "diff.noprefix=false",
    "-c", "diff.mnemonicPrefix=false",
    "-c", "color.ui=false",
)  # fmt: skip

ChangeStatus = Literal["added", "modified", "deleted", "renamed"]
_STATUS: Mapping[str, ChangeStatus] = {"A": "added", "D": "deleted", "R": "renamed", "C": "added"}


@dataclass(frozen=True)
class FileChange:
    """What became of one file.

    Attributes:
        path: where it is now; for a deleted file, where it was.
        old_path: where a renamed file was.
        similarity: how much of a renamed file stayed the same, 0 to 100.
    """

    status: ChangeStatus
    path: str
    old_path: str | None = None
    similarity: int = 100


def top_level(start: Path) -> Path:
    """Return the top of the work tree that a folder lies in.

    Raises:
        NotARepository: there is none, or git will not work in it.
    """
    if not start.is_dir():
        raise NotARepository(f"{start} is not a folder. Name the folder of a git repository with -C.")
    try:
        done = Git(start).call("rev-parse", "--show-toplevel", check=False)
    except GitFailed as error:
        raise NotARepository(str(error)) from error
    top = os.fsdecode(done.stdout.removesuffix(b"\n"))
    if done.exit_code != 0 or not top:
        raise NotARepository(_why_no_repository(start.resolve(), done.stderr.decode("utf-8", "replace")))
    return Path(top)


class Git:
    """Reads a repository. Every path is a POSIX string relative to its root; commits are full ids."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def head(self) -> str | None:
        """Return the commit that is checked out; None before the first one."""
        if seen := read_head(self.root):
            return seen.commit
        return self._line("rev-parse", "--verify", "--quiet", "HEAD^{commit}")

    def branch(self) -> str | None:
        """Return the name of the branch that is checked out; None when HEAD is detached."""
        if seen := read_head(self.root):
            return seen.branch
        return self._line("symbolic-ref", "--short", "--quiet", "HEAD")

    def root_commit(self) -> str | None:
        """Return where the history begins; None before the first commit and in a shallow clone.

        A history that was merged from several beginnings counts by its first parents.
        """
        if self._line("rev-parse", "--is-shallow-repository") == "true":
            return None
        return self._line("rev-list", "--first-parent", "--max-parents=0", "HEAD")

    def remote_url(self) -> str | None:
        """Return the address of `origin`, or of the first remote; a password in it is left out."""
        names = self.call("remote", check=False).stdout.decode("utf-8", "replace").split()
        if not names:
            return None
        url = self._line("config", "--get", f"remote.{'origin' if 'origin' in names else names[0]}.url")
        return _without_password(url) if url else None

    def is_ancestor(self, commit: str) -> bool | None:
        """Say whether HEAD contains a commit; None when that commit is not known here."""
        done = self.call("merge-base", "--is-ancestor", commit, "HEAD", check=False)
        return {0: True, 1: False}.get(done.exit_code)

    def is_dirty(self) -> bool:
        """Say whether there is uncommitted work, untracked files included."""
        return bool(self.call("status", "--porcelain", "--untracked-files=normal", "--no-renames").stdout)

    def author(self) -> str | None:
        """Return who commits here, as `name <email>`; None when git was never told."""
        name = self._line("config", "--get", "user.name")
        email = self._line("config", "--get", "user.email")
        return f"{name or ''} <{email or ''}>".strip() if name or email else None

    def files(self) -> list[str]:
        """Return the files that are there, tracked or not, sorted; neither ignored ones nor submodules."""
        root = f"{self.root}/"
        return [path for path in self.listed() if _is_file(root + path)]

    def listed(self) -> list[str]:
        """Return the same without looking whether they are there: with deleted ones and submodules."""
        names = set(_names(self.call("ls-files", "-z", "--cached", "--others", "--exclude-standard")))
        return sorted(path for path in names if not path.endswith("/"))

    def commits(self, since: str | None, until: str = "HEAD") -> list[str]:
        """Return the commits after `since` (None: from the beginning) up to `until`, oldest first.

        Raises:
            GitFailed: a commit is not known here.
        """
        if since is None and self.head() is None:
            return []
        span = until if since is None else f"{since}..{until}"
        return self.call("rev-list", "--topo-order", "--reverse", span, "--").stdout.decode().split()

    def changes(self, old: str, new: str | None) -> list[FileChange]:
        """Return what changed between two commits, renames detected.

        Args:
            old: a commit or tree.
            new: another; None stands for the work tree, untracked files included.

        Raises:
            GitFailed: a commit is not known here.
        """
        if new is not None:
            return parse_changes(self.call("diff-tree", "-r", "-z", "-M", "--raw", old, new, "--").stdout)
        untracked = self._untracked()
        with self._scratch_index() as env:
            if untracked:
                # "Intent to add" lets rename detection see them, and writes no objects.
                listed = b"\0".join(os.fsencode(path) for path in untracked)
                self.call(
                    "add", "--intent-to-add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul",
                    env=env, stdin=listed,
                )  # fmt: skip
            options = ("-z", "-M", "--raw", "--no-ext-diff", "--ignore-submodules=dirty")
            return parse_changes(self.call("diff", *options, old, "--", env=env).stdout)

    def show(self, commit: str, path: str) -> bytes | None:
        """Return a file as a commit holds it; None where there is no such file or commit."""
        done = self.call("cat-file", "blob", f"{commit}:{path}", check=False)
        return done.stdout if done.exit_code == 0 else None

    def call(
        self,
        *arguments: str,
        check: bool = True,
        env: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
    ) -> Captured:
        """Run one git command in the work tree; what tells its output apart is the caller's.

        Args:
            arguments: the command and its arguments.
            check: whether a failure is an error.
            env: variables to set on top.
            stdin: what to feed it.

        Raises:
            GitFailed: git is missing, hangs, or (with `check`) refused.
        """
        full = environment() | dict(env or {})
        argv = ("git", *_PLAIN, *arguments)
        try:
            done = capture(argv, cwd=self.root, timeout_s=_TIMEOUT_S, env=full, stdin=stdin)
        except ProgramNotFound as error:
            raise GitFailed(
                "git is not installed. Install it (https://git-scm.com) and try again."
            ) from error
        if done.timed_out:
            raise GitFailed(
                f"git {arguments[0]} took longer than {_TIMEOUT_S:.0f} s and was ended. Try again."
            )
        if check and done.exit_code != 0:
            said = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.exit_code}"
            raise GitFailed(f"git {arguments[0]} failed: {said}")
        return done

    def _line(self, *arguments: str) -> str | None:
        done = self.call(*arguments, check=False)
        lines = os.fsdecode(done.stdout).split("\n")
        return lines[0] or None if done.exit_code == 0 else None

    def _untracked(self) -> list[str]:
        """Untracked files; a name that ends with a slash is a repository of its own and left out."""
        listed = _names(self.call("ls-files", "-z", "--others", "--exclude-standard"))
        return [path for path in listed if not path.endswith("/")]

    @contextmanager
    def _scratch_index(self) -> Iterator[dict[str, str]]:
        """Give git a copy of the user's index to write to."""
        with temporary_folder() as folder:
            scratch = folder / "index"
            index = self.root / (self._line("rev-parse", "--git-path", "index") or ".git/index")
            if index.exists():
                shutil.copy2(index, scratch)
            yield {"GIT_INDEX_FILE": str(scratch)}


def environment() -> dict[str, str]:
    """Return what git runs in: it finds its repository by the folder, speaks English, never prompts."""
    inherited = inherited_environment()
    return {name: value for name, value in inherited.items() if name not in REPOSITORY_VARIABLES} | {
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def parse_changes(raw: bytes) -> list[FileChange]:
    """Read `--raw -z` output of git diff: `:modes ids status NUL path NUL [path NUL]`."""
    fields = iter(_split(raw))
    found = []
    for field in fields:
        letter, score = field.rsplit(" ", 1)[1][:1], field.rsplit(" ", 1)[1][1:]
        path = next(fields)
        if letter in "RC":
            old_path, path = path, next(fields)
            renamed = letter == "R"
            found.append(FileChange(_STATUS[letter], path, old_path if renamed else None, int(score or 100)))
        else:
            found.append(FileChange(_STATUS.get(letter, "modified"), path))
    return found


def _split(output: bytes) -> list[str]:
    return [os.fsdecode(field) for field in output.split(b"\0")[:-1]]


def _names(done: Captured) -> Sequence[str]:
    return _split(done.stdout)


def _is_file(path: str) -> bool:
    try:
        return not stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:  # tracked, but not there
        return False


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if not parts.scheme.startswith("http") or "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _why_no_repository(start: Path, complaint: str) -> str:
    if "dubious ownership" in complaint:
        return (
            f"git does not trust {start}: it belongs to another user. "
            f"If you do, run: git config --global --add safe.directory '{start}'"
        )
    if "must be run in a work tree" in complaint:
        return f"{start} is inside a bare repository or a .git folder. Go to a work tree of it."
    return f"{start} is not in a git repository. Go to one, name one with -C, or run: git init"
