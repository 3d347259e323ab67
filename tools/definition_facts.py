"""Finds out about a definition what its code does not show: its inferred signature, its users, its calls."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tools.callees import Call, Callees, calls_in
from tools.index import SymbolIndex
from tools.languages import language_of
from tools.paths import role_of
from tools.python_analysis import Answer, PythonAnalysis, Question, Target
from tools.references import Reference, references
from tools.syntax import Symbol
from tools.uses import UseKind

_CHECKED_USERS = 25  # whose meaning jedi is asked for
_CHECKED_CALLS = 30
UNCALLING = ("class", "interface", "module", "constant")  # what these hold calls, not they


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


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about a definition besides its code.

    Attributes:
        signature: with inferred types, "" where nothing is inferred.
        users: where it is used.
        calls: what it calls, each with what that means; None where jedi does not say.
    """

    signature: str
    users: list[Reference]
    calls: dict[Call, list[Target] | None]


class DefinitionFacts:
    """What is known about definitions: by a language server if there is one, jedi for Python, or the index.

    Args:
        index: the symbol index, refreshed.
        python: what Python code means.
        callees: what imports say.
        servers: language servers by language.
    """

    def __init__(
        self, index: SymbolIndex, python: PythonAnalysis, callees: Callees, servers: Mapping[str, Server]
    ) -> None:
        self._index = index
        self._python = python
        self._callees = callees
        self._servers = servers

    def of(self, symbol: Symbol, lines: Sequence[str]) -> Known:
        """What can be found out about it; uses of others of its name are left out, where known."""
        users = self._used(symbol)
        calls = [] if symbol.kind in UNCALLING else calls_in(symbol, lines)
        place = _name_place(symbol, lines)
        text = "\n".join(lines)
        server = self._servers.get(language_of(symbol.path) or "")
        if server and place and (told := server.references(symbol.path, text, *place)) is not None:
            places = {(target.path, target.line) for target in told}
            users = [user for user in users if (user.path, user.line) in places]
            # Even so jedi is asked for the signature: it infers a result that is not annotated.
            known = self._known_to_jedi(symbol, place, [], calls)
            signature = known.signature or server.type_of(symbol.path, text, *place)
            return Known(signature, users, known.calls)
        return self._known_to_jedi(symbol, place, users[:_CHECKED_USERS], calls)

    def _known_to_jedi(
        self,
        symbol: Symbol,
        place: tuple[int, int] | None,
        users: list[Reference],
        calls: Sequence[Call],
    ) -> Known:
        """What jedi knows of it, all asked at once: each start of jedi takes a while."""
        if language_of(symbol.path) != "python":
            return Known("", users, dict.fromkeys(calls))
        own = [Question("type", symbol.path, *place)] if place else []
        of_calls = {
            call: Question("definition", symbol.path, call.line, call.column)
            for call in calls[:_CHECKED_CALLS]
        }
        of_users = {
            user: Question("definition", user.path, user.line, user.column - 1)
            for user in users
            if place and language_of(user.path) == "python"
        }
        asked = [*own, *of_calls.values(), *of_users.values()]
        answers = dict(zip(asked, self._python.answers(asked), strict=True))
        return Known(
            signature=answers[own[0]].type if own else "",
            users=[u for u in users if u not in of_users or _may_mean(answers[of_users[u]], symbol, u.kind)],
            calls={call: answers[of_calls[call]].targets if call in of_calls else None for call in calls},
        )

    def _used(self, symbol: Symbol) -> list[Reference]:
        """Where its name stands outside of it: calls, then other uses where the file can know it.

        Those in code come before those in tests: of a function that is tested well there may be hundreds.
        """
        named = [
            reference
            for reference in references(self._index, symbol.name)
            if reference.path != symbol.path or not symbol.start_line <= reference.line <= symbol.end_line
        ]
        calls = [reference for reference in named if reference.kind == "call"]
        uses = [reference for reference in named if reference.kind == "use"]
        knowing = {
            path
            for path in {reference.path for reference in uses}
            if path == symbol.path or symbol.path in self._callees.imported_by(path)
        }
        language = language_of(symbol.path) or ""
        is_told = language == "python" or language in self._servers  # who uses it is asked for
        found = calls + [r for r in uses if is_told or r.path in knowing]
        return sorted(found, key=lambda r: role_of(r.path) != "code")


def _may_mean(answer: Answer, symbol: Symbol, kind: UseKind) -> bool:
    """Whether a call may be one of the symbol: it is, or nobody knows. Of other uses it must be known."""
    if answer.targets is None:
        return kind == "call"
    return any(
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
