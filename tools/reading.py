"""What the model calls to look at files."""

from collections.abc import Sequence

from tools.captures import captures_in
from tools.errors import PathError
from tools.git import Git
from tools.languages import language_of
from tools.masking import Mask, unmasked
from tools.permissions import Action, Gate
from tools.read_ledger import ReadLedger
from tools.syntax import symbols_in
from tools.uses import import_rows
from tools.workspace import TextFile, Workspace

_LINES = 400
_BYTES = 24_000
_LINE_WIDTH = 500
_FEW_MORE = 40  # lines that are not worth another call
_MARK = 50  # characters that a line may be longer: the mark of a cut takes as many
_ENTRIES = 200
_MOST_IMPORTS = 15  # lines of imports that are shown above a definition


class ReadTools:
    """Reads files and lists folders.

    Args:
        workspace: the repository.
        git: knows which files are ignored.
        gate: what may be read.
        ledger: what the model has seen, shared with the tools that edit.
        mask: takes secrets out of a file's text, line by line; a part of the file would not tell as much.
    """

    def __init__(
        self,
        workspace: Workspace,
        git: Git,
        gate: Gate,
        ledger: ReadLedger,
        mask: Mask = unmasked,
    ) -> None:
        self._mask = mask
        self._workspace = workspace
        self._git = git
        self._gate = gate
        self._ledger = ledger

    def read_file(self, path: str, start: int = 1, end: int = 0) -> str:
        """Read a text file: each line after its number and a tab. Long files are shown in parts.

        Args:
            path: The file, relative to the repository's root; path::Class.method shows that definition, below
                the file's imports.
            start: The first line to show, counted from 1.
            end: The last line to show; 0 means as far as fits.

        Raises:
            ToolError: The file is missing, binary, too large or not to be read, or there is no such line.
        """
        path, _, qualname = path.partition("::")
        path = self._workspace.relative(self._workspace.locate(path))
        real = self._workspace.relative(self._workspace.resolve(path))
        for name in dict.fromkeys((path, real)):  # a link does not make a secret readable
            self._gate.admit(Action("read_file", path=name))
        file = self._workspace.read(path)
        lines = self._mask(file.text.removesuffix("\n"), real).split("\n") if file.text else []
        if not lines:
            self._ledger.note_lines(real, file.digest, (), 0)
            return f"{path} is empty."
        imports = range(0)
        if qualname:
            start, end = _span(path, qualname, file)
            imports = _imports_above(path, file, start)
        first = max(1, start)
        if first > len(lines):
            raise PathError(f"{path} has only {len(lines)} lines; line {start} was asked for.")
        last = min(end if end >= first else len(lines), len(lines))
        shown = _numbered(lines[first - 1 : last], first)
        is_cut = first + len(shown) - 1 < last
        last = first + len(shown) - 1
        if imports:
            shown = [*_numbered(lines[imports.start - 1 : imports.stop - 1], imports.start), "    …", *shown]
        self._ledger.note_lines(real, file.digest, [*imports, *range(first, last + 1)], len(lines))
        return "\n".join([_heading(path, first, last, len(lines), is_cut), *shown])

    def list_files(self, folder: str = ".") -> str:
        """List the files of a folder as a tree, without what git ignores.

        Args:
            folder: The folder, relative to the repository's root.

        Raises:
            ToolError: There is no such folder.
        """
        place = self._workspace.resolve(folder)
        if not place.is_dir():
            raise PathError(f"{folder} is not a folder. Read it as a file, or list the folder above it.")
        self._gate.admit(Action("list_files", path=folder))
        prefix = "" if place == self._workspace.root else self._workspace.relative(place) + "/"
        paths = [path.removeprefix(prefix) for path in self._git.files() if path.startswith(prefix)]
        if not paths:
            return f"{folder} holds no files (what git ignores is not listed)."
        return "\n".join([f"{prefix or './'} ({_files(len(paths))})", *render_tree(paths, _ENTRIES)])


def _span(path: str, qualname: str, file: TextFile) -> tuple[int, int]:
    """The first and last line of a definition."""
    found = [s for s in symbols_in(path, file.text.encode()) if s.qualname == qualname]
    if not found:
        raise PathError(f"{path} defines no {qualname}. Its outline lists what it does.")
    return found[-1].start_line, found[-1].end_line


def _imports_above(path: str, file: TextFile, before: int) -> range:
    """The lines above a definition that say what its file imports; none where they are many."""
    language = language_of(path)
    if language is None:
        return range(0)
    rows = import_rows(captures_in(language, file.text.encode()))
    top = [row + 1 for row in rows if row + 1 < before]
    whole = range(min(top, default=0), max(top, default=-1) + 1)
    return whole if len(whole) <= _MOST_IMPORTS else range(0)


def render_tree(paths: Sequence[str], limit: int) -> list[str]:
    """Return sorted paths as an indented tree of at most about `limit` lines.

    Folders are opened level by level, smallest first, as long as there is room; the others show how many
    files they hold.
    """
    contents = _contents(paths)
    opened = {""}
    room = limit - len(contents[""])
    level = [name for name in contents[""] if name.endswith("/")]
    while level:
        level.sort(key=lambda folder: len(contents[folder]))
        following: list[str] = []
        for folder in level:
            if len(contents[folder]) <= room:
                room -= len(contents[folder])
                opened.add(folder)
                following += [name for name in contents[folder] if name.endswith("/")]
        level = following
    return _tree_lines("", contents, opened, _counts(paths), limit)


def _contents(paths: Sequence[str]) -> dict[str, list[str]]:
    """Return what is directly in each folder; folders end with a slash."""
    contents: dict[str, dict[str, None]] = {"": {}}
    for path in paths:
        parts = path.split("/")
        for depth in range(len(parts)):
            parent = "".join(part + "/" for part in parts[:depth])
            child = path if depth == len(parts) - 1 else parent + parts[depth] + "/"
            contents.setdefault(parent, {})[child] = None
    return {folder: list(names) for folder, names in contents.items()}


def _counts(paths: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for path in paths:
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth]) + "/"
            counts[folder] = counts.get(folder, 0) + 1
    return counts


def _tree_lines(
    folder: str, contents: dict[str, list[str]], opened: set[str], counts: dict[str, int], limit: int
) -> list[str]:
    lines = []
    indent = "  " * folder.count("/")
    for name in contents[folder][:limit]:
        label = indent + name.removeprefix(folder)
        if not name.endswith("/"):
            lines.append(label)
        elif name in opened:
            lines += [label, *_tree_lines(name, contents, opened, counts, limit)]
        else:
            lines.append(f"{label} ({_files(counts[name])})")
    if len(contents[folder]) > limit:
        lines.append(f"{indent}... and {len(contents[folder]) - limit} more; search for a name to find them")
    return lines


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _numbered(lines: Sequence[str], first: int) -> list[str]:
    shown: list[str] = []
    size = 0
    most = _LINES if len(lines) > _LINES + _FEW_MORE else len(lines)
    for number, line in enumerate(lines[:most], first):
        text = line.removesuffix("\r")
        if len(text) > _LINE_WIDTH + _MARK:
            text = f"{text[:_LINE_WIDTH]}... [{len(text) - _LINE_WIDTH} more characters]"
        size += len(text) + 7
        if size > _BYTES and shown:
            break
        shown.append(f"{number:>5}\t{text}")
    return shown


def _heading(path: str, first: int, last: int, total: int, is_cut: bool) -> str:
    if first == 1 and last == total:
        return f"{path} ({total} lines)"
    more = f"; read on with start={last + 1}" if is_cut else ""
    return f"{path} (lines {first} to {last} of {total}{more})"
