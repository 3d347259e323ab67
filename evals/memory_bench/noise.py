"""Noisy memories: statements, the same in other words, and others that only look alike.

What is written by hand stands in `data/noise_*.toml`; operators that keep the meaning multiply it.
"""

import random
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

SPLITS = ("dev", "heldout")
Split = Literal["dev", "heldout"]
_WORDS = {"2": "two", "3": "three", "5": "five", "8": "eight", "10": "ten", "12": "twelve", "15": "fifteen"}
_SHORT = {f"{verb} not": f"{verb}n't" for verb in ("do", "does", "is", "are", "must", "has")}
_NAME = re.compile(r"(?<![`\w])[A-Za-z_][\w/]*(?:[./_]\w+)+(?:\(\))?(?![`\w])")


@dataclass(frozen=True)
class Fact:
    """A statement of one repository, and what is said around it.

    Attributes:
        repo: Number of the repository; two of them do not contradict one another.
        say: The statement.
        same: The same in other words.
        other: Other statements, which hold beside it.
        against: Statements that contradict it.
    """

    repo: int
    say: str
    same: tuple[str, ...]
    other: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True)
class Noise:
    """One part of the set: dev, or held out.

    Attributes:
        guides: Paths and texts of the guides of each repository.
        restated: What the guides say, in other words.
        fresh: What they do not say, about the same.
        passing: What holds for a moment.
        lasting: What only sounds like that.
        before: Openings that say nothing.
        after: Endings that say nothing.
        free: Statements, and the same as somebody else would put it.
    """

    facts: tuple[Fact, ...]
    guides: tuple[tuple[str, str], ...]
    restated: tuple[str, ...]
    fresh: tuple[str, ...]
    passing: tuple[str, ...]
    lasting: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    free: tuple[tuple[str, str], ...]

    def disguised(self, text: str, chance: random.Random) -> str:
        """The same text with up to three operators at it that keep its meaning."""
        operators = [self._framed, self._ended, _quoted, _shortened, _spelled_out, _spaced]
        for operator in chance.sample(operators, chance.randint(0, 3)):
            text = operator(text, chance)
        return text

    def _framed(self, text: str, chance: random.Random) -> str:
        opening = chance.choice(self.before)
        plain = text[:1].isupper() and text[1:2].islower() and not _NAME.match(text)
        return opening + (text[0].lower() + text[1:] if plain and opening.endswith(("that ", ", ")) else text)

    def _ended(self, text: str, chance: random.Random) -> str:
        return text.rstrip(".") + chance.choice(self.after)


def read(split: Split) -> Noise:
    """One part of the set, slots filled."""
    file = Path(__file__).parent / "data" / f"noise_{split}.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return Noise(
        tuple(fact for group in data["group"] for fact in _facts(group)),
        tuple(data["docs"].items()),
        tuple(data["restated"]["lines"]),
        tuple(data["restated"]["fresh"]),
        tuple(data["ephemera"]["noise"]),
        tuple(data["ephemera"]["keep"]),
        tuple(data["operators"]["before"]),
        tuple(data["operators"]["after"]),
        tuple((say, same) for say, same in data.get("free", {"pairs": ()})["pairs"]),
    )


def _facts(group: Mapping[str, Any]) -> Iterator[Fact]:
    for repo, slots in enumerate(group.get("fill", [{}])):

        def filled(text: str, slots: Mapping[str, str] = slots) -> str:
            for name, value in slots.items():
                text = text.replace(f"{{{name}}}", value)
            return text

        same, other, against = (tuple(map(filled, group[name])) for name in ("same", "other", "against"))
        yield Fact(repo, filled(group["say"]), same, other, against)


def _quoted(text: str, chance: random.Random) -> str:
    return text if "`" in text else _NAME.sub(lambda found: f"`{found[0]}`", text)


def _shortened(text: str, chance: random.Random) -> str:
    for long, short in _SHORT.items():
        text = text.replace(long, short)
    return text


def _spelled_out(text: str, chance: random.Random) -> str:
    return re.sub(r"(?<![\w.,])\d+(?![\w.,%])", lambda found: _WORDS.get(found[0], found[0]), text)


def _spaced(text: str, chance: random.Random) -> str:
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    if not spaces:
        return text
    place = chance.choice(spaces)
    return text[:place] + chance.choice(("\n", "  ")) + text[place + 1 :]
