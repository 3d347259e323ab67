"""Where a name stands in code: found when it is asked for, by parsing the files that hold it once more."""

from dataclasses import dataclass

from tools.errors import PathError
from tools.index import SymbolIndex
from tools.syntax import Symbol
from tools.uses import UseKind, uses_in

_MOST_FILES = 400  # read for one name


@dataclass(frozen=True, slots=True)
class Reference:
    """A place where a name stands in code.

    Attributes:
        path: the file.
        line: 1-based.
        column: 1-based.
        kind: what the name does there.
        text: the line, without its indentation.
        inside: qualified name of the definition around it, "" at the top of the file.
    """

    path: str
    line: int
    column: int
    kind: UseKind
    text: str
    inside: str


def references(index: SymbolIndex, name: str, limit: int = 200) -> list[Reference]:
    """Where a name stands in code, definitions included; comments and strings are not code."""
    last = name.rpartition("::")[2].rpartition(".")[2]
    if not last.strip():
        return []
    found: list[Reference] = []
    for path in index.users_by_path(last, _MOST_FILES):
        found += _references_in(index, path, last)
        if len(found) >= limit:
            break
    return found[:limit]


def _references_in(index: SymbolIndex, path: str, name: str) -> list[Reference]:
    try:
        source = index.workspace.read_bytes(path)
    except PathError:  # gone since the refresh
        return []
    lines = source.split(b"\n")
    outline = index.outline(path)
    return [
        Reference(
            path=path,
            line=use.line,
            column=use.column,
            kind=use.kind,
            text=lines[use.line - 1].decode("utf-8", "replace").strip()[:200],
            inside=_inside(outline, use.line),
        )
        for use in uses_in(path, source, name)
    ]


def _inside(outline: list[Symbol], line: int) -> str:
    around = [s for s in outline if s.start_line <= line <= s.end_line and s.kind != "constant"]
    return min(around, key=lambda s: s.end_line - s.start_line).qualname if around else ""
