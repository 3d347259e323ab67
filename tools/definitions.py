"""Showing a definition as the model asks for it: what it is, its code, who calls it, what it calls."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from tools.errors import PathError, PermissionDenied, SearchFailed
from tools.index import Reference, SymbolIndex
from tools.languages import language_of
from tools.python_analysis import Answer, PythonAnalysis, Question, Target
from tools.search import symbols_text
from tools.snippets import numbered
from tools.syntax import Symbol
from tools.workspace import Workspace

_MOST_LINES = 60
_MOST_TARGETS = 3
_MOST_CALLERS = 12
_CHECKED_CALLERS = 15  # whose meaning jedi is asked for
_MOST_CALLEES = 15
_MOST_DEFINERS = 2  # a called name that more places define could mean any of them
_CALL = re.compile(r"(?<![\w.])(?:self\.|cls\.|this\.)?([A-Za-z_]\w{2,})\s*\(|\.([A-Za-z_]\w{2,})\s*\(")


class Server(Protocol):
    """What is asked of a language server, where a caller has one: of a place, line 1-based, column 0-based.

    Attributes:
        failure: why it is not asked any more, in a sentence; None while it is.
    """

    failure: str | None

    def definition(self, path: str, text: str, line: int, column: int) -> list[Target] | None:
        """Where the name there is defined; None: it does not say."""
        ...

    def references(self, path: str, text: str, line: int, column: int) -> list[Target] | None:
        """Where the name defined there is used; None: it does not say."""
        ...

    def type_of(self, path: str, text: str, line: int, column: int) -> str:
        """The signature or type of the name there, "" where it does not say."""
        ...


class DefinitionTools:
    """The tool `definition`: a language server where there is one, jedi for Python, else the index.

    Args:
        workspace: the repository.
        index: its symbol index.
        python: what Python code means.
        servers: language servers by language.
        mask: takes secrets out of a file's text, line by line.
        may_show: whether what a file holds may be shown.
    """

    def __init__(
        self,
        workspace: Workspace,
        index: SymbolIndex,
        python: PythonAnalysis,
        servers: Mapping[str, Server] | None = None,
        mask: Callable[[str], str] = str,
        may_show: Callable[[str], bool] = bool,
    ) -> None:
        self._mask = mask
        self._may_show = may_show
        self._servers = servers or {}
        self._told: set[str] = set()  # failures of servers
        self._workspace = workspace
        self._index = index
        self._python = python

    def definition(self, name: str, path: str = "", line: int = 0) -> str:
        """Show a definition: signature with inferred types, code, callers and callees.

        Args:
            name: Total, Invoice.total or core/money.py::Money.
            path: With line: a file where the name is used, to tell which of several it means.
            line: The line of that use.
        """
        self._index.refresh()
        text = self._of_use(name, path, line) if path and line else self._of_name(name)
        return "\n".join([text, *self._failures()])

    def _failures(self) -> list[str]:
        """What servers had to give up for, each told once."""
        failures = {server.failure for server in self._servers.values() if server.failure} - self._told
        self._told |= failures
        return [f"Note: the language server {failure}" for failure in sorted(failures)]

    def _of_name(self, name: str) -> str:
        found = self._index.find(name)
        if len({symbol.id() for symbol in found}) == 1:
            return self._shown(found[-1])
        if found:
            return f"Several are named {name!r}. Give path::name for one:\n{symbols_text(found)}"
        similar = self._index.like(name)
        if not similar:
            return f"Nothing named {name!r} is defined here. Search the text for it instead."
        return f"Nothing is named {name!r}. Similar:\n{symbols_text(similar)}"

    def _of_use(self, name: str, path: str, line: int) -> str:
        """The definition that a name means at the place where it is used."""
        relative = self._workspace.relative(self._workspace.resolve(path))
        lines = self._workspace.read(relative).text.split("\n")
        if not 1 <= line <= len(lines):
            raise PathError(f"{path} has only {len(lines)} lines; line {line} was asked for.")
        last = re.split(r"::|\.", name)[-1]
        column = _column(lines[line - 1], last)
        if column is None:
            raise SearchFailed(f"{last!r} does not stand in line {line} of {path}. Read the file again.")
        targets = self._targets(Question("definition", relative, line, column), "\n".join(lines))
        if targets:
            return "\n\n".join(self._target_text(target) for target in targets[:_MOST_TARGETS])
        return self._of_name(last)

    def _targets(self, question: Question, text: str) -> list[Target] | None:
        language = language_of(question.path)
        server = self._servers.get(language or "")
        if server and (found := server.definition(question.path, text, question.line, question.column)):
            return found
        return self._python.answers([question])[0].targets if language == "python" else None

    def _target_text(self, target: Target) -> str:
        if target.path is None:
            return f"{target.name} (outside the repository)\n{target.doc}".rstrip()
        around = [s for s in self._index.outline(target.path) if s.start_line <= target.line <= s.end_line]
        last = target.name.rpartition(".")[2]
        named = [symbol for symbol in around if symbol.name == last or symbol.start_line == target.line]
        if named:
            return self._shown(named[-1])
        lines = self._workspace.read(target.path).text.split("\n")
        return f"{target.path}:{target.line}: {lines[target.line - 1].strip()}"

    def _shown(self, symbol: Symbol) -> str:
        if not self._may_show(symbol.path):
            raise PermissionDenied(f"Not permitted: {symbol.path} is not to be shown. Go on without it.")
        lines = self._workspace.read(symbol.path).text.split("\n")
        body = self._mask("\n".join(lines)).split("\n")[symbol.start_line - 1 : symbol.end_line]
        inferred, callers = self._known(symbol, lines)
        parts = [f"{symbol.path}:{symbol.start_line}-{symbol.end_line}: {symbol.kind} {symbol.qualname}"]
        if inferred and inferred not in symbol.signature:
            parts.append(f"inferred: {inferred}")
        parts.append(numbered(body[:_MOST_LINES], symbol.start_line))
        if len(body) > _MOST_LINES:
            parts.append(
                f"... {len(body) - _MOST_LINES} more: read_file from {symbol.start_line + _MOST_LINES}."
            )
        if callers:
            parts.append(f"Called by:\n{_places(callers)}")
        if callees := self._callees(symbol, body):
            parts.append("Calls:\n" + "\n".join(f"  {other.id()}:{other.start_line}" for other in callees))
        return "\n".join(parts)

    def _known(self, symbol: Symbol, lines: Sequence[str]) -> tuple[str, list[Reference]]:
        """Its inferred signature, and who calls it; calls of others of its name are left out, where known."""
        calls = [r for r in self._index.references(symbol.name) if r.kind == "call"]
        language = language_of(symbol.path)
        place = _name_place(symbol, lines)
        text = "\n".join(lines)
        server = self._servers.get(language or "")
        if server and place and (used := server.references(symbol.path, text, *place)) is not None:
            places = {(target.path, target.line) for target in used}
            asked = [Question("type", symbol.path, *place)] if language == "python" else []
            told = self._python.answers(asked)  # jedi infers what no server says: an unannotated result
            inferred = next((answer.type for answer in told if answer.type), "")
            return inferred or server.type_of(symbol.path, text, *place), [
                call for call in calls if (call.path, call.line) in places
            ]
        calls = calls[:_CHECKED_CALLERS]
        if place is None or language != "python":
            return "", calls
        python = [r for r in calls if language_of(r.path) == "python"]
        asked = [Question("type", symbol.path, *place)]
        asked += [Question("definition", r.path, r.line, r.column - 1) for r in python]
        own, *means = self._python.answers(asked)
        meant = dict(zip(python, means, strict=True))
        return own.type, [r for r in calls if r not in meant or _may_mean(meant[r], symbol)]

    def _callees(self, symbol: Symbol, body: Sequence[str]) -> list[Symbol]:
        """What of the repository it calls, as far as the names tell."""
        called = dict.fromkeys(one or two for line in body for one, two in _CALL.findall(line))
        called.pop(symbol.name, None)
        found: dict[str, Symbol] = {}
        for name in called:
            defined = self._index.find(name)
            near = [other for other in defined if other.path == symbol.path and other.id() != symbol.id()]
            if near or len(defined) <= _MOST_DEFINERS:
                found.update((o.id(), o) for o in near or defined if o.kind != "constant")
        return list(found.values())[:_MOST_CALLEES]


def _may_mean(answer: Answer, symbol: Symbol) -> bool:
    """Whether a call may be one of the symbol: it is, or nobody knows."""
    return answer.targets is None or any(
        target.path == symbol.path and symbol.start_line <= target.line <= symbol.end_line
        for target in answer.targets
    )


def _name_place(symbol: Symbol, lines: Sequence[str]) -> tuple[int, int] | None:
    """Where its own name stands in its head, decorators passed over."""
    is_python = language_of(symbol.path) == "python"
    before = r"(?:\b(?:def|class)\s+|^\s*)" if is_python else r"(?<!\w)"
    head = re.compile(rf"{before}({re.escape(symbol.name)})(?!\w)")
    for number in range(symbol.start_line, symbol.end_line + 1):
        if match := head.search(lines[number - 1]):
            return number, match.start(1)
    return None


def _column(line: str, name: str) -> int | None:
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line)
    return match.start() if match else None


def _places(callers: Sequence[Reference]) -> str:
    lines = [f"  {r.path}:{r.line}{f' in {r.inside}' if r.inside else ''}" for r in callers[:_MOST_CALLERS]]
    if len(callers) > _MOST_CALLERS:
        lines.append(f"  ... and {len(callers) - _MOST_CALLERS} more: references lists them.")
    return "\n".join(lines)
