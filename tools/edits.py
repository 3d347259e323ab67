"""What the model calls to change files. A refused edit leaves every file as it was."""

import difflib
from collections.abc import Callable
from pathlib import Path

from tools.errors import EditRefused, PathError
from tools.matching import Match, closest_lines, find_matches, line_of
from tools.permissions import Action, Gate
from tools.read_ledger import ReadLedger
from tools.workspace import TextFile, Workspace, digest_of

_SHOWN_LINES = 60
_CONTEXT = 1
_ECHOED, _ECHO_HEAD, _ECHO_TAIL = 16, 5, 4  # lines of one stretch that are shown back
_COMPARED_LINES = 4000  # above that, comparing line by line takes seconds

CheckSyntax = Callable[[str, bytes], str | None]


class EditTools:
    """Changes, creates, moves and deletes files.

    Args:
        workspace: the repository.
        gate: what may be changed.
        ledger: what the model has seen, shared with the tools that read.
        check_syntax: given a path and a file's content in UTF-8, says where it does not parse; None when
            it does.
    """

    def __init__(
        self, workspace: Workspace, gate: Gate, ledger: ReadLedger, check_syntax: CheckSyntax
    ) -> None:
        self._workspace = workspace
        self._gate = gate
        self._ledger = ledger
        self._check_syntax = check_syntax

    def replace(self, path: str, old: str, new: str, all_places: bool = False) -> str:
        """Replace a piece of a file. The piece must be found in one place only.

        Args:
            path: The file, relative to the repository's root.
            old: The text as it is now, whole lines if possible, with enough around it to be unique.
            new: The text that takes its place.
            all_places: Replace it everywhere it is found, instead of in one place.

        Raises:
            ToolError: The text is not there, is there more than once, or the file would no longer parse.
        """
        path = self._admitted("replace", path)
        file = self._workspace.read(path)
        if file.newline != "mixed":
            old, new = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
        if not old:
            raise EditRefused("`old` is empty. Give the text to replace, or use write_file for a whole file.")
        if old == new:
            raise EditRefused("`old` and `new` are the same, so there is nothing to do.")
        matches = find_matches(file.text, old, new)
        if not matches:
            raise EditRefused(self._not_found(path, file, old))
        if len(matches) > 1 and not all_places:
            places = ", ".join(str(line_of(file.text, match.start)) for match in matches[:20])
            raise EditRefused(
                f"The text is found {len(matches)} times in {path}, at lines {places}. "
                "Give more of the lines around the one you mean, or set all_places."
            )
        text = _apply(file.text, matches)
        digest = self._write(path, file, text)
        self._ledger.note_edit(path, file.digest, digest)
        tolerated = f" (matched despite different {matches[0].how})" if matches[0].how else ""
        return f"Edited {path}{tolerated}:\n{echo_of(file.text, text)}"

    def write_file(self, path: str, text: str) -> str:
        """Create a file, or replace the whole content of one that you have read.

        Args:
            path: The file, relative to the repository's root. Missing folders are made.
            text: The whole new content.

        Raises:
            ToolError: The file exists and was not read since it last changed, or would not parse.
        """
        path = self._admitted("write_file", path)
        if not self._workspace.resolve(path).exists():
            text = _like(text, TextFile(""))
            digest = self._write(path, None, text)
            self._ledger.note_whole(path, digest)
            return f"Created {path} ({len(text.splitlines())} lines)."
        file = self._workspace.read(path)
        if objection := self._ledger.objection(path, file.digest):
            raise EditRefused(objection)
        text = _like(text, file)
        if text == file.text:
            return f"{path} already has this content; nothing was changed."
        digest = self._write(path, file, text)
        self._ledger.note_whole(path, digest)
        return f"Wrote {path}:\n{echo_of(file.text, text)}"

    def move(self, path: str, to: str) -> str:
        """Move or rename a file or a folder.

        Args:
            path: What to move, relative to the repository's root.
            to: Its new path, which must be free.

        Raises:
            ToolError: There is nothing at the old path, or something at the new one.
        """
        source, target = self._located("move", path), self._located("move", to)
        if not _exists(source):
            raise PathError(f"There is no {path}. Search for its name, or list the folder.")
        if target.is_dir() and not source.is_dir():
            target = self._located("move", f"{self._workspace.relative(target)}/{source.name}")
        if source == self._workspace.root or target.is_relative_to(source):
            raise EditRefused(f"{path} cannot be moved into itself.")
        if _exists(target):
            raise EditRefused(f"{to} exists already. Choose another path, or delete it first.")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
        except OSError as error:
            raise EditRefused(f"{path} cannot be moved to {to}: {error.strerror}.") from error
        self._ledger.forget(self._workspace.relative(source))
        self._prune(source.parent)
        return f"Moved {self._workspace.relative(source)} to {self._workspace.relative(target)}."

    def delete(self, path: str) -> str:
        """Delete a file.

        Args:
            path: The file, relative to the repository's root.

        Raises:
            ToolError: There is no such file, it is a folder, or it changed since it was read.
        """
        file = self._located("delete", path)
        name = self._workspace.relative(file)
        if not _exists(file):
            raise PathError(f"There is no file {path}. Search for its name, or list the folder.")
        if file.is_dir() and not file.is_symlink():
            raise PathError(f"{path} is a folder. Delete the files in it one by one.")
        if file.is_file() and not file.is_symlink() and self._ledger.is_stale(name, _digest(file)):
            raise EditRefused(f"{path} changed since it was read. Read it again first.")
        try:
            file.unlink()
        except OSError as error:
            raise EditRefused(f"{path} cannot be deleted: {error.strerror}.") from error
        self._ledger.forget(name)
        self._prune(file.parent)
        return f"Deleted {name}."

    def _admitted(self, tool: str, path: str) -> str:
        """Return the real path of a file that may be changed, links followed."""
        self._located(tool, path)
        real = self._workspace.relative(self._workspace.resolve(path))
        self._gate.admit(Action(tool, path=real))
        return real

    def _located(self, tool: str, path: str) -> Path:
        place = self._workspace.locate(path)
        self._gate.admit(Action(tool, path=self._workspace.relative(place)))
        return place

    def _write(self, path: str, file: TextFile | None, text: str) -> str:
        """Write a file that still parses, and return the digest of what is on disk now."""
        problem = self._check_syntax(path, text.encode("utf-8", "replace"))
        broken_before = file and problem and self._check_syntax(path, file.text.encode("utf-8", "replace"))
        if problem and not broken_before:
            raise EditRefused(
                f"{path} would not parse any more: {problem}. Nothing was changed; mend the edit."
            )
        self._workspace.write(path, text, like=file)
        return digest_of(self._workspace.read_bytes(path))

    def _not_found(self, path: str, file: TextFile, old: str) -> str:
        stale = " It changed since you read it." if self._ledger.is_stale(path, file.digest) else ""
        closest = closest_lines(file.text, old)
        if closest is None:
            return f"The text is not in {path}.{stale} Read the file to see what is there."
        lines = [f"{number:>5}\t{line}" for number, line in enumerate(closest.lines, closest.first)]
        return f"The text is not in {path}.{stale} The closest lines are:\n" + "\n".join(lines[:_SHOWN_LINES])

    def _prune(self, folder: Path) -> None:
        """Remove folders that became empty, as git would: it does not know empty ones."""
        while folder != self._workspace.root and folder.is_relative_to(self._workspace.root):
            try:
                folder.rmdir()
            except OSError:  # something is in it
                return
            folder = folder.parent


def echo_of(before: str, after: str) -> str:
    """Where an edit ended up: the new lines with their numbers and a line or two around them.

    The model has just written them, so long stretches are cut, and what is gone is only counted.
    """
    old, new = before.split("\n"), after.split("\n")
    skip = max(0, _common(old, new) - _CONTEXT)
    keep = max(0, _common(old[skip:][::-1], new[skip:][::-1]) - _CONTEXT)
    old, new = old[skip : len(old) - keep], new[skip : len(new) - keep]
    if len(old) + len(new) > _COMPARED_LINES:
        return f"  {len(old)} lines from line {skip + 1} became {len(new)} lines"
    shown: list[str] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT):
        if shown:
            shown.append("  ...")
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                shown += _lines(" ", new, new_start, new_end, skip)
            else:
                gone = old_end - old_start
                if new_start == new_end:
                    shown.append(f"- {gone} line{'s' if gone > 1 else ''} gone")
                shown += _cut(_lines("+", new, new_start, new_end, skip))
    if len(shown) > _SHOWN_LINES:
        shown = [*shown[:_SHOWN_LINES], f"  ... and {len(shown) - _SHOWN_LINES} more lines"]
    return "\n".join(shown)


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= _ECHOED:
        return lines
    return [*lines[:_ECHO_HEAD], f"  ... {len(lines) - _ECHO_HEAD - _ECHO_TAIL} lines", *lines[-_ECHO_TAIL:]]


def _common(left: list[str], right: list[str]) -> int:
    """Return how many lines two texts begin with in common."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(left), len(right)))


def _lines(sign: str, lines: list[str], start: int, end: int, skipped: int) -> list[str]:
    return [
        f"{sign} {number:>5}\t{line}" for number, line in enumerate(lines[start:end], skipped + start + 1)
    ]


def _apply(text: str, matches: list[Match]) -> str:
    pieces, position = [], 0
    for match in matches:
        if match.start < position:  # tolerant matches of repeated lines may overlap: the first one counts
            continue
        pieces += [text[position : match.start], match.replacement]
        position = match.end
    return "".join([*pieces, text[position:]])


def _like(text: str, file: TextFile) -> str:
    """Give a whole new text the habits of the file it replaces: its line ends and how it stops."""
    text = text.replace("\r\n", "\n")
    ends = file.final_newline or not file.text
    return text.removesuffix("\n") + ("\n" if ends else "") if text else text


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _digest(file: Path) -> str:
    return digest_of(file.read_bytes())
