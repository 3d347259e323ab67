"""Choosing the code that a prompt shows: whole definitions where they fit, else the lines that matter.

What is shown of a file always holds the lines that open the definitions around it, so that nobody has to
guess what a line belongs to, and each line bears its number.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from tools.symbol_ranking import RankedSymbol
from tools.syntax import Symbol
from tools.words import terms

_SHORT = 30  # lines up to which a definition is shown whole or not at all
_WHOLE = 80  # lines up to which a definition is shown whole
_FIRST_SHARE, _LATER_SHARE = 0.5, 0.3  # of the budget, which the first definition may take, and others
_PART_LINES = 30  # of a longer one
_WHOLE_CLASS = 60  # lines up to which a class is shown whole rather than by its methods
_WHOLE_FILE = 60  # lines up to which a file is shown whole
_GAP = 4  # lines left out between two pieces are shown instead of a mark
_BEFORE, _AFTER = 3, 5  # lines around one that matters
_MOST_HEAD = 12  # lines of a signature
_FEWEST_CHARS = 200
_TOLD = 3  # lines of a docstring, where it is shortened
_LONG_DOCS = 20  # lines of a docstring, of which only the beginning is shown
_OPENS_DOCS = re.compile(r"""\s*[rRuU]?(\"{3}|'{3})""")
_COMMENTS = ("#", "//", "*", "/*", "--")
_COMMENT_SHARE = 0.5
_LEFT_OUT = "     …"
_CONTAINERS = ("class", "interface", "module")


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines of a file, each with its number; a line with "…" stands for what is left out between them."""

    path: str
    start_line: int
    end_line: int
    text: str
    why: str


@dataclass(slots=True)
class _Sheet:
    """What is shown of one file.

    Attributes:
        lines: the file's lines.
        outline: its definitions.
        why: why its first definition was chosen.
        shown: numbers of the lines that are shown.
    """

    lines: Sequence[str]
    outline: Sequence[Symbol]
    why: str
    shown: set[int] = field(default_factory=set)

    def cost(self, wanted: Iterable[int]) -> int:
        """The characters that more lines take, with the marks between them."""
        new = set(wanted) - self.shown
        pieces = sum(number - 1 not in new for number in new)
        return sum(len(self.lines[n - 1]) + 6 for n in new) + pieces * (len(_LEFT_OUT) + 1)


def numbered(lines: Sequence[str], start: int) -> str:
    """Lines with their numbers, as the model is to name them."""
    return "\n".join(f"{start + n:>4}\t{line}".rstrip() for n, line in enumerate(lines))


def choose_snippets(
    ranked: Sequence[RankedSymbol],
    outlines: Mapping[str, Sequence[Symbol]],
    texts: Mapping[str, Sequence[str]],
    words: Sequence[str],
    budget_chars: int,
) -> list[Snippet]:
    """The best definitions that fit a budget, one snippet a file; of a long one the lines that matter.

    Args:
        ranked: definitions, likeliest first.
        outlines: all definitions of their files.
        texts: the lines of their files.
        words: the terms of the task.
        budget_chars: the most that the snippets take.
    """
    wanted = frozenset(words)
    shares = [int(budget_chars * share) for share in (_FIRST_SHARE, _LATER_SHARE)]
    sheets: dict[str, _Sheet] = {}
    for found in ranked:
        if budget_chars < _FEWEST_CHARS:
            break
        symbol = found.symbol
        path = symbol.path
        if path not in texts or _is_only_a_frame(symbol):
            continue
        sheet = sheets.get(path) or _Sheet(texts[path], outlines.get(path, ()), "; ".join(found.why))
        if sheet.shown.issuperset(_span(symbol)):
            continue
        frame = 0 if path in sheets else len(path) + 20
        for lines in _ways_to_show(symbol, sheet, wanted, must=not sheets):
            cost = sheet.cost(lines) + frame
            if cost <= min(budget_chars, shares[bool(sheets)]):
                sheet.shown |= lines
                sheets[path] = sheet
                budget_chars -= cost
                break
    return [_snippet(path, sheet) for path, sheet in sheets.items()]


def _is_only_a_frame(symbol: Symbol) -> bool:
    """A long class is shown by its methods, and a module by what is in it."""
    return symbol.kind in _CONTAINERS and len(_span(symbol)) > _WHOLE_CLASS


def _ways_to_show(symbol: Symbol, sheet: _Sheet, wanted: frozenset[str], *, must: bool) -> Iterator[set[int]]:
    """Line numbers that show a definition, fullest first; a short one is only cut where it must be shown."""
    last = len(sheet.lines) - (not sheet.lines[-1]) if sheet.lines else 0
    if last <= _WHOLE_FILE and not sheet.shown:
        yield set(range(1, last + 1))
    around = {
        number
        for other in sheet.outline
        if other.start_line <= symbol.start_line and symbol.end_line <= other.end_line and other != symbol
        for number in head_of(other, sheet.lines)
    }
    head = head_of(symbol, sheet.lines, decorated=True)
    told, begins = _docs(symbol, sheet.lines, head.stop)
    code = range(begins, symbol.end_line + 1)
    if len(head) + len(code) <= _WHOLE:
        if begins - head.stop <= _LONG_DOCS:
            told = range(head.stop, begins)
        yield {*around, *head, *told, *code}
    if len(head) + len(code) <= _SHORT and not must:
        return
    for most in (_PART_LINES, _PART_LINES // 2):
        yield around | _part(symbol, sheet.lines, wanted, most)


def _part(symbol: Symbol, lines: Sequence[str], wanted: frozenset[str], most: int) -> set[int]:
    """Of a long definition its head, the first line of its docstring, and the lines that matter most."""
    head = head_of(symbol, lines, decorated=True)
    told, begins = _docs(symbol, lines, head.stop)
    shown = {*head, *told}
    body = range(begins, symbol.end_line + 1)
    hits = _weights(body, lines, wanted - frozenset(terms(symbol.qualname)))
    for number in sorted(hits, key=lambda n: (-hits[n], n)):
        if len(shown) >= most:
            break
        if hits[number] == 0:
            shown.update(range(begins, min(symbol.end_line, begins + most - len(shown)) + 1))
            break
        if number not in shown:
            said = _end_of_comment(number, lines, symbol.end_line)
            near = range(max(begins, number - _BEFORE), min(symbol.end_line, said + _AFTER) + 1)
            shown.update(near, _openers(number, lines, begins))
    return shown


def _end_of_comment(number: int, lines: Sequence[str], last: int) -> int:
    """The last line of the comment that a line is in; the line itself where it is in none."""
    comment = [line.lstrip().startswith(_COMMENTS) for line in lines[number - 1 : last]]
    more = comment.index(False) if False in comment else len(comment)
    return number + max(0, more - 1)


def head_of(symbol: Symbol, lines: Sequence[str], *, decorated: bool = False) -> range:
    """The lines of a definition's signature, its decorators only where they are asked for."""
    named = re.compile(rf"(?<!\w){re.escape(symbol.name)}(?!\w)")
    first = symbol.start_line
    while first < symbol.end_line and (
        lines[first - 1].lstrip().startswith("@") or not named.search(lines[first - 1])
    ):
        first += 1
    if first == symbol.end_line and not named.search(lines[first - 1]):
        first = symbol.start_line  # its name does not stand there as it is called
    last, open_brackets = first, 0
    for last in range(first, min(first + _MOST_HEAD, symbol.end_line + 1)):
        line = lines[last - 1]
        open_brackets += sum(map(line.count, "([")) - sum(map(line.count, ")]"))
        if open_brackets <= 0:
            break
    start = symbol.start_line if decorated and first - symbol.start_line <= _MOST_HEAD else first
    return range(start, last + 1)


def _docs(symbol: Symbol, lines: Sequence[str], start: int) -> tuple[range, int]:
    """The first lines of a docstring that begins there, and where the code begins behind it."""
    if start > symbol.end_line or not (opening := _OPENS_DOCS.match(lines[start - 1])):
        return range(0), start
    quotes = opening.group(1)
    for number in range(start, symbol.end_line + 1):
        if lines[number - 1].count(quotes) > (number == start):
            empty = (n for n in range(start + 1, number) if not lines[n - 1].strip())
            return range(start, min(number + 1, next(empty, number + 1), start + _TOLD)), number + 1
    return range(0), start


def _weights(body: range, lines: Sequence[str], wanted: frozenset[str]) -> dict[int, float]:
    """How much of a task stands in each line: a word the less, the more of these lines hold it.

    What a comment says is done in the lines beside it.
    """
    held = {number: wanted.intersection(terms(lines[number - 1])) for number in body}
    often = Counter(word for words in held.values() for word in words)
    rarity = {word: 1 / count for word, count in often.items()}
    return {
        number: sum(rarity[word] for word in words)
        * (_COMMENT_SHARE if lines[number - 1].lstrip().startswith(_COMMENTS) else 1.0)
        for number, words in held.items()
    }


def _openers(number: int, lines: Sequence[str], first: int) -> Iterator[int]:
    """The lines above one that it is indented below: what it is a part of."""
    depth = _depth(lines[number - 1])
    for above in range(number - 1, first - 1, -1):
        line = lines[above - 1]
        if line.strip() and _depth(line) < depth:
            depth = _depth(line)
            yield above


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _snippet(path: str, sheet: _Sheet) -> Snippet:
    """One file's lines, short gaps filled."""
    shown = sorted(sheet.shown)
    for before, after in zip(sorted(sheet.shown), shown[1:], strict=False):
        if after - before - 1 <= _GAP:
            sheet.shown.update(range(before, after))
    shown = sorted(sheet.shown)
    pieces = [
        [number for _, number in group]
        for _, group in groupby(enumerate(shown), key=lambda pair: pair[1] - pair[0])
    ]
    text = f"\n{_LEFT_OUT}\n".join(
        numbered(sheet.lines[piece[0] - 1 : piece[-1]], piece[0]) for piece in pieces
    )
    cut = [s for s in sheet.outline if s.start_line <= shown[-1] < s.end_line and s.kind not in _CONTAINERS]
    if cut:
        text += f"\n{_LEFT_OUT} to line {max(s.end_line for s in cut)}"
    return Snippet(path, shown[0], shown[-1], text, sheet.why)


def _span(symbol: Symbol) -> range:
    return range(symbol.start_line, symbol.end_line + 1)
