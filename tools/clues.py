"""What a task says about where to look: words, identifiers, literals, paths, places in tracebacks."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tools.words import STOP_WORDS, parts, terms

_FENCE = re.compile(r"^\s*```.*$", re.MULTILINE)
_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]{2,80})\1(?!`)")
_QUOTED = re.compile(r"(?<!\w)(?:\"([^\"\n]{3,80})\"|'([^'\n]{3,80})')(?!\w)")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_LOOKS_LIKE_CODE = re.compile(r"_|[a-z0-9][A-Z]|[A-Z]{2}[a-z]|^[A-Z][a-z]+[A-Z]")
_CALLED = re.compile(r"\b([A-Za-z_][\w.]*)\(")
_PATH = re.compile(
    r"(?<![\w/.:-])((?:[\w.@-]+/)*[\w@-][\w.@-]*\.[A-Za-z]\w{0,5}|(?:[\w.@-]+/)+[\w.@-]+)(?![\w/])"
)
_PLACE = re.compile(r"File \"([^\"\n]+)\", line (\d+)(?:, in (\S+))?|([\w./@-]+\.\w{1,5}):(\d+)")
_LONGEST_TASK = 20_000
# What tasks say of any code: the words of the order, not of its matter.
_ORDERS = frozenset(
    [
        "add",
        "added",
        "adds",
        "adding",
        "fix",
        "fixed",
        "fixes",
        "fixing",
        "implement",
        "implemented",
        "implements",
        "implementing",
        "change",
        "changed",
        "changes",
        "update",
        "updated",
        "updates",
        "support",
        "supports",
        "ensure",
        "ensures",
        "allow",
        "allows",
        "improve",
        "improves",
        "feature",
        "bug",
        "issue",
        "want",
        "wants",
        "need",
        "needs",
        "now",
        "currently",
        "instead",
    ]
)


@dataclass(frozen=True, slots=True)
class Place:
    """A line that a traceback or a message names; `inside` is the function, "" when it is not told."""

    path: str
    line: int
    inside: str


@dataclass(frozen=True, slots=True)
class Clues:
    """What a task says about where to look.

    Attributes:
        words: its terms, stemmed, with pairs of neighbours joined (`refund payment`, `refundpayment`).
        identifiers: what is written like code: `total_due`, `Invoice.total`, `parse()`, `whatever`.
        literals: what stands in quotes, and what is marked as code but is no name: `--no-cache`, `a/b`.
        paths: what looks like a path.
        places: lines named by tracebacks, innermost last.
    """

    words: tuple[str, ...]
    identifiers: tuple[str, ...]
    literals: tuple[str, ...]
    paths: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Hints:
    """Where others point to: anchors of recalled memories, files of a plan, places of a failure."""

    paths: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()


def clues_in(task: str) -> Clues:
    """Take a task apart."""
    text = _FENCE.sub("", task[:_LONGEST_TASK])
    marked = [code.strip() for _, code in _CODE.findall(text)]
    places = [
        Place((one or two).replace("\\", "/").removeprefix("./"), int(first or second), inside)
        for one, first, inside, two, second in _PLACE.findall(text)
    ]
    return Clues(
        words=_words(text),
        identifiers=_identifiers(text, marked),
        literals=_once([*(a or b for a, b in _QUOTED.findall(text)), *_told_literally(marked)]),
        paths=_once(path for named in _PATH.findall(text) for path in _as_meant(named)),
        places=tuple(places),
    )


def _told_literally(marked: Iterable[str]) -> Iterator[str]:
    """What is marked as code and is neither a name nor a call of one."""
    return (code for code in marked if not _DOTTED.fullmatch(code.removesuffix("()")))


def _as_meant(named: str) -> tuple[str, ...]:
    """A path as it is written, and without the @ of a mention: `@web/app.ts` is no scope of npm's."""
    path = named.rstrip(".").removeprefix("./")
    return (path, path[1:]) if path.startswith("@") else (path,)


def spellings(identifier: str) -> tuple[str, ...]:
    """The ways in which languages and layers write one name: snake_case, camelCase and the others."""
    words = parts(identifier)
    if len(words) < 2:
        return (identifier,)
    camel = words[0] + "".join(word.capitalize() for word in words[1:])
    pascal = "".join(word.capitalize() for word in words)
    return _once((identifier, "_".join(words), camel, pascal, "-".join(words), "_".join(words).upper()))


def _words(text: str) -> tuple[str, ...]:
    plain = [word for word in re.findall(r"\w+", text) if word.lower() not in STOP_WORDS | _ORDERS]
    found = terms(" ".join(plain))
    joined = [f"{one}{two}".lower() for one, two in pairwise(plain) if len(one) > 1 < len(two)]
    return _once([*found, *joined])


def _identifiers(text: str, marked: list[str]) -> tuple[str, ...]:
    """Names as code writes them; the last part of a dotted name too."""
    written = [word for code in marked for word in _DOTTED.findall(code)]
    written += _CALLED.findall(text)
    written += [word for word in _DOTTED.findall(text) if _LOOKS_LIKE_CODE.search(word)]
    split = [piece for word in written for piece in (word, word.rpartition(".")[2])]
    return _once(word for word in split if len(word) > 1 and word.lower() not in STOP_WORDS)


def _once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))
