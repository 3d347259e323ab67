"""The part of the file graph around some files: enough to see who is near, without reading all of it."""

from collections import Counter
from collections.abc import Sequence

from tools.file_graph import FileGraph, file_graph
from tools.imports import ImportResolver
from tools.index import SymbolIndex

_MOST_NAMES = 60  # defined by the seeds, whose users are looked up
_MOST_USERS = 30  # a name that stands in more files says little
_MOST_NEAR = 50  # users that are looked at
_SHORTEST_NAME = 4


def neighbourhood(index: SymbolIndex, seeds: Sequence[str], resolver: ImportResolver) -> FileGraph:
    """The files that some files use, and the files that use what these define.

    Args:
        index: the symbol index, refreshed.
        seeds: where to begin, likeliest first.
        resolver: finds the files that imports mean.
    """
    uses = list(index.names_in(seeds))
    own = _own_names(index, seeds)
    users: Counter[str] = Counter()
    for name in own:
        found = index.users(name, _MOST_USERS + 1)
        if len(found) <= _MOST_USERS:
            for path in found:
                if path not in seeds:
                    users[path] += 1
                    uses.append((path, name, 1))
    kept = {path for path, _ in users.most_common(_MOST_NEAR)} | set(seeds)
    uses = [use for use in uses if use[0] in kept]
    definitions = index.definers(sorted({name for _, name, _ in uses}))
    nodes = dict.fromkeys([*sorted(kept), *(path for path, _ in definitions)])
    imports = list(index.imports_in(sorted(kept)))
    for path, target in imports:
        if (imported := resolver.resolve(target, path)) is not None:
            nodes[imported] = None
    return file_graph(list(nodes), definitions, uses, imports, resolver)


def _own_names(index: SymbolIndex, seeds: Sequence[str]) -> list[str]:
    """What the seeds define, each in turn, so that one long file does not take all the room."""
    names: dict[str, None] = {}
    share = max(10, _MOST_NAMES // max(1, len(seeds)))
    for path in seeds:
        defined = [
            symbol.name
            for symbol in index.outline(path)
            if len(symbol.name) >= _SHORTEST_NAME and not symbol.name.startswith("__")
        ]
        names.update(dict.fromkeys(defined[:share]))
    return list(names)
