"""Digests of code that formatting, comments and docstrings do not change.

A file is cut at the limits of its comments, strings, blocks and definitions. Comments and docstrings go, a
string stays letter for letter, and of the code between only white space that parts two words is kept; where
indentation is syntax, the limits of a block leave a mark. A definition's digest is the hash of what lies
between its own cuts. All of a file's code is brought to this form in one pass.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

_WORD = rb"\w$\x80-\xff"
_LOOSE_SPACE = re.compile(rb" (?:(?![%s])|(?<![%s] ))" % (_WORD, _WORD))
_TRAILING_COMMA = re.compile(rb",(?=\s*\n\s*[)\]}])")
_WORD_BYTES = frozenset(byte for byte in range(256) if re.match(rb"[%s]" % _WORD, bytes([byte])))
_CUT = b"\0"
_OPEN, _CLOSE = b"\x01", b"\x02"
_OWN_NAME = b"\x03"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """What in a file is not plain code, as byte spans."""

    dropped: list[Span]  # comments and docstrings
    strings: list[Span]
    blocks: list[Span]

    def prose(self) -> dict[int, int]:
        """Comments, docstrings and strings, none within another, as end by start."""
        return _outermost([*self.dropped, *self.strings])


@dataclass(frozen=True, slots=True)
class NormalCode:
    """A file's code without its formatting.

    Attributes:
        pieces: the code, piece by piece; between two pieces, what stands at the cut.
        index_at: the piece that begins at each offset where the file was cut.
    """

    pieces: list[bytes]
    index_at: dict[int, int]

    def between(self, start: int, end: int) -> bytes:
        """The code between two byte offsets; both must be cuts."""
        return b"".join(self.pieces[self.index_at[start] : self.index_at[end]])


def normal_code(source: bytes, layout: Layout, cuts: Iterable[int], *, quotes_alike: bool) -> NormalCode:
    """Take a file's formatting away.

    Args:
        source: the file.
        layout: its comments, docstrings, strings and blocks.
        cuts: further offsets that `NormalCode.between` will be asked about.
        quotes_alike: write 'x' as "x".
    """
    source = source.replace(_CUT, b" ")
    commas = [match.span() for match in _TRAILING_COMMA.finditer(source)]
    dropped = {*layout.dropped, *commas}
    whole = _outermost([*dropped, *layout.strings])
    opens = _marks((start for start, _ in layout.blocks), _OPEN)
    closes = _marks((end for _, end in layout.blocks), _CLOSE)
    between: list[bytes] = []  # the code up to each cut
    at_cut: list[tuple[bytes, bytes]] = []  # what ends there, and what begins there
    index_at: dict[int, int] = {}
    place = 0
    for cut in sorted({*cuts, *whole, *whole.values(), *opens, *closes, len(source)}):
        if cut < place:  # inside a string
            continue
        between.append(source[place:cut])
        place = whole.get(cut, cut)
        is_string = place > cut and (cut, place) not in dropped
        begins = opens.get(cut, b"") + (_string(source[cut:place], quotes_alike) if is_string else b"")
        at_cut.append((closes.get(cut, b""), begins))
        index_at[cut] = 3 * len(between) - 1
    code = _LOOSE_SPACE.sub(b"", b" ".join(_CUT.join(between).split()))
    pieces = [piece for before, at in zip(code.split(_CUT), at_cut, strict=True) for piece in (before, *at)]
    return NormalCode(pieces, index_at)


def digest(code: bytes) -> str:
    """The hash of some code, 20 hexadecimal digits."""
    return blake2b(code, digest_size=10).hexdigest()


def nameless_digest(code: bytes, name: bytes) -> str:
    """The same with `name` taken out wherever it stands: equal before and after a rename."""
    first, *rest = code.split(name)
    parts = [first]
    last = first[-1:]
    for part in rest:
        is_word = (bool(last) and last[0] in _WORD_BYTES) or (bool(part) and part[0] in _WORD_BYTES)
        parts += [name if is_word else _OWN_NAME, part]
        last = part[-1:] or name[-1:]
    return digest(b"".join(parts))


def _outermost(spans: list[Span]) -> dict[int, int]:
    """The spans that lie in no other, as end by start."""
    kept: dict[int, int] = {}
    last = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= last:
            kept[start] = last = end
    return kept


def _marks(offsets: Iterable[int], mark: bytes) -> dict[int, bytes]:
    """A mark for each offset; as many as it is there, since several blocks may end at one place."""
    found: dict[int, bytes] = {}
    for offset in offsets:
        found[offset] = found.get(offset, b"") + mark
    return found


def _string(text: bytes, quotes_alike: bool) -> bytes:
    """A string literal, with the quotes a formatter would choose where the choice means nothing."""
    if quotes_alike and text.endswith(b"'") and b'"' not in text and b"\\" not in text:
        return text.replace(b"'''", b'"""').replace(b"'", b'"')
    return text
