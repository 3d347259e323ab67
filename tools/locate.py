"""The search step: from a task to the files, symbols and lines it is about."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from tools import ripgrep
from tools.clues import Clues, clues_in, spellings
from tools.errors import PathError, SearchFailed
from tools.file_graph import FileGraph, file_graph
from tools.git import Git
from tools.history import PastCommit, changed_by_similar, often_changed, past_commits
from tools.index import SymbolIndex
from tools.paths import role_of, subject_of
from tools.ranking import WEIGHTS, Evidence, RankedFile, Weights
from tools.repo_map import render_map
from tools.ripgrep import Wanted
from tools.snippets import RankedSymbol, Snippet, choose_snippets, rank_symbols
from tools.syntax import Symbol
from tools.workspace import Workspace

_CHARS_A_TOKEN = 4
_SMALL = 30  # files up to which the map shows them all
_READ_FILES = 12  # the likeliest, whose definitions are compared with the task
_MAPPED_FILES = 40
_MAP_SHARE = 0.4
_SEEDS = 12
_MOST_HITS = 2_000
_MOST_LITERALS = 12
_RIPGREP_S = 5.0
_COMMON = 25  # a name or a text that stands in more files than this says little
_RANKED_FILES = 30
_RANKED_SYMBOLS = 20


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
        self._graph: tuple[int, FileGraph] | None = None
        self._history: tuple[str, list[PastCommit]] | None = None  # with the commit it was read at

    def find(self, task: str, hints: Hints = Hints(), budget_tokens: int = 2500) -> Found:
        """Find the files, definitions and lines that a task is about.

        Args:
            task: what is to be done, in words; a traceback in it counts.
            hints: where memories or a plan point to.
            budget_tokens: the most that `Found.text` takes, at four characters a token.
        """
        self._index.refresh()
        paths = self._index.files()
        clues = clues_in(task)
        evidence, notes = self.evidence(clues, hints, paths)
        files = evidence.ranked(self._weights)
        if not files:
            files = [RankedFile(path, 0.0, []) for path in paths if role_of(path) == "code"]
        read = files[:_READ_FILES]
        outlines = self._index.outlines([file.path for file in read])
        texts = {file.path: lines for file in read if (lines := self._lines(file.path)) is not None}
        named = frozenset((*clues.identifiers, *hints.symbols, *(place.inside for place in clues.places)))
        symbols = rank_symbols(read, outlines, texts, clues.words, named - {""})
        budget = budget_tokens * _CHARS_A_TOKEN
        drawn = self._map(paths, files, int(budget * _MAP_SHARE))
        snippets = choose_snippets(symbols, texts, clues.words, budget - len(drawn) - 60)
        return Found(files[:_RANKED_FILES], symbols[:_RANKED_SYMBOLS], snippets, drawn, notes)

    def evidence(self, clues: Clues, hints: Hints, paths: list[str]) -> tuple[Evidence, tuple[str, ...]]:
        """What is known about each file; and what could not be asked, in words."""
        evidence = Evidence()
        notes: tuple[str, ...] = ()
        self._note_names(evidence, clues, hints, paths)
        words = self._index.match(clues.words)
        evidence.add_all("content", words.by_content)
        evidence.add_all("path", words.by_path)
        self._note_definitions(evidence, clues)
        try:
            self._note_literals(evidence, clues)
        except SearchFailed as error:
            notes = (str(error),)
        self._note_history(evidence, clues, paths)
        self._note_tests(evidence, paths)
        self._note_neighbours(evidence, paths)
        return evidence, notes

    def _note_names(self, evidence: Evidence, clues: Clues, hints: Hints, paths: list[str]) -> None:
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
        by_name = _by_file_name(paths)
        for name, score, why in said:
            for path in _meant(name, by_name):
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
        if not wanted:
            return
        asked = Wanted(tuple(wanted), any_case=True)
        found = ripgrep.find(self._workspace.root, asked, limit=_MOST_HITS, timeout_s=_RIPGREP_S)
        lines = [(match.path, match.text, match.text.lower()) for match in found.lines]
        for text in wanted:
            # A name is meant as it is written; a sentence may begin a line, or stand in its middle.
            if " " in text:
                where = {path for path, _, lowered in lines if text.lower() in lowered}
            else:
                where = {path for path, line, _ in lines if text in line}
            if 0 < len(where) <= _COMMON:
                for path in where:
                    evidence.add("literal", path, 1 / len(where), f"holds {text!r}")

    def _note_history(self, evidence: Evidence, clues: Clues, paths: list[str]) -> None:
        commits = self._past()
        here = set(paths)
        similar = changed_by_similar(commits, clues.words)
        evidence.add_all("history", ((path, score) for path, score in similar.items() if path in here))
        often = often_changed(commits)
        evidence.add_all("often", ((path, score) for path, score in often.items() if path in here))

    def _past(self) -> list[PastCommit]:
        head = Git(self._workspace.root).head() or ""
        if self._history is None or self._history[0] != head:
            self._history = (head, past_commits(self._workspace.root) if head else [])
        return self._history[1]

    def _note_tests(self, evidence: Evidence, paths: list[str]) -> None:
        """What the tests that fit are about: by their names."""
        by_stem: dict[str, list[str]] = {}
        for path in paths:
            if role_of(path) == "code":
                by_stem.setdefault(_stem(path), []).append(path)
        for path, signals in evidence.scaled().items():
            if role_of(path) == "test":
                for about in by_stem.get(subject_of(path), ()):
                    evidence.add("tests", about, sum(signals.values()), f"{path} tests it")

    def _note_neighbours(self, evidence: Evidence, paths: list[str]) -> None:
        seeds = {file.path: file.score for file in evidence.ranked(self._weights)[:_SEEDS]}
        evidence.add_all("near", self.graph(paths).near(seeds).items())

    def graph(self, paths: list[str]) -> FileGraph:
        """Which file uses which, as of the last refresh."""
        generation = self._index.generation
        if self._graph is None or self._graph[0] != generation:
            index = self._index
            graph = file_graph(paths, index.all_definitions(), index.all_uses(), index.all_imports())
            self._graph = (generation, graph)
        return self._graph[1]

    def _map(self, paths: list[str], files: list[RankedFile], budget_chars: int) -> str:
        code = [path for path in paths if role_of(path) in ("code", "test")]
        if len(code) <= _SMALL:
            return render_map(code, self._index.outlines(code), budget_chars, whole=True)
        likely = [file.path for file in files if role_of(file.path) != "other"][:_MAPPED_FILES]
        return render_map(likely, self._index.outlines(likely), budget_chars)

    def _lines(self, path: str) -> list[str] | None:
        try:
            return self._workspace.read(path).text.split("\n")
        except PathError:
            return None


def _by_file_name(paths: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.rpartition("/")[2], []).append(path)
    return found


def _meant(name: str, by_name: Mapping[str, list[str]]) -> list[str]:
    """The files a path may mean: itself, or those it ends with, or that end with it."""
    name = name.rstrip("/")
    same = by_name.get(name.rpartition("/")[2], [])
    fitting = [p for p in same if p == name or p.endswith(f"/{name}") or name.endswith(f"/{p}")]
    return fitting if len(fitting) <= 3 else [p for p in fitting if p == name]


def _stem(path: str) -> str:
    return re.sub(r"^_+", "", path.rpartition("/")[2].partition(".")[0])
