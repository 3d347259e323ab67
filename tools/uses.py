"""Where a name stands in the code of a file."""

import re
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Node

from tools.captures import Captures, captures_in
from tools.languages import language_of

_NOT_CODE = re.compile(r"string|content|fragment|comment|text")

UseKind = Literal["definition", "call", "import", "use"]


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a name stands in code: 1-based line and column, and what it does there."""

    line: int
    column: int
    kind: UseKind


def uses_in(path: str, source: bytes, name: str) -> list[Use]:
    """Where a name stands in the code of a file, in order; comments and strings are not code."""
    language = language_of(path)
    wanted = name.encode()
    if language is None or not wanted or wanted not in source:
        return []
    captures = captures_in(language, source)
    importing = import_rows(captures)
    uses = []
    for match in re.finditer(rb"(?<![\w$])" + re.escape(wanted) + rb"(?![\w$])", source):
        start, end = match.span()
        node = captures.root.descendant_for_byte_range(start, end)
        if node is None or (node.start_byte, node.end_byte) != (start, end) or _NOT_CODE.search(node.type):
            continue
        kind: UseKind = "use"
        if start in captures.names:
            kind = "definition"
        elif node.start_point.row in importing:
            kind = "import"
        elif source[end : end + 1] == b"(":
            kind = "call"
        uses.append(Use(node.start_point.row + 1, node.start_point.column + 1, kind))
    return uses


def import_rows(captures: Captures) -> set[int]:
    """The rows, counted from 0, of the statements that import something."""
    return {row for node in captures.imports for row in _statement_rows(node, captures.root)}


def _statement_rows(node: Node, root: Node) -> range:
    """The rows of the statement an import stands in."""
    while node.parent is not None and node.parent != root and "statement" not in node.type:
        node = node.parent
    return range(node.start_point.row, node.end_point.row + 1)
