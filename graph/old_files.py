"""Files as commits hold them, many in one git process, with the symbols in them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from tools.git import Git
from tools.syntax import Symbol, symbols_in

LARGEST = 1_000_000
_WORDS = re.compile(rb"[\w ]+")
_TOKEN = re.compile(rb"\w+|[^\w\s]")


@dataclass(frozen=True)
class Sighting:
    """A symbol in one version of a file."""

    symbol: Symbol
    source: bytes

    @property
    def name(self) -> str:
        """The last part of its name."""
        return self.symbol.qualname.rpartition(".")[2]

    @property
    def around(self) -> str:
        """The qualified name of the class that it lies in; empty at the top of a file."""
        return self.symbol.qualname.rpartition(".")[0]

    def head(self) -> bytes:
        """How its definition begins: up to its name where only words stand before it, else the whole line."""
        name = self.name.encode()
        line = next((line.strip() for line in self.source.splitlines() if name in line), b"")
        start = beginning(line)
        return start if name in start else line

    @cached_property
    def pairs(self) -> Counter[tuple[bytes, bytes]]:
        """Neighbouring tokens of its code, its own name left out, with how often they occur."""
        own = self.name.encode()
        tokens = [b"" if token == own else token for token in _TOKEN.findall(self.source)]
        return Counter(pairwise(tokens))

    def likeness(self, other: "Sighting") -> float:
        """How much of two symbols' code is the same, in [0, 1]: Dice's coefficient over token pairs."""
        if self.symbol.body_digest == other.symbol.body_digest:
            return 1.0
        total = self.pairs.total() + other.pairs.total()
        return 2 * (self.pairs & other.pairs).total() / total if total else 0.0


def beginning(line: bytes) -> bytes:
    """The words that a line begins with."""
    found = _WORDS.match(line)
    return found.group() if found else b""


def beginnings(source: bytes) -> Counter[bytes]:
    """How often each line, and each beginning of one, occurs."""
    lines = [line.strip() for line in source.splitlines()]
    return Counter(lines) + Counter(map(beginning, lines))


def alike(first: bytes, second: bytes) -> bool:
    """Whether one content is the other brought back: nine in ten lines are the same."""
    lines, others = (Counter(content.splitlines()) for content in (first, second))
    return first == second or 10 * (lines & others).total() >= 9 * max(lines.total(), others.total())


Outline = dict[str, Sighting]


def outline(path: str, source: bytes) -> Outline:
    """The symbols of a file by qualified name; of a property and its setter, the property."""
    lines = source.splitlines(keepends=True)
    found: Outline = {}
    for symbol in symbols_in(path, source):
        if symbol.kind != "module" and symbol.qualname not in found:
            code = b"".join(lines[symbol.start_line - 1 : symbol.end_line])
            found[symbol.qualname] = Sighting(symbol, code)
    return found


class OldFiles:
    """Reads versions of files, each content once.

    Args:
        git: The repository.
        most: How many contents are kept.
    """

    def __init__(self, git: Git, most: int = 1500) -> None:
        self._git = git
        self._most = most
        self._blobs: dict[str, str | None] = {}
        self._sources: dict[str, bytes] = {}
        self._outlines: dict[tuple[str, str], Outline] = {}

    def outline(self, commit: str, path: str) -> Outline:
        """The symbols of a file as a commit holds it; none where it is not there."""
        source = self.source(commit, path)
        blob = self._blobs[f"{commit}:{path}"]
        if source is None or blob is None:
            return {}
        key = (blob, _suffix(path))
        if key not in self._outlines:
            _let_go(self._outlines, self._most)
            self._outlines[key] = outline(path, source)
        return self._outlines[key]

    def source(self, commit: str, path: str) -> bytes | None:
        """A file as a commit holds it; None where it is not there, or too large."""
        name = f"{commit}:{path}"
        if name not in self._blobs or (self._blobs[name] or "") not in self._sources:
            self.prepare([(commit, path)])
        return self._sources.get(self._blobs[name] or "")

    def prepare(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Read versions ahead of their use, in one go."""
        asked = list(dict.fromkeys(f"{commit}:{path}" for commit, path in wanted))
        unknown = [name for name in asked if name not in self._blobs and "\n" not in name]
        self._blobs |= dict.fromkeys(name for name in asked if name not in self._blobs)
        self._blobs |= dict(zip(unknown, self._identities(unknown), strict=True))
        blobs = dict.fromkeys(blob for name in asked if (blob := self._blobs[name]))
        missing = [blob for blob in blobs if blob not in self._sources]
        _let_go(self._sources, self._most)
        self._sources |= dict(zip(missing, self._contents(missing), strict=True))

    def _identities(self, names: Sequence[str]) -> list[str | None]:
        """The blob that each `commit:path` stands for; None for what is no file, or too large a one."""
        if not names:
            return []
        asked = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
        done = self._git.call(
            "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", stdin=asked
        )
        return [_blob(line) for line in done.stdout.decode("utf-8", "replace").splitlines()]

    def _contents(self, blobs: Sequence[str]) -> list[bytes]:
        if not blobs:
            return []
        asked = "".join(f"{blob}\n" for blob in blobs).encode()
        output = self._git.call("cat-file", "--batch", stdin=asked).stdout
        contents = []
        position = 0
        for _ in blobs:
            end = output.index(b"\n", position)
            size = int(output[position:end].rpartition(b" ")[2])
            contents.append(output[end + 1 : end + 1 + size])
            position = end + 2 + size
        return contents


def _blob(line: str) -> str | None:
    parts = line.split(" ")
    is_file = len(parts) == 3 and parts[1] == "blob" and parts[2].isdigit()
    return parts[0] if is_file and int(parts[2]) <= LARGEST else None


def _suffix(path: str) -> str:
    """What decides how a file is parsed."""
    return path.rpartition("/")[2].rpartition(".")[2]


def _let_go(kept: dict[Any, Any], most: int) -> None:
    """Forget the oldest entries of a cache that has grown too large."""
    while len(kept) > most:
        del kept[next(iter(kept))]
