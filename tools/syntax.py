"""What a source file defines, by tree-sitter. Pure: bytes in, symbols out; no files, no database."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, cast

from tree_sitter import Node

from tools import digests
from tools.captures import Captures, Definition, captures_in, text_of
from tools.languages import GRAMMARS, language_of
from tools.syntax_errors import SyntaxProblem, first_error

__all__ = [
    "Outline",
    "Symbol",
    "SymbolKind",
    "SyntaxProblem",
    "first_error",
    "language_of",
    "outline_of",
    "runs",
    "symbols_in",
]

SymbolKind = Literal["module", "class", "interface", "enum", "type", "function", "method", "constant"]

_MEMBERS_ARE_METHODS = frozenset({"class", "interface", "enum", "scope"})
_SIGNATURE_LIMIT = 200
_WORD = frozenset(b"_" + bytes(range(128, 256)) + bytes(b for b in range(128) if chr(b).isalnum()))
_ONLY_WORDS = bytes(byte if byte in _WORD else ord(" ") for byte in range(256))
_COMMENT_MARKS = re.compile(r"^[\s/*#!\-;=<>]+|[\s*/]+$")
_TAG = re.compile(r"</?[a-z]+>")  # C# writes its documentation in XML
_QUOTES = re.compile(r"^\w*(\"\"\"|'''|\"|')|(\"\"\"|'''|\"|')$")
# A signature is kept: what is written out in it may be a key, and says little of what is defined.
_WRITTEN_OUT = re.compile(r"""(["'`])(?:(?!\1)[^\\]|\\.){16,}(?:\1|\Z)""")
_LOOSE_BRACKET = re.compile(r",? (?=[)\]])|(?<=[(\[]) ")
_OVERLOAD = re.compile(rb"@\s*(\w+\s*\.\s*)?overload\b")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition in a file.

    Attributes:
        path: the file, relative to the repository.
        name: its own name.
        qualname: with what it lies in: `Class.method`.
        kind: what it is.
        start_line: first line, 1-based, decorators included.
        end_line: last line, 1-based.
        signature: its head on one line.
        doc: first line of its docstring, or of the comment above it.
        digest: hash of the code; formatting, comments and docstrings do not count. "" where the symbol comes
            from the index, which keeps none.
        body_digest: the same without its own name: equal after a rename.
    """

    path: str
    name: str
    qualname: str
    kind: SymbolKind
    start_line: int
    end_line: int
    signature: str
    doc: str
    digest: str = ""
    body_digest: str = ""

    def id(self) -> str:
        """How the symbol is written: `path/to/file.py::Class.method`."""
        return f"{self.path}::{self.qualname}"


@dataclass(frozen=True, slots=True)
class Outline:
    """What the index keeps of a file.

    Attributes:
        symbols: definitions, in the order of the file, outer before inner; without their digests.
        imports: what it imports, as written there.
        names: each identifier in the code and how often it stands there; comments and strings are not code.
        words: each run of word characters in the file, and how often it stands there.
    """

    symbols: list[Symbol]
    imports: list[str]
    names: dict[str, int]
    words: dict[str, int]


def symbols_in(path: str, source: bytes) -> list[Symbol]:
    """The definitions of a file, outer before inner; none where the language is unknown."""
    language = language_of(path)
    if language is None:
        return []
    captures = captures_in(language, source, blocks=True)
    kept = _kept(captures, source)
    cuts = [offset for d in kept for offset in (d.start, d.end)]
    normal = digests.normal_code(source, captures.layout, cuts, quotes_alike=GRAMMARS[language].quotes_alike)
    symbols = []
    for definition, symbol in _symbols(path, source, captures, kept):
        code = normal.between(definition.start, definition.end)
        own = digests.nameless_digest(code, definition.name.encode())
        symbols.append(replace(symbol, digest=digests.digest(code), body_digest=own))
    return symbols


def outline_of(path: str, source: bytes) -> Outline:
    """Definitions, imports and names of a file; empty where the language is unknown.

    Broken syntax is no error: what can be made out is returned.
    """
    language = language_of(path)
    if language is None:
        return Outline([], [], {}, {})
    captures = captures_in(language, source)
    symbols = [symbol for _, symbol in _symbols(path, source, captures, _kept(captures, source))]
    code, prose, place = [], [], 0
    for start, end in captures.layout.prose().items():
        code.append(source[place:start])
        prose.append(source[start:end])
        place = end
    code.append(source[place:])
    words = runs(b" ".join(code))
    names = {run: count for run, count in words.items() if not run[0].isdigit()}
    words.update(_runs(b" ".join(prose)))
    return Outline(symbols, captures.imported(), names, words)


def runs(text: bytes) -> Counter[str]:
    """The runs of word characters in a text, and how often each stands there."""
    return Counter(_runs(text))


def _runs(text: bytes) -> list[str]:
    return text.translate(_ONLY_WORDS).decode("utf-8", "backslashreplace").split()


def _kept(captures: Captures, source: bytes) -> list[Definition]:
    return [d for d in captures.definitions if not _is_overload(d, source)]


def _symbols(
    path: str, source: bytes, captures: Captures, definitions: list[Definition]
) -> Iterator[tuple[Definition, Symbol]]:
    """Each definition with its symbol, whose digests are left empty."""
    docs = _Docs(captures, source)
    around: list[tuple[Definition, str]] = []  # each with its qualified name
    for definition in definitions:
        while around and around[-1][0].end <= definition.start:
            around.pop()
        qualname = _qualname(definition, around)
        if definition.kind != "scope":
            body = definition.node.child_by_field_name("body")
            symbol = Symbol(
                path=path,
                name=definition.name,
                qualname=qualname,
                kind=_kind(definition, around),
                start_line=definition.outer.start_point[0] + 1,
                end_line=_last_row(definition.outer) + 1,
                signature=_signature(definition, body, source, docs),
                doc=docs.of(definition, body),
            )
            yield definition, symbol
        if definition.kind != "constant":
            around.append((definition, qualname))


class _Docs:
    """The docstrings and comments of a file, by where they stand."""

    def __init__(self, captures: Captures, source: bytes) -> None:
        self._source = source
        self._docstrings = {node.start_byte: text_of(node) for node in captures.docs}
        self._comments = {_last_row(node): node for node in captures.comments}
        self._comment_starts = sorted(start for start, _ in captures.layout.dropped)

    def of(self, definition: Definition, body: Node | None) -> str:
        """The first line said about a definition, "" when nothing is."""
        if body is not None and body.start_byte in self._docstrings:
            return _first_line(_QUOTES.sub("", self._docstrings[body.start_byte]))
        return self._comment_above(definition) if self._comments else ""

    def may_stand_between(self, start: int, end: int) -> bool:
        """Whether a comment begins between two offsets."""
        return bisect_left(self._comment_starts, start) < bisect_left(self._comment_starts, end)

    def _comment_above(self, definition: Definition) -> str:
        row, column = definition.outer.start_point
        if row - 1 not in self._comments:
            return ""
        if self._source[definition.start - column : definition.start].strip():
            return ""  # something else stands before it on its line: the comment is about that
        first = None
        while (node := self._comments.get(row - 1)) is not None and node.start_point.row < row:
            first, row = node, node.start_point.row
        return _first_line(text_of(first)) if first is not None else ""


def _first_line(text: str) -> str:
    lines = (_COMMENT_MARKS.sub("", _TAG.sub("", line)) for line in text.splitlines())
    return next((line for line in lines if line), "")[:_SIGNATURE_LIMIT]


def _qualname(definition: Definition, around: list[tuple[Definition, str]]) -> str:
    before = around[-1][1] if around else definition.receiver
    if definition.kind == "scope":
        return definition.name if not around else f"{before}.{definition.name}"
    return f"{before}.{definition.name}" if before else definition.name


def _kind(definition: Definition, around: list[tuple[Definition, str]]) -> SymbolKind:
    if definition.kind == "function" and around and around[-1][0].kind in _MEMBERS_ARE_METHODS:
        return "method"
    return cast(SymbolKind, definition.kind)  # the queries use no other names: a test sees to it


def _last_row(node: Node) -> int:
    """The row of a node's last character: some grammars let a node end with its line break."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point.row else row


def _signature(definition: Definition, body: Node | None, source: bytes, docs: _Docs) -> str:
    """The head of a definition on one line: up to its body, or its first line where it has none."""
    node = definition.node
    start = node.start_byte
    if body is None:
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        body = value.child_by_field_name("body") if value else None
    if body is None or definition.kind == "constant":
        head = source[start : node.end_byte].decode("utf-8", "backslashreplace").split("\n", 1)[0]
    else:
        end = body.start_byte
        if docs.may_stand_between(start, end):
            end = _before_comments(body).start_byte
        head = source[start:end].decode("utf-8", "backslashreplace")
    if '"' in head or "'" in head or "`" in head:
        head = _WRITTEN_OUT.sub('"…"', head)
    line = " ".join(head.split())
    if _LOOSE_BRACKET.search(line):
        line = _LOOSE_BRACKET.sub("", line)
    return line.rstrip("{:=;").strip()[:_SIGNATURE_LIMIT]


def _before_comments(body: Node) -> Node:
    """The first of the comments that stand between a head and its body; the body where there are none."""
    while (before := body.prev_sibling) is not None and "comment" in before.type:
        body = before
    return body


def _is_overload(definition: Definition, source: bytes) -> bool:
    """An @overload stub declares; the definition is the one after it."""
    before = source[definition.start : definition.node.start_byte]
    return bool(before) and _OVERLOAD.search(before) is not None
