"""How much of the code that a change touches the model sees in its first message.

A case is a commit, as for `evals.localisation`. What the search step puts into the first message is read as
the model reads it: which lines of which files stand in it, and which names in the map. It is compared with
the functions and the lines that the real commit changed.
"""

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.git import Git
from tools.index import SymbolIndex
from tools.locate import Locator
from tools.syntax import Symbol, symbols_in
from tools.temporary import temporary_folder
from tools.workspace import Workspace

CHARS_A_TOKEN = 4
COLUMNS = ("excerpt", "lines", "any", "in map", "tests", "headless", "excerpts", "map tok", "exc. tok")
LEGEND = """\
excerpt: changed definitions of which a line is shown; lines: shown whole, or with all lines that changed;
any: cases with at least one such; in map: named in the map; tests: cases of which a changed file of tests is
named; headless: pieces of excerpts that begin inside of a definition without its first lines; percent."""
_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? ", re.MULTILINE)
_NUMBERED = re.compile(r"^ *(\d+)\t", re.MULTILINE)
_EXCERPT = re.compile(r"^(?P<path>[^\n`]+?)(?::\d+-\d+)?\n```\n(?P<code>.*?)\n```$", re.MULTILINE | re.DOTALL)
_PERCENT = ("excerpt", "lines", "any", "in map", "tests", "headless")
_HEAD_LINES = 4  # the name of a definition may stand below decorators
_WIDTH = 10  # of a column


@dataclass(frozen=True)
class Shown:
    """What a model sees of the code.

    Attributes:
        lines: the numbers of the lines that stand in excerpts, by file.
        starts: where each unbroken piece of an excerpt begins.
        map: what the map says of each file.
        map_chars: the length of the map.
        excerpt_chars: the length of the excerpts.
        excerpts: how many there are.
    """

    lines: Mapping[str, frozenset[int]]
    starts: Sequence[tuple[str, int]]
    map: Mapping[str, str]
    map_chars: int
    excerpt_chars: int
    excerpts: int


@dataclass(frozen=True)
class Change:
    """What a commit changed in one file, by the lines before it.

    Attributes:
        path: the file.
        symbols: the file's definitions.
        hunks: the lines that were changed; of what was only added, the two lines around it.
        added: the latter.
    """

    path: str
    symbols: Sequence[Symbol]
    hunks: Sequence[range]
    added: frozenset[range]

    def inside(self, hunk: range) -> str:
        """The id of the innermost definition that a change lies in, "" at the top of the file."""
        around = [s for s in self.symbols if s.start_line <= hunk[-1] and hunk[0] <= s.end_line]
        return min(around, key=lambda s: s.end_line - s.start_line).id() if around else ""


@dataclass
class Sight:
    """Sums over cases; `row` gives means."""

    cases: int = 0
    sums: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def row(self) -> str:
        """The means, for a table."""
        return "".join(self._cell(name) for name in COLUMNS)

    def _cell(self, name: str) -> str:
        mean = self.sums[name] / max(1, self.cases)
        return f"{100 * mean:{_WIDTH}.1f}" if name in _PERCENT else f"{mean:{_WIDTH}.1f}"


def read_message(text: str) -> Shown:
    """What the part of a first message that tells of the code shows."""
    lines: dict[str, set[int]] = defaultdict(set)
    starts: list[tuple[str, int]] = []
    found = list(_EXCERPT.finditer(text))
    for excerpt in found:
        numbers = [int(number) for number in _NUMBERED.findall(excerpt["code"])]
        starts += [
            (excerpt["path"], n)
            for n, before in zip(numbers, [-1, *numbers], strict=False)
            if n != before + 1
        ]
        lines[excerpt["path"]].update(numbers)
    drawn = text[: found[0].start()] if found else text
    return Shown(
        {path: frozenset(numbers) for path, numbers in lines.items()},
        starts,
        _by_path(drawn),
        len(drawn),
        len(text) - len(drawn),
        len(found),
    )


def _by_path(drawn: str) -> dict[str, str]:
    """The entries of a map: a path at the beginning of a line, and what is indented below it."""
    entries: dict[str, str] = {}
    path = ""
    for line in drawn.splitlines():
        if line and not line.startswith(" "):
            path = line.partition(":")[0].strip()
        entries[path] = f"{entries.get(path, '')}\n{line}"
    return entries


def measure(shown: Shown, wanted: Iterable[str], changes: Sequence[Change]) -> dict[str, float]:
    """The figures of one case.

    Args:
        shown: what the model sees.
        wanted: ids of the definitions that were changed.
        changes: the changes by file.
    """
    symbols = {symbol.id(): symbol for change in changes for symbol in change.symbols}
    gold = [symbols[name] for name in wanted if name in symbols]
    seen = [not shown.lines.get(s.path, frozenset()).isdisjoint(_span(s)) for s in gold]
    told = [_is_told(symbol, shown, changes) for symbol in gold]
    mapped = [bool(re.search(rf"\b{re.escape(s.name)}\b", shown.map.get(s.path, ""))) for s in gold]
    return {
        "excerpt": _share(seen),
        "lines": _share(told),
        "any": float(any(told)),
        "in map": _share(mapped),
        "excerpts": shown.excerpts,
        "map tok": shown.map_chars / CHARS_A_TOKEN,
        "exc. tok": shown.excerpt_chars / CHARS_A_TOKEN,
    }


def headless(shown: Shown, outline: Callable[[str], Sequence[Symbol]]) -> float:
    """The share of the pieces that begin inside of a definition whose first lines are not shown."""
    heads = []
    for path, start in shown.starts:
        around = [s for s in outline(path) if s.start_line < start <= s.end_line and s.kind != "constant"]
        lines = shown.lines[path]
        heads.append(all(not lines.isdisjoint(_opening(s, start)) for s in around))
    return 1 - _share(heads) if heads else 0.0


def _is_told(symbol: Symbol, shown: Shown, changes: Sequence[Change]) -> bool:
    """Whether a definition is shown whole, or all lines of it that were changed are."""
    lines = shown.lines.get(symbol.path, frozenset())
    if lines.issuperset(_span(symbol)):
        return True
    hunks = [
        (change, hunk)
        for change in changes
        if change.path == symbol.path
        for hunk in change.hunks
        if change.inside(hunk) == symbol.id()
    ]
    shows = [
        not lines.isdisjoint(hunk) if hunk in change.added else lines.issuperset(hunk)
        for change, hunk in hunks
    ]
    return bool(shows) and all(shows)


def _opening(symbol: Symbol, before: int) -> range:
    return range(symbol.start_line, min(symbol.start_line + _HEAD_LINES, before))


def _span(symbol: Symbol) -> range:
    return range(symbol.start_line, symbol.end_line + 1)


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def changes_of(git: Git, parent: str, commit: str, paths: Iterable[str]) -> list[Change]:
    """What a commit changed in some files."""
    changes = []
    for path in sorted(paths):
        diff = git.call("diff", "-U0", parent, commit, "--", path).stdout
        found = [(int(start), int(length or 1)) for start, length in _HUNK.findall(diff)]
        added = frozenset(range(start, start + 2) for start, length in found if length == 0)
        hunks = [range(start, start + (length or 2)) for start, length in found]
        changes.append(Change(path, symbols_in(path, git.show(parent, path) or b""), hunks, added))
    return changes


def survey(cases: Path, repos: Path, limit: int = 0, apart: frozenset[str] = frozenset()) -> dict[str, Sight]:
    """Make the first message of every case that names changed definitions, and look what it shows.

    Args:
        cases: JSON lines: repo, parent_sha, sha, query (or statement), gold_files, gold_symbols.
        repos: clones in folders named owner+name.
        limit: cases of each repository; 0: all.
        apart: repositories whose mean is given apart from that of the others.

    Returns:
        The means: of all, of those apart and the others, and of each repository.
    """
    rows = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
    by_repo: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        if row["gold_symbols"]:
            by_repo[row["repo"]].append(row)
    sights: dict[str, Sight] = defaultdict(Sight)
    for repo in sorted(by_repo):
        clone = repos / repo.replace("/", "+", 1)
        if not clone.is_dir():
            continue
        groups = ["all", *(["apart" if repo in apart else "the others"] if apart else []), f"  {repo}"]
        with temporary_folder() as folder:
            for figures in _figures(by_repo[repo][: limit or None], clone, folder):
                for group in groups:
                    sights[group].cases += 1
                    for name, value in figures.items():
                        sights[group].sums[name] += value
    return sights


def _figures(rows: Sequence[Mapping[str, object]], clone: Path, folder: Path) -> Iterable[dict[str, float]]:
    root = folder / "tree"
    source = next(path for path in (clone / "repo", clone) if path.exists())
    subprocess.run(["git", "clone", "-q", "--no-checkout", str(source), str(root)], check=True)
    index = SymbolIndex(Workspace.open(root), folder / "index.db")
    for row in rows:
        parent, commit = str(row["parent_sha"]), str(row["sha"])
        subprocess.run(["git", "checkout", "-q", "-f", parent], cwd=root, check=True)
        found = Locator(index.workspace, index).find(str(row.get("query") or row["statement"]))
        shown = read_message(found.text())
        files, symbols = row["gold_files"], row["gold_symbols"]
        assert isinstance(files, list)
        assert isinstance(symbols, list)
        changes = changes_of(Git(root), parent, commit, files)
        tests = row.get("test_files", [])
        assert isinstance(tests, list)
        yield {
            **measure(shown, symbols, changes),
            "tests": float(any(path in shown.map or path in shown.lines for path in tests)),
            "headless": headless(shown, index.outline),
        }
    index.close()


def table(sights: Mapping[str, Sight]) -> str:
    """The means as a table."""
    head = " " * 28 + "".join(f"{name:>{_WIDTH}}" for name in COLUMNS) + "   cases"
    return "\n".join([head, *(f"{name:28}{sight.row()}{sight.cases:8}" for name, sight in sights.items())])
