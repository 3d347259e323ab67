"""What our query for a language finds in a file: definitions, imports, comments, strings."""

import re
from collections import defaultdict
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
        start: where that begins (byte offset).
        end: where it ends.
    """

    kind: str
    name: str
    receiver: str
    node: Node
    outer: Node
    start: int
    end: int


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


def captures_in(language: str, source: bytes, *, blocks: bool = False) -> Captures:
    """Parse a file and run our query over it. Broken syntax gives what can be made out.

    Args:
        language: of `tools.languages`.
        source: the file.
        blocks: note the limits of blocks too; only digests ask for them.
    """
    root = Parser(grammar(language)).parse(source).root_node
    definitions: dict[tuple[int, str], Definition] = {}
    loose: dict[str, list[Node]] = defaultdict(list)
    names: set[int] = set()
    for _, captured in QueryCursor(query(language, blocks=blocks)).matches(root):
        named = captured.get("name")
        if named is None:
            for label, nodes in captured.items():
                loose[label] += nodes
            continue
        for definition in _definitions(captured, named):
            definitions.setdefault((definition.node.start_byte, definition.name), definition)
        names.update([node.start_byte for node in named])
    comments, docs = loose["comment"], loose["doc"]
    return Captures(
        root=root,
        definitions=sorted(definitions.values(), key=lambda d: (d.start, -d.end)),
        names=frozenset(names),
        imports=loose["import"],
        comments=comments,
        docs=docs,
        layout=Layout(
            dropped=_spans([*comments, *docs]),
            strings=_spans(loose["string"]),
            blocks=_spans(loose["block"]),
        ),
    )


def text_of(node: Node) -> str:
    """The text of a node; bytes that are not UTF-8 are kept apart by backslashes."""
    return (node.text or b"").decode("utf-8", "backslashreplace")


def _definitions(captured: dict[str, list[Node]], named: list[Node]) -> list[Definition]:
    """The definitions of one match: several names are several definitions (`var a, b = 1, 2`)."""
    kind, node = next((k, nodes[0]) for k, nodes in captured.items() if k not in ("name", "receiver"))
    receiver = text_of(captured["receiver"][0]) if "receiver" in captured else ""
    outer = _with_wrappers(node)
    start, end = outer.start_byte, outer.end_byte
    return [Definition(kind, text_of(name), receiver, node, outer, start, end) for name in named]


def _with_wrappers(node: Node) -> Node:
    while (parent := node.parent) is not None:
        if parent.type not in _WRAPPERS and not (parent.type in _LISTS and parent.named_child_count == 1):
            break
        node = parent
    return node


def _spans(nodes: list[Node]) -> list[Span]:
    return [(node.start_byte, node.end_byte) for node in nodes]
