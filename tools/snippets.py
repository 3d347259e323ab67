"""Choosing the code that a prompt shows: the definitions that fit the task best, cut to a budget."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log, sqrt

from tools.ranking import RankedFile
from tools.syntax import Symbol
from tools.words import terms, terms_of

_MOST_LINES = 45  # of one snippet
_SHORT = 8  # lines below which a definition says less than its line in the map
_LONG = 40  # lines above which its words count less
_WHOLE_CLASS = 45  # lines up to which a class is shown whole rather than by its methods
_MOST_OF_A_FILE = 3
_WHOLE_FILE = 60  # lines up to which a file is shown whole
_GAP = 8  # lines between two snippets that are shown as well
_NAME_FACTOR = 3
_LONGEST_RUN = 60
_RUN = re.compile(r"\w+")
_OPENS_DOCS = re.compile(r"""\s*[rRuU]?(\"{3}|'{3})""")
_HEAD = 30  # lines of a signature at most
_LONG_DOCS = 8  # a docstring this long is left out where a definition must be cut
_EXACT = 14.0  # a symbol that the task or a memory names
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
    outlines: Mapping[str, Sequence[Symbol]],
    texts: Mapping[str, Sequence[str]],
    words: Sequence[str],
    named: frozenset[str],
) -> list[RankedSymbol]:
    """The definitions of some files by how well they fit, best first, whatever their file.

    Args:
        outlines: the files' symbols.
        texts: their lines.
        words: the terms of the task.
        named: names, qualified names and ids that the task or a memory names.
    """
    wanted = dict.fromkeys(words)
    bags: dict[str, tuple[Symbol, Mapping[str, int]]] = {}
    for path, outline in outlines.items():
        hits = _WordHits(texts.get(path, ()), wanted.keys())
        for symbol in outline:
            bags[symbol.id()] = (symbol, hits.of(symbol))
    spread = Counter(word for _, bag in bags.values() for word in bag)
    namesakes = Counter(symbol.name for symbol, _ in bags.values())
    ranked = []
    for symbol, bag in bags.values():
        gains = {
            word: log(1 + len(bags) / (1 + spread[word])) * min(count, 4) ** 0.5
            for word, count in bag.items()
        }
        score = sum(gains.values()) * _worth(symbol.end_line - symbol.start_line + 1)
        exact = not named.isdisjoint((symbol.name, symbol.qualname, symbol.id()))
        score += _EXACT / sqrt(namesakes[symbol.name]) if exact else 0.0
        if score > 0:
            why = ["named"] if exact else []
            best = sorted(gains, key=lambda word: (-gains[word], word))[:4]
            why += [f"words: {', '.join(best)}"] if best else []
            ranked.append(RankedSymbol(symbol, score, why))
    return sorted(ranked, key=lambda found: (-found.score, found.symbol.id()))


def by_file(ranked: Sequence[RankedSymbol], files: Sequence[RankedFile]) -> list[RankedSymbol]:
    """The same definitions, those of likely files first."""
    top = max((file.score for file in files), default=1.0) or 1.0
    share = {file.path: file.score / top for file in files}
    weighed = [
        RankedSymbol(found.symbol, found.score * (0.3 + share[found.symbol.path]), found.why)
        for found in ranked
        if found.symbol.path in share
    ]
    return sorted(weighed, key=lambda found: (-found.score, found.symbol.id()))


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
        lines = texts.get(symbol.path, ())
        snippet = None if of_file else _whole_file(found, lines, budget_chars // 2)
        snippet = snippet or _snippet(found, lines, wanted, budget_chars)
        if snippet is not None:
            chosen.append(snippet)
            budget_chars -= len(snippet.text) + len(snippet.path) + 30
    return list(_joined(chosen, texts))


def _whole_file(found: RankedSymbol, lines: Sequence[str], budget_chars: int) -> Snippet | None:
    """A short file is shown whole: what stands around a definition would be asked for next."""
    if len(lines) > _WHOLE_FILE:
        return None
    last = len(lines) - (not lines[-1]) if lines else 0
    text = numbered(lines[:last], 1)
    if len(text) > budget_chars:
        return None
    return Snippet(found.symbol.path, 1, last, text, "; ".join(found.why))


def _joined(chosen: Sequence[Snippet], texts: Mapping[str, Sequence[str]]) -> Iterator[Snippet]:
    """Snippets with only a few lines between them become one, at the place of the better one."""
    left = list(chosen)
    while left:
        snippet = left.pop(0)
        while near := next((other for other in left if _is_near(snippet, other)), None):
            left.remove(near)
            start = min(snippet.start_line, near.start_line)
            end = max(snippet.end_line, near.end_line)
            text = numbered(texts[snippet.path][start - 1 : end], start)
            snippet = Snippet(snippet.path, start, end, text, snippet.why)
        yield snippet


def _is_near(one: Snippet, other: Snippet) -> bool:
    gap = max(one.start_line, other.start_line) - min(one.end_line, other.end_line)
    return one.path == other.path and gap <= _GAP


def numbered(lines: Sequence[str], start: int) -> str:
    """Lines with their numbers, as the model is to name them."""
    return "\n".join(f"{start + n:>4}\t{line}".rstrip() for n, line in enumerate(lines))


def _snippet(
    found: RankedSymbol, lines: Sequence[str], wanted: frozenset[str], budget_chars: int
) -> Snippet | None:
    symbol = found.symbol
    body = lines[symbol.start_line - 1 : symbol.end_line]
    told = _docs_end(body) if len(body) > _MOST_LINES else 0
    first = told + _best_window(body[told:], wanted.difference(terms(symbol.qualname)), _MOST_LINES)
    shown = list(body[first : first + _MOST_LINES])
    start = symbol.start_line + first
    text = numbered(shown, start)
    while len(text) > budget_chars and len(shown) > _FEWEST_LINES:
        shown = shown[: max(_FEWEST_LINES, len(shown) * budget_chars // (len(text) + 1))]
        text = numbered(shown, start)
    if not shown or len(text) > budget_chars:
        return None
    if start + len(shown) - 1 < symbol.end_line:
        text += f"\n     ... ({symbol.name} goes on to line {symbol.end_line})"
    return Snippet(symbol.path, start, start + len(shown) - 1, text, "; ".join(found.why))


def _docs_end(lines: Sequence[str]) -> int:
    """Where the code of a long definition begins behind its docstring; 0 where it has no long one."""
    opening = next((n for n, line in enumerate(lines[:_HEAD]) if _OPENS_DOCS.match(line)), None)
    if opening is None:
        return 0
    quotes = lines[opening].lstrip(" \trRuU")[:3]
    for n, line in enumerate(lines[opening:], opening):
        if line.count(quotes) > (n == opening):
            return n + 1 if n - opening >= _LONG_DOCS else 0
    return 0


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


class _WordHits:
    """Where the words of a task stand in a file; each file is gone through once, however its code nests."""

    def __init__(self, lines: Sequence[str], wanted: Collection[str]) -> None:
        self._wanted = wanted
        text = "\n".join(lines)
        starts = list(accumulate([len(line) + 1 for line in lines], initial=0))
        lowered = text.lower()
        if len(lowered) != len(text):  # a few letters are longer in lower case
            lowered = text
        needles = _needles(wanted)
        runs = {run.start(): run.group() for needle in needles for run in _runs_with(needle, text, lowered)}
        found = [
            (place, term) for place, run in sorted(runs.items()) for term in terms_of(run) if term in wanted
        ]
        self._lines = [bisect_right(starts, place) for place, _ in found]
        self._words = [word for _, word in found]

    def of(self, symbol: Symbol) -> Mapping[str, int]:
        """The words of a definition and how often they stand there; those of its name count more."""
        first = bisect_left(self._lines, symbol.start_line)
        bag = Counter(self._words[first : bisect_right(self._lines, symbol.end_line)])
        for word in terms(symbol.qualname):
            if word in self._wanted:
                bag[word] += _NAME_FACTOR
        return bag


def _needles(wanted: Collection[str]) -> list[str]:
    """What every word that stems to a wanted term begins with; none begins with another."""
    heads = sorted({term[: max(2, len(term) - 2)] for term in wanted})
    kept: list[str] = []
    for head in heads:
        if not kept or not head.startswith(kept[-1]):
            kept.append(head)
    return kept


def _runs_with(needle: str, text: str, lowered: str) -> Iterator[re.Match[str]]:
    """The runs of word characters that hold a needle, capitals or not."""
    place = lowered.find(needle)
    while place >= 0:
        start = place
        while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        run = _RUN.match(text, start)
        if run is not None and run.end() - start < _LONGEST_RUN:
            yield run
        place = lowered.find(needle, run.end() if run is not None else place + 1)
