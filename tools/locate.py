"""The search step: from a task to the files, symbols and lines it is about."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import log

from tools import ripgrep
from tools.clues import Clues, clues_in, spellings
from tools.errors import SearchFailed
from tools.file_graph import FileGraph, file_graph
from tools.imports import ImportResolver
from tools.index import SymbolIndex
from tools.neighbourhood import neighbourhood
from tools.paths import PathBook, role_of
from tools.ranking import WEIGHTS, Evidence, RankedFile, Weights
from tools.repo_map import render_map
from tools.ripgrep import Wanted
from tools.snippets import RankedSymbol, Snippet, by_file, choose_snippets, rank_symbols
from tools.syntax import Symbol
from tools.words import terms
from tools.workspace import Workspace, decode

_CHARS_A_TOKEN = 4
_SMALL = 30  # files up to which the map shows them all
_READ_FILES = 24  # the likeliest, whose definitions are compared with the task
_MAPPED_FILES = 40
_MAP_SHARE = 0.4
_SEEDS = 12
_MOST_HITS = 2_000
_MOST_LITERALS = 12
_RIPGREP_S = 5.0
_DOCUMENTS = (".md", ".rst", ".txt", "changelog", "changes")
_MOST_DOCUMENTS = 5
_COMMON = 25  # a name or a text that stands in more files than this says little
_RANKED_FILES = 30
_RANKED_SYMBOLS = 20


def _documents(files: Sequence[RankedFile]) -> str:
    """The best of what is written for people: it may have to be kept in step."""
    named = [file.path for file in files if file.path.lower().endswith(_DOCUMENTS)][:_MOST_DOCUMENTS]
    return f"\nDocuments: {', '.join(named)}" if named else ""


@dataclass(frozen=True, slots=True)
class Hints:
    """Where others point to: anchors of recalled memories, files of a plan, places of a failure."""

    paths: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        files: the likeliest, best first, with reasons.
        symbols: the likeliest definitions.
        snippets: code to show.
        map: an outline of the repository, or of the part that matters.
        notes: what could not be used, in words for a person.
    """

    files: list[RankedFile]
    symbols: list[RankedSymbol]
    snippets: list[Snippet]
    map: str
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """What was found, as Markdown for a prompt."""
        parts = []
        if self.map:
            parts.append(f"Map (path, then line: definition):\n{self.map}")
        parts += [f"{s.path}:{s.start_line}-{s.end_line}\n```\n{s.text}\n```" for s in self.snippets]
        return "\n\n".join([*parts, *self.notes])

    def to_json(self) -> dict[str, object]:
        """What was found, for programs."""
        return {
            "files": [asdict(file) for file in self.files],
            "symbols": [
                {
                    "id": found.symbol.id(),
                    "kind": found.symbol.kind,
                    "start_line": found.symbol.start_line,
                    "end_line": found.symbol.end_line,
                    "signature": found.symbol.signature,
                    "score": found.score,
                    "why": found.why,
                }
                for found in self.symbols
            ],
            "snippets": [asdict(snippet) for snippet in self.snippets],
            "notes": list(self.notes),
        }


class Locator:
    """Finds what a task is about.

    Args:
        workspace: the repository.
        index: its symbol index.
        weights: how much each kind of evidence counts.
    """

    def __init__(self, workspace: Workspace, index: SymbolIndex, weights: Weights = WEIGHTS) -> None:
        self._workspace = workspace
        self._index = index
        self._weights = weights
        self._files: tuple[int, PathBook, ImportResolver] | None = None  # with the index's generation
        self._graph: tuple[int, FileGraph] | None = None

    def find(self, task: str, hints: Hints = Hints(), budget_tokens: int = 2500) -> Found:
        """Find the files, definitions and lines that a task is about.

        Args:
            task: what is to be done, in words; a traceback in it counts.
            hints: where memories or a plan point to.
            budget_tokens: the most that `Found.text` takes, at four characters a token.
        """
        self._index.refresh()
        clues = clues_in(task)
        evidence, notes = self.evidence(clues, hints)
        symbols, texts = self._look_closely(evidence, clues, hints)
        files = evidence.ranked(_RANKED_FILES + _MAPPED_FILES, self._weights)
        paths = self._book().paths
        if not files:
            files = [RankedFile(path, 0.0, []) for path in paths if role_of(path) == "code"]
        symbols = by_file(symbols, files)
        budget = budget_tokens * _CHARS_A_TOKEN
        drawn = self._map(paths, files, int(budget * _MAP_SHARE)) + _documents(files)
        snippets = choose_snippets(symbols, texts, clues.words, budget - len(drawn) - 60)
        return Found(files[:_RANKED_FILES], symbols[:_RANKED_SYMBOLS], snippets, drawn, notes)

    def evidence(self, clues: Clues, hints: Hints) -> tuple[Evidence, tuple[str, ...]]:
        """What is known about each file; and what could not be asked, in words."""
        evidence = Evidence()
        notes: tuple[str, ...] = ()
        self._note_names(evidence, clues, hints)
        words = self._index.match(clues.words)
        evidence.add_all("content", words.by_content)
        evidence.add_all("path", words.by_path)
        self._note_definitions(evidence, clues)
        try:
            self._note_literals(evidence, clues)
        except SearchFailed as error:
            notes = (str(error),)
        self._note_history(evidence, clues)
        self._note_tests(evidence)
        self._note_neighbours(evidence)
        return evidence, notes

    def _look_closely(
        self, evidence: Evidence, clues: Clues, hints: Hints
    ) -> tuple[list[RankedSymbol], dict[str, list[str]]]:
        """Compare the definitions of the likeliest files with the task; return them, and the files' lines."""
        read = [path for path, _ in evidence.best(_READ_FILES, self._weights)]
        outlines = self._index.outlines(read)
        texts = {path: lines for path in read if (lines := self._lines(path)) is not None}
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
        return symbols, texts

    def _book(self) -> PathBook:
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
            for path in self._book().meant(name):
                evidence.add("named", path, score, why)

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
        return [path for path in held if _holds("\n".join(self._lines(path) or ()), text)]

    def _by_ripgrep(self, texts: list[str]) -> list[tuple[str, list[str]]]:
        """The files that hold each of some texts that have no words to look up."""
        asked = Wanted(tuple(texts), any_case=True)
        found = ripgrep.find(self._workspace.root, asked, limit=_MOST_HITS, timeout_s=_RIPGREP_S)
        return [
            (text, list(dict.fromkeys(match.path for match in found.lines if _holds(match.text, text))))
            for text in texts
        ]

    def _note_history(self, evidence: Evidence, clues: Clues) -> None:
        history = self._index.history()
        here = frozenset(self._book().paths)
        similar = history.changed_by_similar(clues.words)
        evidence.add_all("history", ((path, score) for path, score in similar.items() if path in here))
        together = history.changed_with(dict(evidence.best(_SEEDS, self._weights)))
        evidence.add_all("together", ((path, score) for path, score in together.items() if path in here))
        evidence.add_all("often", ((path, score) for path, score in history.often.items() if path in here))

    def _note_tests(self, evidence: Evidence) -> None:
        """What the tests that fit are about: by their names."""
        for path, signals in evidence.scaled("test").items():
            for about in self._book().tested_by(path):
                evidence.add("tests", about, sum(signals.values()), f"{path} tests it")

    def _note_neighbours(self, evidence: Evidence) -> None:
        seeds = dict(evidence.best(_SEEDS, self._weights))
        graph = neighbourhood(self._index, list(seeds), self._known_files()[2])
        evidence.add_all("near", graph.near(seeds).items())

    def graph(self, paths: list[str]) -> FileGraph:
        """Which file uses which, as of the last refresh."""
        generation = self._index.generation
        if self._graph is None or self._graph[0] != generation:
            index = self._index
            graph = file_graph(paths, index.all_definitions(), index.all_uses(), index.all_imports())
            self._graph = (generation, graph)
        return self._graph[1]

    def _map(self, paths: Sequence[str], files: list[RankedFile], budget_chars: int) -> str:
        code = [path for path in paths if role_of(path) in ("code", "test")]
        if len(code) <= _SMALL:
            return render_map(code, self._index.outlines(code), budget_chars, whole=True)
        likely = [file.path for file in files if role_of(file.path) != "other"][:_MAPPED_FILES]
        return render_map(likely, self._index.outlines(likely), budget_chars)

    def _lines(self, path: str) -> list[str] | None:
        """The lines of a file that the index knows: one that git lists, so not beyond a link."""
        try:
            with (self._workspace.root / path).open("rb") as file:
                text = decode(file.read())
        except OSError:  # gone since the refresh
            return None
        return text.text.split("\n") if text is not None else None


def _holds(line: str, text: str) -> bool:
    """Whether a text stands there: a name as it is written, a sentence in any case."""
    return text in line or (" " in text and text.lower() in line.lower())
