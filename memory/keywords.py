"""Words to find memories by: identifiers are split, question words are left out."""

import re
from collections.abc import Iterable

_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_WORD = re.compile(r"\w+")
_STOP_WORDS = """a about after all also am an and any are as at be because been but by can could did do does
doing for from get had has have having he her hers him his how i if in into is it its itself just me more
most my no nor not of on once only or other our out over own same she should so some such than that
the their them then there these they this those through to too under until up us very was we were
what when where which while who whom why will with would you your"""
_STOP = frozenset(_STOP_WORDS.split())


def pieces(word: str) -> list[str]:
    """The parts of an identifier in lower case: `HTTPServer_v2` gives http, server, v, 2."""
    return [piece.lower() for piece in _PIECES.findall(word)]


def expanded(text: str) -> str:
    """Text with the parts of its compound identifiers added, for the index."""
    extra = (
        piece
        for word in dict.fromkeys(_WORD.findall(text))
        if len(parts := pieces(word)) > 1
        for piece in parts
    )
    return " ".join([text, *extra])


def terms(query: str) -> list[str]:
    """The words of a query worth looking up, each once: whole words and the parts of identifiers."""
    found: dict[str, None] = {}
    for word in _WORD.findall(query):
        for term in (*word.lower().split("_"), *pieces(word)):
            if term and term not in _STOP:
                found.setdefault(term)
    return list(found)


def match(words: Iterable[str]) -> str:
    """An FTS5 query for documents with at least one of the words; empty for no words.

    Each word is quoted, so that nothing in a user's text is read as FTS5 syntax.
    """
    return " OR ".join(f'"{word}"' for word in words)
