"""What memory asks about code, answered by git and the parser."""

from collections.abc import Collection, Sequence

from graph.commit_log import as_changes, known, span
from graph.old_files import OldFiles, Outline, alike, outline
from graph.symbol_trail import with_moves
from memory.code_view import CommitChanges, SymbolFact
from tools.errors import PathError
from tools.git import Git
from tools.index import SymbolIndex
from tools.syntax import Symbol, symbols_in
from tools.workspace import Workspace


class RepositoryCode:
    """The repository as it lies in the work tree; satisfies `memory.code_view.CodeView`.

    A single symbol is read from its file, so that a memory can be checked without an index; only the
    search for moved code needs one.
    """

    def __init__(self, workspace: Workspace, git: Git, index: SymbolIndex) -> None:
        self._workspace = workspace
        self._git = git
        self._index = index
        self._parsed: dict[str, tuple[int, dict[str, Symbol]]] = {}
        self._ancestors: dict[tuple[str | None, str], bool | None] = {}

    def head(self) -> str | None:
        """The commit that HEAD stands on."""
        return self._git.head()

    def branch(self) -> str | None:
        """The branch that is checked out."""
        return self._git.branch()

    def has_path(self, path: str) -> bool:
        """Whether a file or folder is there."""
        try:
            return self._workspace.locate(path).exists()
        except PathError:
            return False

    def symbol(self, symbol: str) -> SymbolFact | None:
        """The symbol as the code is now."""
        path, _, qualname = symbol.partition("::")
        found = self._symbols_of(path).get(qualname)
        return SymbolFact(found.digest, found.body_digest) if found else None

    def symbols_with_body(self, body_digest: str) -> list[str]:
        """Every symbol whose code is the same but for its name."""
        self._index.refresh()
        return [found.id() for found in self._index.with_body(body_digest)]

    def is_ancestor(self, commit: str) -> bool | None:
        """Whether HEAD contains the commit."""
        key = (self._git.head(), commit)
        if key not in self._ancestors:
            self._ancestors[key] = self._git.is_ancestor(commit)
        return self._ancestors[key]

    def changes(self, since: str | None) -> list[CommitChanges]:
        """What happened after a commit, oldest first, with the work tree last."""
        head = self._git.head()
        if head is None:
            return []
        is_behind = since not in (None, head)
        steps = span(self._git, since) if since and is_behind and known(self._git, since) else []
        uncommitted = self._git.changes(head, None) if self._git.is_dirty() else []
        return [*steps, as_changes(None, uncommitted, head)] if uncommitted else steps

    def with_moves(self, changes: Sequence[CommitChanges], symbols: Collection[str]) -> list[CommitChanges]:
        """The same changes, with the moves and renames of some symbols filled in."""
        return with_moves(changes, symbols, OldFiles(self._git), self._outline)

    def is_as_before(self, path: str, commit: str | None) -> bool:
        """Whether a file is much the same as it was just before a commit."""
        before = self._git.show(f"{commit}^" if commit else "HEAD", path)
        try:
            now = self._workspace.read_bytes(path)
        except PathError:
            return False
        return before is None or alike(before, now)

    def _symbols_of(self, path: str) -> dict[str, Symbol]:
        try:
            file = self._workspace.resolve(path)
            stamp = file.stat().st_mtime_ns
            if path not in self._parsed or self._parsed[path][0] != stamp:
                found = symbols_in(path, self._workspace.read_bytes(path))
                self._parsed[path] = (stamp, {symbol.qualname: symbol for symbol in found})
        except (PathError, OSError):
            return {}
        return self._parsed[path][1]

    def _outline(self, path: str) -> Outline:
        try:
            return outline(path, self._workspace.read_bytes(path))
        except PathError:
            return {}
