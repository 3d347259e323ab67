"""What one file gives to the index. Pure but for the reading, so that it can be done in other processes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from tools.languages import language_of
from tools.skipping import is_unreadable
from tools.syntax import Symbol, outline_of, runs
from tools.words import counted_text, indexed_text

SymbolRow = tuple[str, str, str, int, int, str, str]

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
        return Analysis(body=_body(runs(data)))
    outline = outline_of(path, data)
    return Analysis(
        symbols=[_row(symbol) for symbol in outline.symbols],
        imports=outline.imports,
        names=" ".join(f"{name} {count}" for name, count in outline.names.items()),
        defined=indexed_text(" ".join(symbol.name for symbol in outline.symbols)),
        said=indexed_text(" ".join(f"{symbol.doc} {symbol.signature}" for symbol in outline.symbols)),
        body=_body(outline.words),
    )


def key_of(path: str, data: bytes) -> str:
    """What a file's analysis depends on: its language and its content."""
    return f"{language_of(path) or 'text'}:{blake2b(data, digest_size=16).hexdigest()}"


def _row(symbol: Symbol) -> SymbolRow:
    return (
        symbol.name, symbol.qualname, symbol.kind, symbol.start_line, symbol.end_line,
        symbol.signature, symbol.doc,
    )  # fmt: skip


def _body(words: Mapping[str, int]) -> str:
    return counted_text({word: count for word, count in words.items() if len(word) < _LONGEST_RUN})
