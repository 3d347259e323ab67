"""The witnesses of a search: each says of some files how likely a task is about them."""

from collections import defaultdict
from collections.abc import Mapping
from heapq import nlargest
from math import log, sqrt

from tools import ripgrep
from tools.clues import Clues, Hints, spellings
from tools.errors import SearchFailed
from tools.imports import ImportResolver
from tools.index import SymbolIndex
from tools.naming import best_names
from tools.neighbourhood import neighbourhood
from tools.paths import PathBook
from tools.ranking import Evidence, Weights
from tools.ripgrep import Wanted
from tools.symbol_ranking import RankedSymbol, rank_symbols
from tools.syntax import Symbol
from tools.words import terms
from tools.workspace import Workspace, decode

_READ_FILES = 16  # the likeliest, whose definitions are compared with the task
_SEEDS = 10
_MOST_HITS = 2_000
_MOST_LITERALS = 12
_MOST_NAMING = 60  # files whose names of definitions are compared with the task
_MOST_TESTS = 30
_MOST_FITTING = 200
_RIPGREP_S = 5.0
_COMMON = 25  # a name or a text that stands in more files than this says little


class Witnesses:
    """Asks whatever may know which files a task is about.

    Args:
        workspace: the repository.
        index: its symbol index, refreshed.
        weights: how much each witness counts; the later ones go on from what the others found.
    """

    def __init__(self, workspace: Workspace, index: SymbolIndex, weights: Weights) -> None:
        self._workspace = workspace
        self._index = index
        self._weights = weights
        self._files: tuple[int, PathBook, ImportResolver] | None = None  # with the index's generation

    def ask(
        self, clues: Clues, hints: Hints, content: Mapping[str, float] | None = None
    ) -> tuple[Evidence, tuple[str, ...]]:
        """What is known about each file; and what could not be asked, in words.

        Args:
            clues: what the task says.
            hints: where others point to.
            content: how well the text of all files fits, where the index has read only some: it knows the
                definitions of these, but not how rare a word is in the others.
        """
        evidence = Evidence(self.book().role)
        notes: tuple[str, ...] = ()
        self._note_names(evidence, clues, hints)
        words = self._index.match(clues.words)
        by_content = words.by_content if content is None else _joined(dict(words.by_content), content)
        evidence.add_all("content", by_content)
        evidence.add_all("path", words.by_path)
        self._note_namings(evidence, clues)
        self._note_definitions(evidence, clues)
        try:
            self._note_literals(evidence, clues)
        except SearchFailed as error:
            notes = (str(error),)
        self.look_back(evidence, clues)
        self._note_tested(evidence, by_content)
        self._note_neighbours(evidence)
        return evidence, notes

    def foresee(self, evidence: Evidence, clues: Clues, hints: Hints) -> None:
        """Add what is known of files by their paths alone, before they are read."""
        self._note_names(evidence, clues, hints)
        evidence.add_all("path", self._index.match(clues.words).by_path)
        evidence.add_all("alike", self.book().named_like(clues.words).items())

    def book(self) -> PathBook:
        """The paths of the index, as of the last refresh."""
        return self._known_files()[1]

    def _known_files(self) -> tuple[int, PathBook, ImportResolver]:
        generation = self._index.generation
        if self._files is None or self._files[0] != generation:
            paths = self._index.files()
            if self._files is not None and paths == self._files[1].paths:
                self._files = (generation, *self._files[1:])
            else:
                self._files = (generation, PathBook(paths), ImportResolver(paths))
        return self._files

    def look_closely(
        self, evidence: Evidence, clues: Clues, hints: Hints
    ) -> tuple[list[RankedSymbol], dict[str, list[str]], dict[str, list[Symbol]]]:
        """Compare the definitions of the likeliest files with the task.

        Returns:
            The definitions that fit, and the lines and the outlines of the files that were read.
        """
        read = [path for path, _ in evidence.best(_READ_FILES, self._weights)]
        outlines = self._index.outlines(read)
        texts = {path: lines for path in read if (lines := self.lines(path)) is not None}
        named = frozenset((*clues.identifiers, *hints.symbols, *(place.inside for place in clues.places)))
        symbols = rank_symbols(outlines, texts, clues.words, named - {""})
        best: dict[str, float] = {}
        for found in symbols:
            best.setdefault(found.symbol.path, found.score)
        evidence.add_all("symbol", best.items())
        words = frozenset(clues.words)
        for path in read:
            told = {term for symbol in outlines[path] for term in terms(symbol.name)}
            evidence.add("vocabulary", path, len(told & words))
            evidence.add("size", path, log(1 + len(texts.get(path, ()))))
            stem = path.rpartition("/")[2].partition(".")[0]
            if not words.isdisjoint(terms(stem)):
                evidence.add("stem", path, 1.0)
        return symbols, texts, outlines

    def _note_names(self, evidence: Evidence, clues: Clues, hints: Hints) -> None:
        """Files that the task, its tracebacks or memories name."""
        said = [(path, 1.0, "named in the task") for path in clues.paths]
        innermost = len(clues.places)
        said += [
            (place.path, 0.5 + 0.5 * (n + 1) / innermost, f"line {place.line} is in the traceback")
            for n, place in enumerate(clues.places)
        ]
        said += [(path, 0.6, "a memory or the plan points here") for path in hints.paths]
        said += [
            (symbol.rpartition("::")[0], 0.6, "a memory or the plan points here") for symbol in hints.symbols
        ]
        for name, score, why in said:
            for path in self.book().meant(name):
                evidence.add("named", path, score, why)

    def _note_namings(self, evidence: Evidence, clues: Clues) -> None:
        """Files whose definitions are named by the task's words, or that are named much like them."""
        named = best_names(self._index.names_like(clues.words, _MOST_NAMING), clues.words)
        evidence.add_all("names", named.items())
        evidence.add_all("alike", self.book().named_like(clues.words).items())

    def _note_definitions(self, evidence: Evidence, clues: Clues) -> None:
        for identifier in clues.identifiers:
            where: dict[str, Symbol] = {}
            for spelling in spellings(identifier):
                for symbol in self._index.find(spelling):
                    where.setdefault(symbol.path, symbol)
            if len(where) <= _COMMON:
                for path, symbol in where.items():
                    evidence.add("defines", path, 1 / len(where), f"defines {symbol.qualname}")

    def _note_literals(self, evidence: Evidence, clues: Clues) -> None:
        """Texts the task quotes, and identifiers, wherever they stand: in strings and templates too."""
        wanted = [text for text in (*clues.literals, *clues.identifiers) if len(text) > 2][:_MOST_LITERALS]
        without_words = [text for text in wanted if not terms(text)]
        found = dict(self._by_ripgrep(without_words)) if without_words else {}
        for text in wanted:
            where = found[text] if text in found else self._by_index(text)
            if 0 < len(where) <= _COMMON:
                for path in where:
                    evidence.add("literal", path, 1 / len(where), f"holds {text!r}")

    def _by_index(self, text: str) -> list[str]:
        """The files that hold a text: those that hold its words, looked into."""
        held = self._index.holding(terms(text), 2 * _COMMON)
        if len(held) == 2 * _COMMON:
            return held
        written = spellings(text) if text.isidentifier() else (text,)
        return [path for path in held if _holds("\n".join(self.lines(path) or ()), *written)]

    def _by_ripgrep(self, texts: list[str]) -> list[tuple[str, list[str]]]:
        """The files that hold each of some texts that have no words to look up."""
        asked = Wanted(tuple(texts), any_case=True)
        found = ripgrep.find(self._workspace.root, asked, limit=_MOST_HITS, timeout_s=_RIPGREP_S)
        return [
            (text, list(dict.fromkeys(match.path for match in found.lines if _holds(match.text, text))))
            for text in texts
        ]

    def look_back(self, evidence: Evidence, clues: Clues) -> None:
        """Add what the history says of files, going on from what others found."""
        history = self._index.history()
        here = frozenset(self.book().paths)
        similar = history.changed_by_similar(clues.words)
        evidence.add_all("history", ((path, score) for path, score in similar.items() if path in here))
        about = history.messages_about(clues.words)
        evidence.add_all("messages", ((path, score) for path, score in about.items() if path in here))
        together = history.changed_with(dict(evidence.best(_SEEDS, self._weights)))
        evidence.add_all("together", ((path, score) for path, score in together.items() if path in here))
        # Where nothing else is known, what changes often is all there is to say.
        known = evidence.paths() or here
        evidence.add_all("often", ((path, score) for path, score in history.often.items() if path in known))
        ages = ((path, age) for path, age in history.last.items() if path in known)
        evidence.add_all("latest", ((path, 1 / (1 + age)) for path, age in ages))

    def _note_tested(self, evidence: Evidence, by_content: list[tuple[str, float]]) -> None:
        """What the tests that fit are about, by their names, and import; of much, each a little."""
        role, resolver = self.book().role, self._known_files()[2]
        tests = [(path, score) for path, score in by_content if role(path) == "test"][:_MOST_TESTS]
        imported: dict[str, set[str]] = {path: set() for path, _ in tests}
        for path, target in self._index.imports_in(list(imported)):
            found = resolver.resolve(target, path)
            if found is not None and role(found) == "code":
                imported[path].add(found)
        best: dict[str, tuple[float, str]] = {}
        for path, score in tests:
            about = dict.fromkeys(imported[path], score / sqrt(max(1, len(imported[path]))))
            about |= dict.fromkeys(self.book().tested_by(path), score)
            for found, share in about.items():
                best[found] = max(best.get(found, (0.0, "")), (share, path))
        for found, (share, path) in best.items():
            evidence.add("tested", found, share, f"{path} tests it")

    def _note_neighbours(self, evidence: Evidence) -> None:
        seeds = dict(evidence.best(_SEEDS, self._weights))
        graph = neighbourhood(self._index, list(seeds), self._known_files()[2])
        evidence.add_all("near", graph.near(seeds).items())

    def lines(self, path: str) -> list[str] | None:
        """The lines of a file that the index knows: one that git lists, so not beyond a link."""
        try:
            with (self._workspace.root / path).open("rb") as file:
                text = decode(file.read())
        except OSError:  # gone since the refresh
            return None
        return text.text.split("\n") if text is not None else None


def _holds(lines: str, *texts: str) -> bool:
    """Whether one of some texts stands there: a name as it is written, a sentence in any case."""
    return any(text in lines or (" " in text and text.lower() in lines.lower()) for text in texts)


def _joined(one: Mapping[str, float], other: Mapping[str, float]) -> list[tuple[str, float]]:
    """Files by two kinds of score, each as a share of its best; the best files first."""
    shares = [(scores, max(scores.values(), default=0.0)) for scores in (one, other)]
    found: dict[str, float] = defaultdict(float)
    for scores, best in shares:
        for path, score in scores.items() if best > 0 else ():
            found[path] += score / best
    return nlargest(_MOST_FITTING, found.items(), key=lambda item: item[1])
