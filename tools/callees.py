"""Resolves what a definition calls, as far as scope and imports tell: a name alone could mean anything."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tools.imports import ImportResolver
from tools.index import SymbolIndex
from tools.languages import language_of
from tools.python_analysis import Target
from tools.syntax import Symbol
from tools.uses import uses_in

_CALL = re.compile(r"(?:(?<![\w.)\]])([A-Za-z_]\w*)\.|(?<![\w.])|([\w)\]]\.))([A-Za-z_]\w{2,})\s*\(")
_SELF = ("self", "cls", "this", "super")
_MEMBERS_BARE = (
    "java",
    "csharp",
    "kotlin",
    "swift",
    "scala",
    "ruby",
    "cpp",
)  # call their own class's by name
_NAMES_IMPORTED = ("python", "javascript", "typescript", "tsx")  # an import says which names it brings
_CONTAINERS = ("class", "interface", "module")


@dataclass(frozen=True, slots=True)
class Call:
    """A call in the text of a definition, the first of its kind.

    Attributes:
        name: what is called.
        owner: the word before the dot, "" for a bare name, "?" where that is an expression.
        line: 1-based.
        column: of the name, 0-based.
    """

    name: str
    owner: str
    line: int
    column: int


def calls_in(symbol: Symbol, lines: Sequence[str]) -> list[Call]:
    """What looks like calls in a definition, its own head left out.

    Args:
        symbol: the definition.
        lines: those of its file.
    """
    found: dict[tuple[str, str], Call] = {}
    for number in range(symbol.start_line, symbol.end_line + 1):
        for match in _CALL.finditer(lines[number - 1]):
            owner = match.group(1) or ("?" if match.group(2) else "")
            call = Call(match.group(3), owner, number, match.start(3))
            if owner or call.name != symbol.name:
                found.setdefault((owner, call.name), call)
    return list(found.values())


class Callees:
    """Resolves calls: by what jedi says of them, else by scope and imports.

    Args:
        index: the symbol index, refreshed.
    """

    def __init__(self, index: SymbolIndex) -> None:
        self._index = index
        self._resolver: tuple[int, ImportResolver] | None = None  # with the index's generation

    def of(
        self, symbol: Symbol, lines: Sequence[str], calls: Mapping[Call, list[Target] | None]
    ) -> list[Symbol]:
        """The definitions of this repository that a definition calls, in the order of the calls.

        Args:
            symbol: the definition.
            lines: those of its file.
            calls: its calls, each with what jedi says it means; None where it does not say.
        """
        imported = self.imported_by(symbol.path)
        source = "\n".join(lines).encode()
        found: dict[str, Symbol] = {}
        for call, targets in calls.items():
            if targets is None:
                called = self._by_scope(symbol, call, imported, source)
            else:
                called = next(filter(None, map(self._at, targets)), None)
            if called is not None and called.kind != "constant" and not _is_within(called, symbol):
                found[called.id()] = called
        return list(found.values())

    def _at(self, target: Target) -> Symbol | None:
        """The symbol that begins where jedi points to."""
        if target.path is None:
            return None
        last = target.name.rpartition(".")[2]
        around = [s for s in self._index.outline(target.path) if s.start_line <= target.line <= s.end_line]
        return next((s for s in reversed(around) if s.name == last), None)

    def _by_scope(self, symbol: Symbol, call: Call, imported: frozenset[str], source: bytes) -> Symbol | None:
        language = language_of(symbol.path)
        named = self._index.find(call.name)
        here = [other for other in named if other.path == symbol.path]
        scopes = {scope.qualname: scope for scope in self._index.outline(symbol.path)}
        own_class = next((q for q in _around(symbol) if q in scopes and scopes[q].kind in _CONTAINERS), None)
        if call.owner in _SELF or (not call.owner and language in _MEMBERS_BARE):
            members = [other for other in here if other.qualname.rpartition(".")[0] == own_class]
            if members or call.owner:
                return members[-1] if members else None
        if not call.owner:
            visible = {"", symbol.qualname, *_around(symbol)}
            visible -= {q for q in visible if q in scopes and scopes[q].kind in _CONTAINERS}
            inner = [other for other in here if other.qualname.rpartition(".")[0] in visible]
            if inner:
                return max(inner, key=lambda other: len(other.qualname))
            if language in _NAMES_IMPORTED and all(
                use.kind != "import" for use in uses_in(symbol.path, source, call.name)
            ):
                return None
        elif not any(_stem(path) == call.owner for path in imported):
            return None
        fitting = [o for o in named if o.path in imported and "." not in o.qualname]
        if call.owner:
            fitting = [other for other in fitting if _stem(other.path) == call.owner]
        return fitting[0] if len(fitting) == 1 else None

    def imported_by(self, path: str) -> frozenset[str]:
        """The files that a file imports; in Go all of its folder are one package."""
        generation = self._index.generation
        if self._resolver is None or self._resolver[0] != generation:
            self._resolver = (generation, ImportResolver(self._index.files()))
        resolver = self._resolver[1]
        found = {resolver.resolve(target, path) for _, target in self._index.imports_in([path])}
        if language_of(path) == "go":
            found |= {other for other in self._index.files() if _folder(other) == _folder(path)}
        return frozenset(other for other in found if other is not None)


def _is_within(called: Symbol, symbol: Symbol) -> bool:
    """Whether a definition is the symbol or a part of it: its code is shown with it."""
    return called.path == symbol.path and symbol.start_line <= called.start_line <= symbol.end_line


def _around(symbol: Symbol) -> Iterator[str]:
    """The qualified names of what a definition lies in, innermost first."""
    outer = symbol.qualname.rpartition(".")[0]
    while outer:
        yield outer
        outer = outer.rpartition(".")[0]


def _stem(path: str) -> str:
    """The name that code gives a file it imports: that of its folder where the file stands for it."""
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    return folder.rpartition("/")[2] if stem in ("__init__", "index", "mod") else stem


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
