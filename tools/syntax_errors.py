"""The first place where a source file does not parse, and what is wrong there."""

import warnings
from dataclasses import dataclass

from tree_sitter import Node, Parser

from tools.languages import GRAMMARS, grammar, language_of

# What the compiler refuses in every version of Python. Its other complaints may be about syntax newer
# than the Python we run on, and count only where tree-sitter does not parse the file either.
_TIMELESS = (
    "'return' outside function",
    "'yield' outside function",
    "'await' outside",
    "'break' outside loop",
    "'continue' not properly in loop",
    "positional argument follows keyword argument",
    "keyword argument repeated",
    "duplicate argument",
    "non-default argument follows default argument",
    "cannot assign to",
    "cannot delete",
    "name ",
    "no binding for nonlocal",
    "unterminated string",
    "unterminated triple-quoted",
    "unmatched ",
)


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """The first place where a file does not parse; line and column are 1-based."""

    line: int
    column: int
    what: str


def first_error(path: str, source: bytes) -> SyntaxProblem | None:
    """The first place where a file does not parse; None when it does, or when we cannot know.

    We cannot where the language is unknown, or its grammar does not know all of it.

    Python is checked by its compiler too, which says better what is wrong and sees indentation.
    """
    language = language_of(path)
    if language is None or not GRAMMARS[language].is_exact:
        return None
    root = Parser(grammar(language)).parse(source).root_node
    broken = _first_broken(root) if root.has_error else None
    if language == "python":
        return _python_error(source, parses=broken is None)
    if broken is None:
        return None
    row, column = broken.start_point
    return SyntaxProblem(row + 1, column + 1, _what_is_wrong(broken))


def _python_error(source: bytes, *, parses: bool) -> SyntaxProblem | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<edited>", "exec", dont_inherit=True)
    except SyntaxError as error:
        timeless = isinstance(error, IndentationError) or (error.msg or "").startswith(_TIMELESS)
        if parses and not timeless:
            return None
        return SyntaxProblem(error.lineno or 1, error.offset or 1, error.msg or "invalid syntax")
    except ValueError as error:  # null bytes
        return SyntaxProblem(1, 1, str(error))
    except (RecursionError, MemoryError):  # too deep for the compiler to say
        return None
    return None


def _first_broken(root: Node) -> Node | None:
    """The first ERROR or MISSING node, without recursion: trees may be deep."""
    cursor = root.walk()
    while True:
        node = cursor.node
        if node is not None and (node.is_error or node.is_missing):
            return _innermost(node)
        if node is not None and node.has_error and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return None


def _innermost(node: Node) -> Node:
    """An ERROR may span half the file: the first ERROR or MISSING inside it says more."""
    while node.is_error:
        inner = next((child for child in node.children if child.is_error or child.is_missing), None)
        if inner is None:
            return node
        node = inner
    return node


def _what_is_wrong(node: Node) -> str:
    if node.is_missing:
        return f"{node.type!r} is missing"
    text = (node.text or b"").decode("utf-8", "backslashreplace")
    first = text.strip().splitlines()[0][:60] if text.strip() else ""
    return f"unexpected {first!r}" if first else "invalid syntax"
