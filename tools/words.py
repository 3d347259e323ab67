"""Words of code and of prose: identifiers split, stop words dropped, the rest stemmed."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache

import snowballstemmer

_RUN = re.compile(r"\w+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_LONGEST_JOINED = 60  # characters: what is longer is no name that anyone asks for
_MOST_KEPT = 200_000  # words
_MOST_OFTEN = 6  # BM25 is flat beyond this, and a shorter text makes a smaller index
STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "after",
        "all",
        "also",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "before",
        "being",
        "but",
        "by",
        "can",
        "cannot",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "done",
        "for",
        "from",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "instead",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "let",
        "like",
        "make",
        "makes",
        "making",
        "may",
        "me",
        "might",
        "more",
        "most",
        "must",
        "my",
        "new",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "once",
        "only",
        "or",
        "other",
        "our",
        "out",
        "over",
        "own",
        "please",
        "s",
        "same",
        "she",
        "should",
        "so",
        "some",
        "such",
        "t",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "use",
        "used",
        "uses",
        "using",
        "very",
        "via",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "why",
        "will",
        "with",
        "without",
        "would",
        "you",
        "your",
        "self",
        "cls",
        "def",
        "return",
        "import",
        "none",
        "true",
        "false",
    ]
)

_stemmer = snowballstemmer.stemmer("english")
_stemmer_lock = threading.Lock()  # a stemmer keeps the word it works on


def terms(text: str) -> list[str]:
    """The terms of a text, in order: `refundPayments` gives refundpayments, refund, payment."""
    return [term for run in _RUN.findall(text) for term in terms_of(run)]


def indexed_text(text: str) -> str:
    """The terms of a text as a full-text index wants them; order is lost, many repeats are few."""
    return counted_text(Counter(_RUN.findall(text)))


def counted_text(runs: Mapping[str, int]) -> str:
    """The same for runs of word characters that are counted already."""
    written = _written
    return "".join([written[run] * min(count, _MOST_OFTEN) for run, count in runs.items()])


def parts(identifier: str) -> list[str]:
    """The words an identifier is made of, in lower case: `HTTPServer_v2` gives http, server, v, 2."""
    return [part.lower() for part in _PART.findall(identifier)]


@lru_cache(maxsize=200_000)
def terms_of(run: str) -> tuple[str, ...]:
    """The terms of one run of word characters."""
    return _split(run)


def _split(run: str) -> tuple[str, ...]:
    if run.isascii() and run.isalpha() and run.islower():  # one word: most runs are
        return (_stems[run],) if len(run) > 1 and run not in STOP_WORDS else ()
    pieces = parts(run)
    stems = tuple([_stems[piece] for piece in pieces if len(piece) > 1 and piece not in STOP_WORDS])
    return ("".join(pieces), *stems) if len(pieces) > 1 and len(run) < _LONGEST_JOINED else stems


class _Kept(dict[str, str]):
    """What was found out about words before: a plain dictionary, since millions are asked for.

    Args:
        find: gives what is not known yet.
    """

    def __init__(self, find: Callable[[str], str]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> str:
        if len(self) >= _MOST_KEPT:
            self.clear()
        found = self[word] = self._find(word)
        return found


def _stem(word: str) -> str:
    with _stemmer_lock:
        return str(_stemmer.stemWord(word))


_stems = _Kept(_stem)
_written = _Kept(lambda run: "".join([f" {term}" for term in _split(run)]))
