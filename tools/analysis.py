"""What one file gives to the index. Pure, so that it can be done in other processes."""

import re
from dataclasses import dataclass

from tools.languages import language_of
from tools.skipping import is_unreadable
from tools.syntax import Outline, outline_of
from tools.words import indexed_text

_NO_OUTLINE = Outline([], [], {})


@dataclass(frozen=True, slots=True)
class Analysis:
    """A file as the index keeps it.

    Attributes:
        outline: definitions, imports, names; empty for text that is not code.
        defined: the words of what it defines.
        said: the words of its docstrings' first lines and signatures.
        body: all its words.
        is_skipped: nothing was read: binary, giant, minified, generated.
    """

    outline: Outline
    defined: str
    said: str
    body: str
    is_skipped: bool = False


def analyse(path: str, data: bytes) -> Analysis:
    """Read a file for the index. Never fails: what cannot be made out is left out."""
    is_source = language_of(path) is not None
    if is_unreadable(data, is_source=is_source):
        return Analysis(_NO_OUTLINE, "", "", "", is_skipped=True)
    outline = outline_of(path, data)
    text = data.decode("utf-8", "replace")
    return Analysis(
        outline=outline,
        defined=indexed_text(" ".join(symbol.name for symbol in outline.symbols)),
        said=indexed_text(" ".join(f"{symbol.doc} {symbol.signature}" for symbol in outline.symbols)),
        body=indexed_text(re.sub(r"\w{60,}", " ", text)),
    )


def analyse_all(files: list[tuple[str, bytes]]) -> list[Analysis]:
    """Several files, for one trip to a worker process."""
    return [analyse(path, data) for path, data in files]
