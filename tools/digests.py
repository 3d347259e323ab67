"""Digests of code that formatting, comments and docstrings do not change.

A file is cut at the limits of its comments, strings, blocks and definitions; what lies between is split
into tokens. Comments and docstrings give no tokens, a string gives one, and where indentation is syntax
the limits of a block give one each. A definition's digest is the hash of its tokens.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

_TOKEN = re.compile(rb"[\w$\x80-\xff]+|[^\s\w]")
_TRAILING_COMMA = re.compile(rb",(\s*\n\s*[)\]}])")
_OPEN, _CLOSE = b"\x01", b"\x02"
_OWN_NAME = b"\x03"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tokens:
    """A file's tokens, and which token begins at each place where the file was cut."""

    tokens: list[bytes]
    index_at: dict[int, int]

    def between(self, start: int, end: int) -> list[bytes]:
        """The tokens between two byte offsets; both must be cuts."""
        return self.tokens[self.index_at[start] : self.index_at[end]]


@dataclass(frozen=True, slots=True)
class Layout:
    """What in a file is not plain code, as byte spans."""

    dropped: list[Span]  # comments and docstrings
    strings: list[Span]
    blocks: list[Span]


def tokens_of(source: bytes, layout: Layout, cuts: Iterable[int], *, quotes_alike: bool) -> Tokens:
    """Split a file into tokens that its formatting does not change.

    Args:
        source: the file.
        layout: its comments, docstrings, strings and blocks.
        cuts: further offsets that `Tokens.between` will be asked about.
        quotes_alike: write 'x' as "x".
    """
    whole = _outermost([*((s, True) for s in layout.dropped), *((s, False) for s in layout.strings)])
    marks = {start: end for (start, end), _ in whole}
    dropped = {start for (start, _), is_dropped in whole if is_dropped}
    opens, closes = _counts(start for start, _ in layout.blocks), _counts(end for _, end in layout.blocks)
    tokens: list[bytes] = []
    index_at: dict[int, int] = {}
    place = 0
    for cut in sorted({*cuts, *marks, *marks.values(), *opens, *closes, len(source)}):
        if cut > place:
            tokens += _TOKEN.findall(_TRAILING_COMMA.sub(rb"\1", source[place:cut]))
            place = cut
        tokens += [_CLOSE] * closes.get(cut, 0)
        index_at[cut] = len(tokens)
        tokens += [_OPEN] * opens.get(cut, 0)
        if cut in marks and cut == place:
            place = marks[cut]
            if cut not in dropped:
                tokens.append(_string(source[cut:place], quotes_alike))
    return Tokens(tokens, index_at)


def digest(tokens: list[bytes]) -> str:
    """The hash of some tokens, 20 hexadecimal digits."""
    return blake2b(b"\0".join(tokens), digest_size=10).hexdigest()


def nameless_digest(tokens: list[bytes], name: bytes) -> str:
    """The same with `name` taken out wherever it stands: equal before and after a rename."""
    return digest([_OWN_NAME if token == name else token for token in tokens])


def _outermost(spans: list[tuple[Span, bool]]) -> list[tuple[Span, bool]]:
    """The spans that lie in no other; of two that are equal, the one that is dropped."""
    kept: list[tuple[Span, bool]] = []
    end = 0
    for span, is_dropped in sorted(spans, key=lambda item: (item[0][0], -item[0][1], not item[1])):
        if span[0] >= end:
            kept.append((span, is_dropped))
            end = span[1]
    return kept


def _counts(offsets: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for offset in offsets:
        found[offset] = found.get(offset, 0) + 1
    return found


def _string(text: bytes, quotes_alike: bool) -> bytes:
    """A string literal, with the quotes a formatter would choose where the choice means nothing."""
    if quotes_alike and text.endswith(b"'") and b'"' not in text and b"\\" not in text:
        return text.replace(b"'''", b'"""').replace(b"'", b'"')
    return text
