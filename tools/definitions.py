"""Shows a definition to the model: what it is, its code, who uses it, what it calls."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from tools.callees import Callees
from tools.definition_facts import UNCALLING, DefinitionFacts, Server
from tools.errors import PathError, PermissionDenied, SearchFailed
from tools.index import SymbolIndex
from tools.languages import language_of
from tools.masking import Mask, unmasked
from tools.python_analysis import PythonAnalysis, Question, Target
from tools.references import Reference
from tools.search import outline_line, symbols_text
from tools.snippets import numbered
from tools.syntax import Symbol
from tools.workspace import Workspace

_MOST_LINES = 150  # up to which a definition is shown whole
_MOST_HEAD = 40  # lines of a longer one that are shown before the outline of the rest
_MOST_MEMBERS = 60
_MOST_TARGETS = 3
_MOST_USERS = 12
_MOST_CALLEES = 15


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
        mask: Mask = unmasked,
        may_show: Callable[[str], bool] = bool,
    ) -> None:
        self._mask = mask
        self._may_show = may_show
        self._servers = servers or {}
        self._told: set[str] = set()  # failures of servers
        self._workspace = workspace
        self._index = index
        self._python = python
        self._callees = Callees(index)
        self._facts = DefinitionFacts(index, python, self._callees, self._servers)

    def definition(self, name: str, path: str = "", line: int = 0) -> str:
        """Show a definition: signature with inferred types, code, who uses it and what it calls here.

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
        return f"{target.path}:{target.line}: {self._mask(lines[target.line - 1].strip(), target.path)}"

    def _shown(self, symbol: Symbol) -> str:
        if not self._may_show(symbol.path):
            raise PermissionDenied(f"Not permitted: {symbol.path} is not to be shown. Go on without it.")
        lines = self._workspace.read(symbol.path).text.split("\n")
        body = self._mask("\n".join(lines), symbol.path).split("\n")[symbol.start_line - 1 : symbol.end_line]
        known = self._facts.of(symbol, lines)
        parts = [f"{symbol.path}:{symbol.start_line}-{symbol.end_line}: {symbol.kind} {symbol.qualname}"]
        if known.signature and known.signature not in symbol.signature:
            parts.append(f"inferred: {known.signature}")
        parts += self._code(symbol, body)
        if known.users:
            parts.append(_users_text(known.users))
        if callees := self._callees.of(symbol, lines, known.calls)[:_MOST_CALLEES]:
            parts.append("Calls:\n" + "\n".join(f"  {other.id()}:{other.start_line}" for other in callees))
        return "\n".join(parts)

    def _code(self, symbol: Symbol, body: Sequence[str]) -> Iterator[str]:
        """All of it, or of a long one the beginning and an outline."""
        if len(body) <= _MOST_LINES:
            yield numbered(body, symbol.start_line)
            return
        members = [
            other
            for other in self._index.outline(symbol.path)
            if other.qualname.rpartition(".")[0] == symbol.qualname and other.kind != "constant"
        ]
        is_class = symbol.kind in UNCALLING
        first = min((m.start_line for m in members), default=symbol.end_line) if is_class else symbol.end_line
        shown = min(first - symbol.start_line, _MOST_HEAD if is_class else _MOST_LINES)
        yield numbered(body[:shown], symbol.start_line)
        last = symbol.start_line + shown - 1
        yield f"... it goes on to line {symbol.end_line}; read_file from start={last + 1} shows more."
        later = [member for member in members if member.end_line > last]
        if later:
            yield f"In it (read_file with path {symbol.path}::{symbol.qualname}.NAME shows one):"
            yield from map(outline_line, later[:_MOST_MEMBERS])
            if len(later) > _MOST_MEMBERS:
                yield f"  ... and {len(later) - _MOST_MEMBERS} more: outline lists them."


def _column(line: str, name: str) -> int | None:
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line)
    return match.start() if match else None


def _users_text(users: Sequence[Reference]) -> str:
    """Who uses it; what only names it, and does not call it, is told apart."""
    head = "Called by:" if all(reference.kind == "call" for reference in users) else "Used by:"
    lines = [f"  {r.path}:{r.line}{f' in {r.inside}' if r.inside else ''}" for r in users[:_MOST_USERS]]
    if len(users) > _MOST_USERS:
        lines.append("  ... and more: references lists them.")
    return "\n".join([head, *lines])
