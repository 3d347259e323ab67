"""What our query for a language finds in a file: definitions, imports, comments, strings."""

import re
from dataclasses import dataclass

from tree_sitter import Node, Parser, QueryCursor

from tools.digests import Layout, Span
from tools.languages import grammar, query

# A definition begins with what wraps it: always with these,
_WRAPPERS = frozenset(
    {"decorated_definition", "export_statement", "ambient_declaration", "template_declaration"}
)
# and with these when they wrap nothing else (`const a = 1` but not `const a = 1, b = 2`).
_LISTS = frozenset(
    {
        "lexical_declaration",
        "variable_declaration",
        "type_declaration",
        "const_declaration",
        "var_declaration",
    }
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as it lies in the tree.

    Attributes:
        kind: the capture's name: a symbol kind, or "scope".
        name: its own name.
        receiver: the type it belongs to where that is not around it, else "".
        node: the definition without what wraps it.
        outer: the same with its decorators.
    """

    kind: str
    name: str
    receiver: str
    node: Node
    outer: Node

    @property
    def start(self) -> int:
        """Where it begins, decorators included (byte offset)."""
        return self.outer.start_byte

    @property
    def end(self) -> int:
        """Where it ends (byte offset)."""
        return self.outer.end_byte


@dataclass(frozen=True, slots=True)
class Captures:
    """All that our query captures in one file; `Definition`s in the order of the file, outer first."""

    root: Node
    definitions: list[Definition]
    names: frozenset[int]  # where the names of definitions begin
    imports: list[Node]
    comments: list[Node]
    docs: list[Node]
    layout: Layout

    def imported(self) -> list[str]:
        """What the file imports, each once."""
        texts = (re.sub(r"\s+", "", text_of(node).removeprefix("import ")) for node in self.imports)
        return list(dict.fromkeys(text for text in texts if text))


def captures_in(language: str, source: bytes) -> Captures:
    """Parse a file and run our query over it. Broken syntax gives what can be made out."""
    root = Parser(grammar(language)).parse(source).root_node
    definitions: dict[tuple[int, str], Definition] = {}
    loose: dict[str, list[Node]] = {}
    names: set[int] = set()
    for _, captured in QueryCursor(query(language)).matches(root):
        if "name" not in captured:
            for label, nodes in captured.items():
                loose.setdefault(label, []).extend(nodes)
            continue
        for definition in _definitions(captured):
            definitions.setdefault((definition.node.start_byte, definition.name), definition)
        names.update(node.start_byte for node in captured["name"])
    comments, docs = loose.get("comment", []), loose.get("doc", [])
    return Captures(
        root=root,
        definitions=sorted(definitions.values(), key=lambda d: (d.start, -d.end)),
        names=frozenset(names),
        imports=loose.get("import", []),
        comments=comments,
        docs=docs,
        layout=Layout(
            dropped=[*map(_span, comments), *map(_span, docs)],
            strings=list(map(_span, loose.get("string", []))),
            blocks=list(map(_span, loose.get("block", []))),
        ),
    )


def text_of(node: Node) -> str:
    """The text of a node; bytes that are not UTF-8 are kept apart by backslashes."""
    return (node.text or b"").decode("utf-8", "backslashreplace")


def _definitions(captured: dict[str, list[Node]]) -> list[Definition]:
    """The definitions of one match: several names are several definitions (`var a, b = 1, 2`)."""
    kind, node = next((k, nodes[0]) for k, nodes in captured.items() if k not in ("name", "receiver"))
    receiver = text_of(captured["receiver"][0]) if "receiver" in captured else ""
    outer = _with_wrappers(node)
    return [Definition(kind, text_of(name), receiver, node, outer) for name in captured["name"]]


def _with_wrappers(node: Node) -> Node:
    while (parent := node.parent) is not None:
        if parent.type not in _WRAPPERS and not (parent.type in _LISTS and parent.named_child_count == 1):
            break
        node = parent
    return node


def _span(node: Node) -> Span:
    return node.start_byte, node.end_byte
