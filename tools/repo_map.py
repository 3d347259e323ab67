"""A map of a repository under a budget: files with what they define, the likely ones in more detail."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from tools.paths import role_of
from tools.syntax import Symbol

_LONGEST_SIGNATURE = 110
_MOST_SYMBOLS = 40
_MOST_TESTS = 5  # names shown of a file of tests: they are alike, and there are many


def render_map(
    paths: Sequence[str], outlines: Mapping[str, Sequence[Symbol]], budget_chars: int, *, whole: bool = False
) -> str:
    """Draw the map.

    Args:
        paths: files, most likely first.
        outlines: what they define.
        budget_chars: the most it may take.
        whole: show every file, in the order of their paths, with as much detail as fits; else begin with
            the likeliest in full and go on, with less, as long as there is room.
    """
    if not whole:
        return _by_rank(paths, outlines, budget_chars)
    for detail in (3, 2, 1, 0):
        text = "\n".join(_entry(path, outlines.get(path, ()), detail) for path in sorted(paths))
        if len(text) <= budget_chars:
            return text
    return _by_rank(paths, outlines, budget_chars)


def _by_rank(paths: Sequence[str], outlines: Mapping[str, Sequence[Symbol]], budget_chars: int) -> str:
    """Each file takes the most detail that leaves room for others: a third of what is left."""
    entries = []
    for path in paths:
        for detail in (3, 2, 1, 0):
            entry = _entry(path, outlines.get(path, ()), detail)
            if len(entry) <= max(budget_chars // 3, 60):
                break
        if len(entry) + 1 > budget_chars:
            break
        entries.append(entry)
        budget_chars -= len(entry) + 1
    return "\n".join(entries)


def _entry(path: str, symbols: Sequence[Symbol], detail: int) -> str:
    """One file: 0 its path, 1 the names at its top, 2 and their members' names, 3 every signature."""
    shown = [s for s in symbols if _is_outward(s)][:_MOST_SYMBOLS]
    if detail == 0 or not shown:
        return path
    is_test = role_of(path) == "test"
    if detail == 1 or is_test:
        names = [symbol.name for symbol in shown if "." not in symbol.qualname]
        kept = names[: _MOST_TESTS if is_test else None]
        return f"{path}: {', '.join(kept)}{f' and {len(names) - len(kept)} more' * (kept != names)}"
    if detail == 2:
        return "\n".join([path, *_by_container(shown)])
    return "\n".join([path, *(_line(symbol) for symbol in shown)])


def _by_container(symbols: Sequence[Symbol]) -> list[str]:
    """Classes with their members, a line each; before them, what has no members, in one line."""
    lines, plain = [], []
    for top, group in groupby(symbols, key=lambda symbol: symbol.qualname.partition(".")[0]):
        members = list(dict.fromkeys(symbol.name for symbol in group if "." in symbol.qualname))
        public = [name for name in members if not name.startswith("__")]
        if public:
            lines.append(f"  {top}: {', '.join(public)}")
        else:
            plain.append(top)
    return [f"  {', '.join(plain)}", *lines] if plain else lines


def _line(symbol: Symbol) -> str:
    signature = symbol.signature[:_LONGEST_SIGNATURE]
    return f"{'  ' * (symbol.qualname.count('.') + 1)}{symbol.start_line}: {signature}"


def _is_outward(symbol: Symbol) -> bool:
    """Functions inside functions are nobody else's business, nor are most private names."""
    return symbol.qualname.count(".") <= 1 and not (symbol.kind == "constant" and symbol.name.startswith("_"))
