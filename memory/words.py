"""The words of a text as they count: concepts, names and numbers. `memory.lexicon` knows the English."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from memory.lexicon import COMPOUNDS, FRAMES, IRREGULAR, NUMBERS, PHRASES, SPELLING, STOP, SYNONYMS

NEGATIONS = frozenset(("not", "no", "never", "avoid", "without", "neither", "nor", "cannot", "except"))
ENDS = frozenset(";:,.!?()")
_CHUNK = re.compile(r"`[^`\n]*`|[;:,.!?](?=\s|$)|\(|\)|[^\s`;,()\"“”]+")
_NAME = re.compile(r"[/\\_*@#$<>=~]|::|\w\.\w|[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]{3}|^--?\w|^\.\w|\d:\d")
_NUMBER = re.compile(r"^v?(\d[\d,]*(?:\.\d+)*)(%|[a-zA-Z]{0,2})$")
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "%": "percent", "k": "kilobyte"}
_QUOTED = re.compile(r"`[^`\n]*`")
_STAND_IN = 0xE000  # the first of the code points that mean nothing
_SPELLED_OUT = re.compile(rf"\b(?:{'|'.join(set(NUMBERS) - {'one', 'zero'})})\b", re.IGNORECASE)
_CONTRASTS = re.compile(r"\brather than\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it counts: its concept ("" for none), and the word itself in lower case.

    Attributes:
        firm: A name, a number, or quoted: it has to be there.
        opening: It has a capital, but may have it only because it opens a sentence.
    """

    concept: str
    word: str
    firm: bool = False
    opening: bool = False


def tokens_of(text: str) -> list[Token]:
    """The words of a text and the marks between them, turns of phrase made plain."""
    return _tokens(_prepared(text))


@cache
def concept_of(word: str) -> str:
    """The concept that a plain word in lower case stands for."""
    if word in NUMBERS:
        return NUMBERS[word]
    known = _synonyms()
    word = IRREGULAR.get(word, word)
    if word in known:
        return known[word]
    stem = root_of(word)
    return known.get(f"~{stem}", stem)


@cache
def root_of(word: str) -> str:
    """What is common to the forms of a word in lower case."""
    word = IRREGULAR.get(word, word)
    for pattern, repl in SPELLING:
        word = pattern.sub(repl, word)
    return str(_stemmer().stemWord(word))


def stems(words: Iterable[str]) -> frozenset[str]:
    """The concepts of words of the lexicon."""
    return frozenset(concept_of(word) for word in words)


def _prepared(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate({0x2019: "'", 0x2018: "'", 0x2011: "-"})
    plain = re.sub(r"n't\b", " not", plain)
    plain = re.sub(r"'(?:s|re|ve|ll|d|m)\b|(?<=s)'(?=\s)", "", plain)
    plain = re.sub(r"\b([A-Z]{2,})s\b", r"\1", plain)  # PDFs, URLs
    plain = re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", plain)  # 10,000
    plain = re.sub(
        r"(?<!\S)/`([^`/])", r"`/\1", plain
    )  # the slash belongs to the path that is quoted behind it
    plain = re.sub(r"(?<=\w)\(\)", "", plain)  # a call: brackets end a part elsewhere
    quoted = _QUOTED.findall(plain)
    for number, span in enumerate(quoted):
        plain = plain.replace(span, chr(_STAND_IN + number), 1)
    plain = _reworded(re.sub(r"\s+", " ", plain))
    for number, span in enumerate(quoted):
        plain = plain.replace(chr(_STAND_IN + number), span)
    return plain


def _reworded(text: str) -> str:
    text = _SPELLED_OUT.sub(lambda found: NUMBERS[found[0].casefold()], FRAMES.sub(" ", text))
    for pattern, repl in PHRASES:
        text = pattern.sub(repl, text)
    text = COMPOUNDS.sub(lambda found: re.sub("[- ]", "", found[0]), text)
    return _CONTRASTS.sub(", not", text)


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    starts = True
    for chunk in _CHUNK.findall(re.sub(r"([:;,.!?])(?=\s|$)", r" \1 ", text)):
        if chunk in ENDS:
            tokens.append(Token("", chunk))
            starts = starts or chunk in ".!?:"
            continue
        if chunk.startswith("`"):
            tokens += [token for word in chunk.strip("`").split() for token in _of_word(word, quoted=True)]
        else:
            tokens += _of_word(chunk, proper=not starts)
        starts = False
    return tokens


def _of_word(chunk: str, *, proper: bool = False, quoted: bool = False) -> list[Token]:
    """The tokens of what stands between two spaces."""
    word = chunk.strip("'\"*[]{}").rstrip(".:!?").removesuffix("()")
    if number := _NUMBER.match(word):
        return _number(*number.groups())
    lowered = word.casefold()
    if _NAME.search(word):
        plain = lowered.strip("*_").rstrip("/") or word
        return [Token(_synonyms().get(plain, plain), word, firm=True)]
    parts = [part for part in re.split(r"[-/'’]+", lowered) if part]
    if len(parts) > 1:
        return [token for part in parts for token in _of_word(part, quoted=quoted)]
    bare = "percent" if lowered == "%" else re.sub(r"\W", "", lowered)
    if not bare:
        return []
    if bare in NEGATIONS or (bare in STOP and not quoted):
        return [Token("", bare)]
    firm = quoted or (proper and word[:1].isupper()) or (len(word) > 1 and word.isupper())
    opening = not proper and word[:1].isupper()
    return [Token(concept_of(bare), bare, firm or (bare in NUMBERS and bare != "one"), opening)]


def _number(digits: str, unit: str) -> list[Token]:
    tokens = [Token(digits.replace(",", ""), digits, firm=True)]
    if unit:
        tokens.append(Token(_UNITS.get(unit.casefold()) or concept_of(unit.casefold()), unit))
    return tokens


@cache
def _synonyms() -> dict[str, str]:
    """Words, and `~stem` of words, of a group to its concept."""
    known: dict[str, str] = {}
    for words in SYNONYMS:
        known |= dict.fromkeys(words, words[0])
        for word in words:
            known.setdefault(f"~{_stemmer().stemWord(word)}", words[0])
    return known


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
