"""What one file gives to the index. Pure but for the reading, so that it can be done in other processes."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from tools.languages import language_of
from tools.skipping import is_unreadable
from tools.syntax import Outline, Symbol, outline_of
from tools.words import counted_text, indexed_text

SymbolRow = tuple[str, str, str, int, int, str, str, str, str]

_RUN = re.compile(r"\w+")
_LONGEST_RUN = 60  # what is longer is data


@dataclass(frozen=True, slots=True)
class Analysis:
    """A file as the index keeps it: plain rows, cheap to send from a worker.

    Attributes:
        symbols: the definitions, as the columns of the index.
        imports: what it imports, as written.
        names: identifiers of its code with their counts: `total 3 add 1`.
        defined: the words of what it defines.
        said: the words of its docstrings' first lines and signatures.
        body: all its words.
        is_skipped: nothing was read: binary, giant, minified, generated.
    """

    symbols: Sequence[SymbolRow] = ()
    imports: Sequence[str] = ()
    names: str = ""
    defined: str = ""
    said: str = ""
    body: str = ""
    is_skipped: bool = False


def analyse(path: str, data: bytes) -> Analysis:
    """Read a file for the index. Never fails: what cannot be made out is left out."""
    is_source = language_of(path) is not None
    if is_unreadable(data, is_source=is_source):
        return Analysis(is_skipped=True)
    if not is_source:
        return Analysis(body=counted_text(Counter(_short(_RUN.findall(data.decode("utf-8", "replace"))))))
    outline = outline_of(path, data)
    return Analysis(
        symbols=[_row(symbol) for symbol in outline.symbols],
        imports=outline.imports,
        names=" ".join(f"{name} {count}" for name, count in outline.names.items()),
        defined=indexed_text(" ".join(symbol.name for symbol in outline.symbols)),
        said=indexed_text(" ".join(f"{symbol.doc} {symbol.signature}" for symbol in outline.symbols)),
        body=counted_text(_words(outline)),
    )


def key_of(path: str, data: bytes) -> str:
    """What a file's analysis depends on: its language and its content."""
    return f"{language_of(path) or 'text'}:{blake2b(data, digest_size=16).hexdigest()}"


def _row(symbol: Symbol) -> SymbolRow:
    return (
        symbol.name, symbol.qualname, symbol.kind, symbol.start_line, symbol.end_line,
        symbol.signature, symbol.doc, symbol.digest, symbol.body_digest,
    )  # fmt: skip


def _words(outline: Outline) -> Mapping[str, int]:
    words = Counter(outline.words)
    words.update(outline.prose)
    return {word: count for word, count in words.items() if len(word) < _LONGEST_RUN}


def _short(runs: list[str]) -> list[str]:
    return [run for run in runs if len(run) < _LONGEST_RUN]
