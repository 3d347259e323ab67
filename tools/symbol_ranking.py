"""Ranking definitions for a task: how well each fits by its words, and by the file it stands in."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import log, sqrt

from tools.clues import Place
from tools.paths import role_of
from tools.ranking import RankedFile
from tools.syntax import Symbol
from tools.words import terms, terms_of

_SHORT = 8  # lines below which a definition says less than its line in the map
_LONG = 40  # lines above which its words count less
_NAME_FACTOR = 3
_LONGEST_RUN = 60
_RUN = re.compile(r"\w+")
_EXACT = 14.0  # a symbol that the task or a memory names
_SATURATION, _LENGTH_SHARE, _USUAL_LINES = 1.2, 0.6, 25  # BM25 over definitions
_WINDOW = 8  # lines that are looked at together
_CALLERS = 8  # of the best definitions, whose calls count
_CALL = re.compile(r"([A-Za-z_]\w{2,})\s*\(")
_CONTAINERS = ("class", "interface")


@dataclass(frozen=True, slots=True)
class SymbolWeights:
    """How much counts for a definition, all in one place.

    The text signals are scaled to 0..1 over the definitions of one search. The weights were fitted by a
    listwise regression on commits of half of the development repositories; the last two are by hand:
    those cases know neither memories nor tracebacks, and their changes are never in tests.
    """

    file: float = 2.59  # its file's score beside the best file's
    name: float = 2.0  # words of the task in its name
    outer: float = 2.02  # in the names of what is around it
    words: float = 2.28  # BM25 over its lines
    window: float = 1.3  # the most that a few lines of it hold together
    named: float = 0.46  # the task names it as code does
    lines: float = 0.54  # the logarithm of its length: there is more in it that could be changed
    container: float = -1.62  # a class; its methods are ranked by themselves
    constant: float = -2.82
    called: float = 0.64  # what is called by those before it: by the first one whole, by the second half
    pointed: float = 4.0  # a memory or a traceback points to it
    aside: float = -2.0  # in a test or an example


SYMBOL_WEIGHTS = SymbolWeights()


@dataclass(frozen=True, slots=True)
class Fit:
    """How a definition fits a task by its words; see `SymbolWeights`."""

    name: float = 0.0
    outer: float = 0.0
    words: float = 0.0
    window: float = 0.0
    named: bool = False


@dataclass(frozen=True, slots=True)
class RankedSymbol:
    """A definition, how well it fits, and why."""

    symbol: Symbol
    score: float
    why: list[str]
    fit: Fit = Fit()


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
    hits = {path: _WordHits(texts.get(path, ()), wanted.keys()) for path in outlines}
    bags = {
        symbol.id(): (symbol, hits[path].of(symbol))
        for path, outline in outlines.items()
        for symbol in outline
    }
    spread = Counter(word for _, bag in bags.values() for word in bag)
    namesakes = Counter(symbol.name for symbol, _ in bags.values())
    rarity = {word: log(1 + len(bags) / (1 + spread[word])) for word in wanted}
    ranked = []
    for symbol, bag in bags.values():
        exact = not named.isdisjoint((symbol.name, symbol.qualname, symbol.id()))
        if not bag and not exact:
            continue
        gains = {word: rarity[word] * min(count, 4) ** 0.5 for word, count in bag.items()}
        score = sum(gains.values()) * _worth(symbol.end_line - symbol.start_line + 1)
        score += _EXACT / sqrt(namesakes[symbol.name]) if exact else 0.0
        if score > 0:
            why = ["named"] if exact else []
            best = sorted(gains, key=lambda word: (-gains[word], word))[:4]
            why += [f"words: {', '.join(best)}"] if best else []
            ranked.append(RankedSymbol(symbol, score, why, _fit(symbol, hits[symbol.path], rarity, exact)))
    return sorted(ranked, key=lambda found: (-found.score, found.symbol.id()))


def likeliest(
    ranked: Sequence[RankedSymbol],
    files: Sequence[RankedFile],
    texts: Mapping[str, Sequence[str]],
    pointed: Collection[str] = (),
    weights: SymbolWeights = SYMBOL_WEIGHTS,
) -> list[RankedSymbol]:
    """The same definitions by how likely the task changes them, their files counted in.

    Args:
        ranked: definitions that fit by their words.
        files: the files of the search; a definition in another is left out.
        texts: the lines of their files.
        pointed: ids that memories or tracebacks point to.
        weights: how much counts.
    """
    top = max((file.score for file in files), default=1.0) or 1.0
    share = {file.path: file.score / top for file in files}
    known = [found for found in ranked if found.symbol.path in share]
    scales = {
        name: max((getattr(found.fit, name) for found in known), default=0.0) or 1.0
        for name in ("name", "outer", "words", "window")
    }
    weighed = []
    for found in known:
        symbol = found.symbol
        score = sum(getattr(weights, name) * getattr(found.fit, name) / scales[name] for name in scales)
        score += weights.file * share[symbol.path]
        score += weights.lines * log(symbol.end_line - symbol.start_line + 1)
        score += weights.named * found.fit.named + weights.pointed * (symbol.id() in pointed)
        score += weights.container * (symbol.kind in _CONTAINERS) + weights.constant * (
            symbol.kind == "constant"
        )
        score += weights.aside * (role_of(symbol.path) != "code")
        weighed.append(RankedSymbol(symbol, score, found.why, found.fit))
    first = sorted(weighed, key=_order)
    return sorted(_with_calls(first, texts, weights.called), key=_order)


def _order(found: RankedSymbol) -> tuple[float, str]:
    return -found.score, found.symbol.id()


def _with_calls(
    ranked: Sequence[RankedSymbol], texts: Mapping[str, Sequence[str]], weight: float
) -> Iterator[RankedSymbol]:
    """The same, those that the best of them call scored higher; a name that many bear tells less."""
    namesakes = Counter(found.symbol.name for found in ranked)
    calls: dict[str, float] = {}
    callers = [found.symbol for found in ranked[:_CALLERS] if found.symbol.kind not in _CONTAINERS]
    for place, caller in enumerate(callers, 1):
        body = texts.get(caller.path, ())[caller.start_line : caller.end_line]
        for name in {name for line in body for name in _CALL.findall(line)} - {caller.name}:
            calls[name] = calls.get(name, 0.0) + 1 / place
    for found in ranked:
        gain = weight * calls.get(found.symbol.name, 0.0) / namesakes[found.symbol.name]
        yield replace(found, score=found.score + gain) if gain else found


def pointed_at(outlines: Mapping[str, Sequence[Symbol]], places: Iterable[Place]) -> set[str]:
    """The definitions that lines of tracebacks lie in; their paths may begin elsewhere."""
    ids: set[str] = set()
    for place in places:
        for path, outline in outlines.items():
            if f"/{place.path}".endswith(f"/{path}") or f"/{path}".endswith(f"/{place.path}"):
                around = [s for s in outline if s.start_line <= place.line <= s.end_line]
                named = [s for s in outline if s.name == place.inside]  # the lines may have moved since
                ids.update(s.id() for s in ([s for s in around if s in named] or named or around)[-1:])
    return ids


def _fit(symbol: Symbol, hits: "_WordHits", rarity: Mapping[str, float], named: bool) -> Fit:
    own = set(terms(symbol.name))
    outer = set(terms(symbol.qualname.rpartition(".")[0])) - own
    length = symbol.end_line - symbol.start_line + 1
    damped = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length / _USUAL_LINES)
    lines, words = hits.within(symbol)
    counts = Counter(words)
    return Fit(
        name=sum(rarity.get(word, 0.0) for word in own),
        outer=sum(rarity.get(word, 0.0) for word in outer),
        words=sum(rarity[w] * n * (_SATURATION + 1) / (n + damped) for w, n in counts.items()),
        window=_best_together(lines, words, rarity),
        named=named,
    )


def _best_together(lines: Sequence[int], words: Sequence[str], rarity: Mapping[str, float]) -> float:
    """The most that the different words in a few neighbouring lines weigh."""
    best = total = 0.0
    first = 0
    inside: Counter[str] = Counter()
    for line, word in zip(lines, words, strict=True):
        total += 0.0 if inside[word] else rarity[word]
        inside[word] += 1
        while lines[first] <= line - _WINDOW:
            inside[words[first]] -= 1
            total -= 0.0 if inside[words[first]] else rarity[words[first]]
            first += 1
        best = max(best, total)
    return best


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
        bag: dict[str, int] = {}
        for word in self.within(symbol)[1]:
            bag[word] = bag.get(word, 0) + 1
        for word in terms(symbol.qualname):
            if word in self._wanted:
                bag[word] = bag.get(word, 0) + _NAME_FACTOR
        return bag

    def within(self, symbol: Symbol) -> tuple[Sequence[int], Sequence[str]]:
        """The words in its lines, in order, and the line of each."""
        first = bisect_left(self._lines, symbol.start_line)
        last = bisect_right(self._lines, symbol.end_line)
        return self._lines[first:last], self._words[first:last]


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
