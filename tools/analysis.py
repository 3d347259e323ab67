"""What files give to the index. Other processes find it: little is imported here, and plain rows go back."""

# As in listing.py, pathlib would cost more than the rest:
# ruff: noqa: PTH123

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from tools.languages import language_of
from tools.skipping import is_unreadable
from tools.syntax import Symbol, outline_of, runs
from tools.words import counted_text, indexed_text

SymbolRow = tuple[str, str, str, int, int, str, str]
Stamp = tuple[int, int]  # size and time

_LONGEST_RUN = 60  # what is longer is data


class Analysis(NamedTuple):
    """A file as the index keeps it.

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


class Reading(NamedTuple):
    """A file as it was read; without analysis where the index knows its content.

    Attributes:
        path: the file.
        key: what its analysis depends on.
        analysis: what it gives.
        stamp: its size and time before it was read.
    """

    path: str
    key: str
    analysis: Analysis | None
    stamp: Stamp


def read_all(given: tuple[str, frozenset[str]], batch: Sequence[tuple[str, Stamp]]) -> list[Reading]:
    """Read some files of a folder, and analyse those whose content is not known.

    Args:
        given: the folder, and the keys of what is known.
        batch: paths with their stamps; a file that is gone by now is left out.
    """
    root, known = given
    fresh: set[str] = set()
    readings = []
    for path, stamp in batch:
        try:
            with open(f"{root}/{path}", "rb") as file:
                data = file.read()
        except OSError:  # gone since it was listed, or not ours to read
            continue
        key = key_of(path, data)
        is_known = key in known or key in fresh
        readings.append(Reading(path, key, None if is_known else analyse(path, data), stamp))
        fresh.add(key)
    return readings


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
