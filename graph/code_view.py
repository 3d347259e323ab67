"""What memory asks about code, answered by git and the parser."""

from collections.abc import Collection, Sequence
from functools import cached_property

from graph.commit_log import as_changes, known, span
from graph.merged_work import is_in_head
from graph.old_files import OldFiles, Outline, alike, outline
from graph.symbol_moves import SAME_NAME
from graph.symbol_trail import with_moves
from memory.code_view import CommitChanges, SymbolFact
from tools.errors import PathError
from tools.git import Git
from tools.index import SymbolIndex
from tools.syntax import Symbol, symbols_in
from tools.workspace import Workspace

GUIDES = (
    "AGENTS.md",
    "CLAUDE.md",
    "GEMINI.md",
    ".cursorrules",
    ".github/copilot-instructions.md",
    "README.md",
    "README.rst",
    "README.txt",
    "README",
    "CONTRIBUTING.md",
)
"""What a repository says to whoever works in it."""
MOST_OF_A_GUIDE = 60_000

Parsed = tuple[int, dict[str, Symbol]]
"""When a file was last written, and its symbols by qualified name."""


class RepositoryCode:
    """The repository as it is in the work tree; satisfies `memory.code_view.CodeView`.

    A single symbol is read from its file, so that a memory can be checked without an index; only the
    search for moved code needs one.
    """

    def __init__(
        self,
        workspace: Workspace,
        git: Git,
        index: SymbolIndex,
        parsed: dict[str, Parsed] | None = None,
        ancestors: dict[tuple[str | None, str], bool | None] | None = None,
    ) -> None:
        self._workspace = workspace
        self._git = git
        self._index = index
        self._parsed = {} if parsed is None else parsed
        self._ancestors = {} if ancestors is None else ancestors
        self._merged: dict[tuple[str | None, str], bool] = {}

    def settled(self) -> "SettledCode":
        """The same for one recall or sync: what was asked once is not asked again."""
        settled = SettledCode(self._workspace, self._git, self._index, self._parsed, self._ancestors)
        settled._merged = self._merged
        return settled

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
        key = (self.head(), commit)
        if key not in self._ancestors:
            self._ancestors[key] = self._git.is_ancestor(commit)
        return self._ancestors[key]

    def has_work_of(self, commit: str) -> bool | None:
        """Whether HEAD contains the commit, or by content the work that it stands for."""
        contained = self.is_ancestor(commit)
        if contained is not False:
            return contained
        key = (self.head(), commit)
        if key not in self._merged:
            self._merged[key] = is_in_head(self._git, commit)
        return self._merged[key]

    def changes(self, since: str | None) -> list[CommitChanges]:
        """What happened after a commit, oldest first, with the work tree last."""
        head = self.head()
        if head is None:
            return []
        is_behind = since not in (None, head)
        steps = span(self._git, since) if since and is_behind and known(self._git, since) else []
        uncommitted = self._git.changes(head, None) if self._git.is_dirty() else []
        return [*steps, as_changes(None, uncommitted, head)] if uncommitted else steps

    def with_moves(self, changes: Sequence[CommitChanges], symbols: Collection[str]) -> list[CommitChanges]:
        """The same changes, with the moves and renames of some symbols filled in."""
        return with_moves(changes, symbols, OldFiles(self._git), self._outline)

    def is_as_before(self, place: str, commit: str | None) -> bool:
        """Whether a file or symbol is much what it was just before a commit; True where it cannot be told."""
        path, _, qualname = place.partition("::")
        before = self._git.show(f"{commit}^" if commit else "HEAD", path)
        if before is None:
            return True
        try:
            now = self._workspace.read_bytes(path)
        except PathError:
            return False
        if not qualname:
            return alike(before, now)
        old, new = (outline(path, source).get(qualname) for source in (before, now))
        return old is None or (new is not None and old.likeness(new) >= SAME_NAME)

    def guides(self) -> list[tuple[str, str]]:
        """Paths and texts of what the repository says to whoever works in it."""
        found: list[tuple[str, str]] = []
        for name in GUIDES:
            try:
                found.append((name, self._workspace.read(name).text[:MOST_OF_A_GUIDE]))
            except PathError:
                continue
        return found

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


class SettledCode(RepositoryCode):
    """A repository in which nothing changes while it is looked at."""

    def settled(self) -> "SettledCode":
        """This one."""
        return self

    def head(self) -> str | None:
        """See :class:`RepositoryCode`."""
        return self._head

    def branch(self) -> str | None:
        """See :class:`RepositoryCode`."""
        return self._branch

    def has_path(self, path: str) -> bool:
        """See :class:`RepositoryCode`."""
        if path not in self._there:
            self._there[path] = super().has_path(path)
        return self._there[path]

    def symbol(self, symbol: str) -> SymbolFact | None:
        """See :class:`RepositoryCode`."""
        if symbol not in self._facts:
            self._facts[symbol] = super().symbol(symbol)
        return self._facts[symbol]

    def symbols_with_body(self, body_digest: str) -> list[str]:
        """See :class:`RepositoryCode`."""
        return [found.id() for found in self._fresh_index.with_body(body_digest)]

    @cached_property
    def _head(self) -> str | None:
        return self._git.head()

    @cached_property
    def _branch(self) -> str | None:
        return self._git.branch()

    @cached_property
    def _there(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _facts(self) -> dict[str, SymbolFact | None]:
        return {}

    @cached_property
    def _fresh_index(self) -> SymbolIndex:
        self._index.refresh()
        return self._index
