"""Choosing the code that a prompt shows: the definitions that fit the task best, cut to a budget."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log, sqrt

from tools.ranking import RankedFile
from tools.syntax import Symbol
from tools.words import terms

_MOST_LINES = 45  # of one snippet
_SHORT = 8  # lines below which a definition says less than its line in the map
_LONG = 40  # lines above which its words count less
_WHOLE_CLASS = 45  # lines up to which a class is shown whole rather than by its methods
_MOST_OF_A_FILE = 3
_NAME_FACTOR = 3.0
_EXACT = 6.0  # a symbol that the task or a memory names
_FEWEST_CHARS = 200
_FEWEST_LINES = 3


@dataclass(frozen=True, slots=True)
class RankedSymbol:
    """A definition, how well it fits, and why."""

    symbol: Symbol
    score: float
    why: list[str]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines of a file, each with its number."""

    path: str
    start_line: int
    end_line: int
    text: str
    why: str


def rank_symbols(
    files: Sequence[RankedFile],
    outlines: Mapping[str, Sequence[Symbol]],
    texts: Mapping[str, Sequence[str]],
    words: Sequence[str],
    named: frozenset[str],
) -> list[RankedSymbol]:
    """The definitions of some files, best first.

    Args:
        files: where to look, best first.
        outlines: their symbols.
        texts: their lines.
        words: the terms of the task.
        named: names, qualified names and ids that the task or a memory names.
    """
    bags = {
        symbol.id(): (symbol, _bag(symbol, texts.get(file.path, ())))
        for file in files
        for symbol in outlines.get(file.path, ())
    }
    spread = Counter(word for _, bag in bags.values() for word in set(words) & bag.keys())
    top = max((file.score for file in files), default=1.0) or 1.0
    file_score = {file.path: file.score / top for file in files}
    ranked = []
    for symbol, bag in bags.values():
        hits = {
            word: log(1 + len(bags) / (1 + spread[word])) * min(bag[word], 4) ** 0.5
            for word in dict.fromkeys(words)
            if word in bag
        }
        score = sum(hits.values()) * _worth(symbol.end_line - symbol.start_line + 1)
        exact = not named.isdisjoint((symbol.name, symbol.qualname, symbol.id()))
        score += _EXACT if exact else 0.0
        if score > 0:
            why = ["named"] if exact else []
            best = sorted(hits, key=lambda word: -hits[word])[:4]
            why += [f"words: {', '.join(best)}"] if best else []
            ranked.append(RankedSymbol(symbol, score * (0.3 + file_score[symbol.path]), why))
    return sorted(ranked, key=lambda found: (-found.score, found.symbol.id()))


def choose_snippets(
    ranked: Sequence[RankedSymbol],
    texts: Mapping[str, Sequence[str]],
    words: Sequence[str],
    budget_chars: int,
) -> list[Snippet]:
    """The best definitions that fit a budget, none twice, few of one file; of a long one the best part."""
    wanted = frozenset(words)
    chosen: list[Snippet] = []
    for found in ranked:
        symbol = found.symbol
        if budget_chars < _FEWEST_CHARS:
            break
        if (
            symbol.kind in ("class", "interface", "module")
            and symbol.end_line - symbol.start_line > _WHOLE_CLASS
        ):
            continue
        of_file = [snippet for snippet in chosen if snippet.path == symbol.path]
        if len(of_file) >= _MOST_OF_A_FILE or any(_overlap(snippet, symbol) for snippet in of_file):
            continue
        snippet = _snippet(found, texts.get(symbol.path, ()), wanted, budget_chars)
        if snippet is not None:
            chosen.append(snippet)
            budget_chars -= len(snippet.text) + len(snippet.path) + 30
    return chosen


def numbered(lines: Sequence[str], start: int) -> str:
    """Lines with their numbers, as the model is to name them."""
    return "\n".join(f"{start + n:>4}\t{line}".rstrip() for n, line in enumerate(lines))


def _snippet(
    found: RankedSymbol, lines: Sequence[str], wanted: frozenset[str], budget_chars: int
) -> Snippet | None:
    symbol = found.symbol
    body = lines[symbol.start_line - 1 : symbol.end_line]
    first = _best_window(body, wanted.difference(terms(symbol.qualname)), _MOST_LINES)
    shown = list(body[first : first + _MOST_LINES])
    start = symbol.start_line + first
    text = numbered(shown, start)
    while len(text) > budget_chars and len(shown) > _FEWEST_LINES:
        shown = shown[: max(_FEWEST_LINES, len(shown) * budget_chars // (len(text) + 1))]
        text = numbered(shown, start)
    if not shown or len(text) > budget_chars:
        return None
    return Snippet(symbol.path, start, start + len(shown) - 1, text, "; ".join(found.why))


def _best_window(lines: Sequence[str], wanted: frozenset[str], size: int) -> int:
    """Where the `size` lines begin that hold most of the wanted words; the first of such places."""
    if len(lines) <= size:
        return 0
    hits = [len(wanted.intersection(terms(line))) for line in lines]
    sums = list(accumulate(hits, initial=0))
    return max(range(len(lines) - size + 1), key=lambda n: (sums[n + size] - sums[n], -n))


def _overlap(snippet: Snippet, symbol: Symbol) -> bool:
    return snippet.start_line <= symbol.end_line and symbol.start_line <= snippet.end_line


def _worth(lines: int) -> float:
    """How much a definition's length tells for it: one line shows little, hundreds hold any word."""
    return sqrt(min(1.0, lines / _SHORT)) / (1 + log(1 + lines / _LONG))


def _bag(symbol: Symbol, lines: Sequence[str]) -> Counter[str]:
    """The words of a definition; those of its name count more."""
    body = "\n".join(lines[symbol.start_line - 1 : symbol.end_line])
    bag = Counter(terms(re.sub(r"\w{60,}", " ", body)))
    for word in terms(symbol.qualname):
        bag[word] += int(_NAME_FACTOR)
    return bag
