"""The search step: from a task to the files, symbols and lines it is about."""

import gc
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from tools.clues import Clues, Hints, clues_in
from tools.errors import SearchFailed
from tools.file_graph import FileGraph, file_graph
from tools.first_look import FirstLook
from tools.index import SymbolIndex
from tools.paths import Role, role_of
from tools.ranking import WEIGHTS, RankedFile, Weights
from tools.reading_behind import Progress
from tools.repo_map import render_map
from tools.snippets import Snippet, choose_snippets
from tools.symbol_ranking import RankedSymbol, likeliest, pointed_at, rank_symbols
from tools.syntax import Symbol, symbols_in
from tools.text_search import files_by_text
from tools.witnesses import Witnesses
from tools.workspace import Workspace

__all__ = ["Found", "Hints", "Locator"]

_CHARS_A_TOKEN = 4
_SMALL = 30  # files up to which the map shows them all
_READ_FILES = 16  # where ripgrep has to do alone
_MAPPED_CODE, _MAPPED_TESTS = 8, 5
_BEFORE_TESTS = 3  # files of code that stand before the tests in the map
_MAP_SHARE = 0.2
_DOCUMENTS = (".md", ".rst", ".txt", "changelog", "changes")
_MOST_DOCUMENTS = 4
_CHANGELOG = re.compile(r"(changelog|changes|history|news)(\.\w+)?", re.IGNORECASE)
_RANKED_FILES = 30
_LOOKED_AT = 70  # files among which those for the map are found
_RANKED_SYMBOLS = 20
_NO_HINTS = Hints()


def _documents(files: Sequence[RankedFile], root: Path) -> str:
    """The changelog, and the best of what else is written for people: it may have to be kept in step."""
    named = sorted(file.name for file in root.iterdir() if _CHANGELOG.fullmatch(file.name))[:1]
    named += [file.path for file in files if file.path.lower().endswith(_DOCUMENTS)][:_MOST_DOCUMENTS]
    named = list(dict.fromkeys(named))
    return f"\nDocuments: {', '.join(named)}" if named else ""


_REBUILT = "The index file was broken, or of another version, and has been made anew."


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        files: the likeliest, best first, with reasons.
        symbols: the likeliest definitions.
        snippets: code to show.
        map: an outline of the repository, or of the part that matters.
        notes: what could not be used, in words for a person.
        files_there: how many files the index knows.
        files_unread: of how many of them it knows no more than the path yet.
    """

    files: list[RankedFile]
    symbols: list[RankedSymbol]
    snippets: list[Snippet]
    map: str
    notes: tuple[str, ...] = ()
    files_there: int = 0
    files_unread: int = 0

    def text(self) -> str:
        """What was found, as Markdown for a prompt."""
        parts = []
        if self.map:
            parts.append(f"Map (file: names it defines; below, members of a class):\n{self.map}")
        parts += [f"{s.path}\n```\n{s.text}\n```" for s in self.snippets]
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
        may_show: whether what a file holds may be shown.
    """

    def __init__(
        self,
        workspace: Workspace,
        index: SymbolIndex,
        weights: Weights = WEIGHTS,
        may_show: Callable[[str], bool] = bool,
    ) -> None:
        self._may_show = may_show
        self._workspace = workspace
        self._index = index
        self._weights = weights
        self._witnesses = Witnesses(workspace, index, weights)
        self._graph: tuple[int, FileGraph] | None = None
        self._told_rebuilt = False

    def find(
        self,
        task: str,
        hints: Hints = _NO_HINTS,
        budget_tokens: int = 2500,
        progress: Progress | None = None,
    ) -> Found:
        """Find the files, definitions and lines that a task is about.

        Args:
            task: what is to be done, in words; a traceback in it counts.
            hints: where memories or a plan point to.
            budget_tokens: the most that `Found.text` takes, at four characters a token.
            progress: called with the number of files read and to read, where the index has to read.
        """
        clues = clues_in(task)
        try:
            return self._find(clues, hints, budget_tokens, progress)
        except sqlite3.OperationalError as error:
            return self._without_index(clues, str(error), budget_tokens)

    def _find(self, clues: Clues, hints: Hints, budget_tokens: int, progress: Progress | None) -> Found:
        with closing(FirstLook(self._workspace.root, self._witnesses, clues, hints)) as first:
            if self._index.is_empty():
                first.begin()
            try:
                done = self._index.glance(first.likeliest, progress)
            except SearchFailed:  # without ripgrep nobody knows what to read first
                done = self._index.refresh(progress)
        is_news = done.was_rebuilt and not self._told_rebuilt
        self._told_rebuilt = self._told_rebuilt or is_news
        with _collecting_later():
            found = self._weighed(clues, hints, budget_tokens, first.content)
        if done.unread:
            self._index.read_on()
        found = replace(found, files_there=done.files, files_unread=done.unread)
        return replace(found, notes=(*found.notes, _REBUILT)) if is_news else found

    def _weighed(
        self, clues: Clues, hints: Hints, budget_tokens: int, content: Mapping[str, float] | None
    ) -> Found:
        """Ask the index, as of its last refresh."""
        evidence, notes = self._witnesses.ask(clues, hints, content)
        symbols, texts, outlines = self._witnesses.look_closely(evidence, clues, hints)
        symbols = [found for found in symbols if self._may_show(found.symbol.path)]
        ranked = evidence.ranked(_LOOKED_AT, self._weights)
        files = [file for file in ranked if self._may_show(file.path)]
        if not files:
            files = [RankedFile(path, 0.0, []) for path in self._code(("code",))]
        pointed = {*hints.symbols, *pointed_at(outlines, clues.places)}
        symbols = likeliest(symbols, files, texts, pointed)
        budget = budget_tokens * _CHARS_A_TOKEN
        told = _documents(files, self._workspace.root)
        drawn = self._map(outlines, files, symbols, clues, int(budget * _MAP_SHARE) - len(told)) + told
        room = budget - len(drawn) - 60
        snippets = choose_snippets(symbols, outlines, texts, clues.words, room)
        return Found(files[:_RANKED_FILES], symbols[:_RANKED_SYMBOLS], snippets, drawn, notes)

    def _without_index(self, clues: Clues, why: str, budget_tokens: int) -> Found:
        """What ripgrep and a parser find alone."""
        note = f"The index cannot be used ({why}); ripgrep found this alone. Free its disk."
        try:
            ranked = files_by_text(self._workspace.root, clues.words)
            files = [file for file in ranked if self._may_show(file.path)]
        except SearchFailed as error:
            return Found([], [], [], "", (note, str(error)))
        texts = {
            f.path: lines for f in files[:_READ_FILES] if (lines := self._witnesses.lines(f.path)) is not None
        }
        outlines = {path: symbols_in(path, "\n".join(lines).encode()) for path, lines in texts.items()}
        fitting = rank_symbols(outlines, texts, clues.words, frozenset(clues.identifiers))
        symbols = likeliest(fitting, files, texts, pointed_at(outlines, clues.places))
        budget = budget_tokens * _CHARS_A_TOKEN - len(note)
        ids = [found.symbol.id() for found in symbols]
        drawn = render_map(list(texts), outlines, ids, clues.words, int(budget * _MAP_SHARE))
        room = budget - len(drawn) - 60
        snippets = choose_snippets(symbols, outlines, texts, clues.words, room)
        return Found(files[:_RANKED_FILES], symbols[:_RANKED_SYMBOLS], snippets, drawn, (note,))

    def graph(self, paths: list[str]) -> FileGraph:
        """Which file uses which, as of the last refresh."""
        generation = self._index.generation
        if self._graph is None or self._graph[0] != generation:
            index = self._index
            graph = file_graph(paths, index.all_definitions(), index.all_uses(), index.all_imports())
            self._graph = (generation, graph)
        return self._graph[1]

    def _map(
        self,
        known: dict[str, list[Symbol]],
        files: list[RankedFile],
        symbols: list[RankedSymbol],
        clues: Clues,
        budget_chars: int,
    ) -> str:
        likely = [file.path for file in files if role_of(file.path) != "other"]
        tests = [path for path in likely if role_of(path) == "test"][:_MAPPED_TESTS]
        likely = [path for path in likely if role_of(path) == "code"][:_MAPPED_CODE]
        likely = [*likely[:_BEFORE_TESTS], *tests, *likely[_BEFORE_TESTS:]]
        others = list(islice(self._code(("code", "test")), _SMALL + 1))
        if len(others) > _SMALL:
            others = []
        ids = [found.symbol.id() for found in symbols]
        outlines = known | self._index.outlines([path for path in likely if path not in known])
        return render_map(likely, outlines, ids, clues.words, budget_chars, others)

    def _code(self, roles: tuple[Role, ...]) -> Iterator[str]:
        """The files of some roles that may be shown."""
        paths = self._witnesses.book().paths
        return (path for path in paths if role_of(path) in roles and self._may_show(path))


@contextmanager
def _collecting_later() -> Iterator[None]:
    """What a search makes is gone when it ends; looking for circles amid it took a seventh of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
