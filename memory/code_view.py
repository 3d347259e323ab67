"""What memory asks about code. The answer comes from outside: memory knows no git and no parser."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SymbolFact:
    """A symbol as the code is now.

    Attributes:
        digest: Hash of the normalised syntax tree; formatting, comments and docstrings do not count.
        body_digest: The same without the symbol's own name, so that it survives a rename.
    """

    digest: str
    body_digest: str


@dataclass(frozen=True, slots=True)
class CommitChanges:
    """What one commit (or, with commit None, the work tree) did to the files.

    Attributes:
        commit: The commit's id; None for changes that are not committed yet.
        renamed: Pairs of old and new path.
        deleted: Paths that are gone.
        modified: Paths whose content changed; a renamed file with edits is in here by its new path.
        symbols: Pairs of old and new symbol that this commit is known to have moved or renamed, the old
            one in its file's new path. May be empty: what moved whole is found without it.
        lost: Symbols that this commit is known to have ended, in their file's new path.
        added: Paths that are new.
        base: The commit that it is compared with.
    """

    commit: str | None
    renamed: tuple[tuple[str, str], ...] = ()
    deleted: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    symbols: tuple[tuple[str, str], ...] = ()
    lost: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    base: str | None = None


class CodeView(Protocol):
    """The repository as it lies in the work tree. Paths are POSIX, relative to its root."""

    def settled(self) -> "CodeView":
        """The same for one operation, in which nothing is expected to change: nothing is asked twice."""
        ...

    def head(self) -> str | None:
        """The commit that HEAD stands on; None before the first one."""
        ...

    def branch(self) -> str | None:
        """The branch that is checked out; None when detached."""
        ...

    def has_path(self, path: str) -> bool:
        """Whether a file or folder is there."""
        ...

    def symbol(self, symbol: str) -> SymbolFact | None:
        """The symbol `path::qualname` as the code is now; None when it is not there."""
        ...

    def symbols_with_body(self, body_digest: str) -> Sequence[str]:
        """Every symbol whose code is the same but for its name."""
        ...

    def is_ancestor(self, commit: str) -> bool | None:
        """Whether HEAD contains the commit; None when it is not known here."""
        ...

    def has_work_of(self, commit: str) -> bool | None:
        """Whether HEAD contains the commit or, squashed or rebased, its work; None when not known here."""
        ...

    def changes(self, since: str | None) -> Sequence[CommitChanges]:
        """What happened after a commit, oldest first; the last one may be the work tree.

        Where HEAD does not contain the commit, but it is known, one entry for the whole difference; where
        it is not known, the work tree at most.
        """
        ...

    def with_moves(
        self, changes: Sequence[CommitChanges], symbols: Collection[str]
    ) -> Sequence[CommitChanges]:
        """The same changes, with `symbols` and `lost` filled in for those named, where that can be told."""
        ...

    def is_as_before(self, place: str, commit: str | None) -> bool:
        """Whether a file or symbol is much what it was just before a commit (None: as HEAD has it).

        True where that cannot be told.
        """
        ...

    def guides(self) -> Sequence[tuple[str, str]]:
        """Paths and texts of what the repository says to whoever works in it: AGENTS.md, README.md."""
        ...
