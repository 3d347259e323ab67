"""A map of a repository under a budget: the likely files with the names that they define.

One form for all: a file and its names; below it each class that the task is about, with its methods. No line
numbers and no signatures: `path::Class.method` is all that a reading tool wants.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from tools.paths import role_of
from tools.syntax import Symbol
from tools.words import terms

_MOST_NAMES = 10  # of a file
_MOST_MEMBERS = 14  # of a class
_MOST_TESTS = 4  # of a file of tests
_CLASSES = 3  # that are opened
_DUNDER_AFTER = 15  # places in the ranking, by which special methods stand back
_TELLING = 12  # of the likeliest definitions, which say what classes a task is about
_LARGEST_SHARE = 0.5  # of the room that is left, which one file may take,
_ANYHOW = 150  # unless it takes no more characters than these
_CONTAINERS = ("class", "interface", "module")


def render_map(
    paths: Sequence[str],
    outlines: Mapping[str, Sequence[Symbol]],
    likely: Sequence[str],
    words: Sequence[str],
    budget_chars: int,
    others: Sequence[str] = (),
) -> str:
    """Draw the map.

    Args:
        paths: files, likeliest first.
        outlines: what they define.
        likely: ids of definitions that the task may be about, likeliest first.
        words: the terms of the task.
        budget_chars: the most it may take.
        others: further files, to be named as far as there is room.
    """
    names = _Names(likely, words)
    entries: list[str] = []
    bare: list[str] = []
    for path in paths:
        entry = names.entry(path, outlines.get(path, ()))
        if len(entry) + 1 > budget_chars or len(entry) > max(int(budget_chars * _LARGEST_SHARE), _ANYHOW):
            bare.append(path)
            continue
        entries.append(entry)
        budget_chars -= len(entry) + 1
    for line in _by_folder(dict.fromkeys([*bare, *(path for path in others if path not in paths)])):
        if len(line) + 1 <= budget_chars:
            entries.append(line)
            budget_chars -= len(line) + 1
    return "\n".join(entries)


class _Names:
    """Which names stand for a file: those that fit the task, in the order of the file."""

    def __init__(self, likely: Sequence[str], words: Sequence[str]) -> None:
        self._places = {symbol_id: place for place, symbol_id in enumerate(likely)}
        self._words = frozenset(words)
        owners = (symbol_id.rpartition(".")[0] for symbol_id in likely[:_TELLING] if "." in symbol_id)
        about = [*(o for o in owners if "::" in o), *likely[:_CLASSES]]
        self._about = list(dict.fromkeys(about))[: 2 * _CLASSES]

    def entry(self, path: str, outline: Sequence[Symbol]) -> str:
        """A file: the names at its top, and the members of the classes that the task is about."""
        if role_of(path) == "test":
            classes = {symbol.qualname for symbol in outline if symbol.kind in _CONTAINERS} | {""}
            tests = [
                symbol
                for symbol in outline
                if symbol.kind not in _CONTAINERS
                and symbol.name.lower().startswith("test")
                and symbol.qualname.rpartition(".")[0] in classes
            ]
            return _line(path, tests or _top(outline), self._fit, _MOST_TESTS, lambda s: s.qualname)
        lines = [_line(path, _top(outline), self._fit, _MOST_NAMES)]
        opened = [s for s in outline if s.id() in self._about and s.kind in _CONTAINERS][:_CLASSES]
        for owner in opened:
            members = [s for s in outline if s.qualname.rpartition(".")[0] == owner.qualname]
            if members:
                lines.append(_line(f"  {owner.qualname}", members, self._fit, _MOST_MEMBERS))
        return "\n".join(lines)

    def _fit(self, symbol: Symbol) -> tuple[int, int]:
        shared = len(self._words.intersection(terms(symbol.qualname)))
        place = self._places.get(symbol.id(), len(self._places))
        return place + _DUNDER_AFTER * symbol.name.startswith("__"), -shared


def _line(
    head: str,
    symbols: Sequence[Symbol],
    fit: Callable[[Symbol], tuple[int, int]],
    most: int,
    name_of: Callable[[Symbol], str] = lambda symbol: symbol.name,
) -> str:
    """A head with the fitting ones of some names."""
    named = {name_of(symbol): symbol for symbol in symbols}
    kept = set(sorted(named, key=lambda name: fit(named[name]))[:most])
    told = [name for name in named if name in kept]
    left = len(named) - len(told)
    return f"{head}: {', '.join(told)}{f' and {left} more' if left else ''}" if told else head


def _top(outline: Sequence[Symbol]) -> list[Symbol]:
    """What stands at the top of a file; private constants are nobody else's business."""
    return [
        symbol
        for symbol in outline
        if "." not in symbol.qualname and not (symbol.kind == "constant" and symbol.name.startswith("_"))
    ]


def _by_folder(paths: Iterable[str]) -> Iterator[str]:
    """Paths, those of one folder in a line."""
    for folder, group in groupby(sorted(paths, key=_split), key=lambda path: _split(path)[0]):
        yield f"{folder or '.'}/: {', '.join(_split(path)[1] for path in group)}"


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name
