"""The model's search tools: text by ripgrep, symbols and references by the index."""

import re
from collections.abc import Callable
from contextlib import suppress

from tools.errors import PathError, PermissionDenied, SearchFailed
from tools.index import SymbolIndex
from tools.masking import Mask, unmasked
from tools.references import Reference, references
from tools.ripgrep import Match, Matches, Wanted, find
from tools.syntax import Symbol
from tools.workspace import Workspace

_MOST_LINES = 80
_MOST_CONTEXT = 5
_MOST_SYMBOLS = 30
_MOST_REFERENCES = 60
_MOST_OUTLINED = 150
_LONG_RUN = re.compile(r"[A-Za-z0-9+/=_\-]{32}")


class SearchTools:
    """Search tools for the model: each method is one; what it returns is what the model reads.

    Args:
        workspace: the repository.
        index: the symbol index they ask.
        mask: takes secrets out of a file's text, line by line.
        may_show: whether what a file holds may be shown.
    """

    def __init__(
        self,
        workspace: Workspace,
        index: SymbolIndex,
        mask: Mask = unmasked,
        may_show: Callable[[str], bool] = bool,
    ) -> None:
        self._may_show = may_show
        self._mask = mask
        self._workspace = workspace
        self.index = index

    def search(self, pattern: str, path: str = ".", regex: bool = False, context: int = 0) -> str:
        """Search the text of the repository's files. Ignored files are left out.

        Args:
            pattern: What to look for. All in lower case, it matches capitals too.
            path: Folder or file to search in.
            regex: Whether the pattern is a regular expression.
            context: Lines to show around each match, at most 5.
        """
        if not pattern:
            raise SearchFailed("The pattern is empty. Say what to look for, or list a folder.")
        if "\n" in pattern:
            raise SearchFailed(
                "The pattern has a line break; a search goes line by line. Search for one line."
            )
        place = self._workspace.resolve(path)
        if not place.exists():
            raise PathError(f"There is no {path}. Search in . or list the folder above it.")
        relative = self._workspace.relative(place)
        wanted = Wanted((pattern,), regex=regex, context=max(0, min(context, _MOST_CONTEXT)))
        found = find(self._workspace.root, wanted, relative, limit=_MOST_LINES)
        found = Matches([match for match in found.lines if self._may_show(match.path)], found.is_cut)
        if not found.lines:
            return f"No match for {pattern!r}{'' if path == '.' else f' in {path}'}."
        for name in {match.path for match in found.lines if _LONG_RUN.search(match.text)}:
            self._learn(name)
        for match in found.lines:  # from here on it is known what must not be taken for the stub of a test
            self._mask(match.text, match.path)
        return _matches_text(found)

    def _learn(self, path: str) -> None:
        """Have the secrets of a whole file looked for: in a line of a key nothing tells what it is."""
        with suppress(PathError):
            self._mask(self._workspace.read(path).text, path)

    def symbols(self, name: str) -> str:
        """Find where a class, function, method or constant is defined.

        Args:
            name: Its name: total, Invoice.total or core/money.py::Money.
        """
        self.index.refresh()
        found = [symbol for symbol in self.index.find(name) if self._may_show(symbol.path)]
        if found:
            return symbols_text(found)
        similar = [symbol for symbol in self.index.like(name) if self._may_show(symbol.path)]
        if not similar:
            return f"Nothing named {name!r} is defined here. Search the text for it instead."
        return f"Nothing is named {name!r}. Similar:\n{symbols_text(similar)}"

    def outline(self, path: str) -> str:
        """List what a file defines, with line numbers: its classes, functions and constants.

        Args:
            path: The file.
        """
        place = self._workspace.resolve(path)
        if not place.is_file():
            raise PathError(f"There is no file {path}. Search for its name, or list the folder.")
        self.index.refresh()
        relative = self._workspace.relative(place)
        if not self._may_show(relative):
            raise PermissionDenied(f"Not permitted: {relative} is not to be shown. Go on without it.")
        symbols = self.index.outline(relative)
        if not symbols:
            return f"{relative} defines nothing that the index knows. Read it instead."
        lines = [outline_line(symbol) for symbol in symbols[:_MOST_OUTLINED]]
        if len(symbols) > _MOST_OUTLINED:
            lines.append(f"... and {len(symbols) - _MOST_OUTLINED} more.")
        return "\n".join([relative, *lines])

    def references(self, name: str) -> str:
        """Find where a name is used in code: calls, imports, other uses, and its definitions.

        Args:
            name: The name of a class, function, method or constant.
        """
        self.index.refresh()
        used = references(self.index, name, limit=_MOST_REFERENCES + 1)
        found = [reference for reference in used if self._may_show(reference.path)]
        if not found:
            return f"{name!r} stands nowhere in code. Search the text for it instead."
        lines = [_reference_line(reference) for reference in found[:_MOST_REFERENCES]]
        if len(found) > _MOST_REFERENCES:
            lines.append(
                f"... and more: the first {_MOST_REFERENCES} are shown. Search in one folder instead."
            )
        return "\n".join(lines)


def outline_line(symbol: Symbol) -> str:
    """One line of an outline, indented by how deep the symbol lies."""
    indent = "  " * (symbol.qualname.count(".") + 1)
    doc = f"  # {symbol.doc[:80]}" if symbol.doc else ""
    return f"{indent}{symbol.start_line}-{symbol.end_line}: {symbol.signature}{doc}"


def _matches_text(found: Matches) -> str:
    lines = [_match_line(match) for match in found.lines]
    if found.is_cut:
        lines.append(
            f"... the first {len(lines)} lines are shown. Narrow the pattern or the path for the rest."
        )
    return "\n".join(lines)


def _match_line(match: Match) -> str:
    return f"{match.path}:{match.line}{'-' if match.is_context else ':'} {match.text.rstrip()}"


def symbols_text(found: list[Symbol]) -> str:
    """Symbols for the model to choose from, one a line."""
    lines = [
        f"{s.path}:{s.start_line}-{s.end_line}: {s.kind} {s.qualname}: {s.signature}"
        + (f"  # {s.doc[:100]}" if s.doc else "")
        for s in found[:_MOST_SYMBOLS]
    ]
    if len(found) > _MOST_SYMBOLS:
        lines.append(f"... and {len(found) - _MOST_SYMBOLS} more. Give the class or the path with the name.")
    return "\n".join(lines)


def _reference_line(reference: Reference) -> str:
    inside = f" (in {reference.inside})" if reference.inside else ""
    return f"{reference.path}:{reference.line}: {reference.kind}{inside}: {reference.text}"
