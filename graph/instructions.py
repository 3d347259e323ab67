"""What a repository says to agents: AGENTS.md, and CLAUDE.md where it says something else.

Those at the root are part of the first message. Those of a folder follow once the folder is touched: what a
run does not touch costs it nothing, and what was sent before stays as it was.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import PurePosixPath

from tools.errors import PathError
from tools.git import Git
from tools.workspace import Workspace

FILES = ("AGENTS.md", "CLAUDE.md")
MAX_CHARS = 8_000  # of those at the root
MAX_NESTED_CHARS = 4_000  # of those of a folder
MAX_FOLDERS = 6  # whose instructions are told in one turn
HEADING = "Instructions of this repository for files in"
_IMPORT = re.compile(r"^@AGENTS\.md[ \t]*$", re.MULTILINE)  # how CLAUDE.md refers to the other


class Instructions:
    """The instruction files of a repository.

    Args:
        workspace: The repository.
        git: Knows which files are the repository's own: what is ignored, such as packages that were
            installed, has instructions for others.
    """

    def __init__(self, workspace: Workspace, git: Git) -> None:
        self._workspace = workspace
        self._git = git

    def at_root(self) -> str:
        """What holds everywhere, cut to a sane length."""
        return self._read("", MAX_CHARS)

    def beneath(self, paths: Iterable[str], told: Iterable[str]) -> list[str]:
        """A text for each folder above these paths that has instructions of its own, outermost first.

        Args:
            paths: Files and folders that are touched.
            told: What was said to the model by now; what was told once is not told again.
        """
        above = dict.fromkeys(folder for path in paths for folder in _folders_of(path))
        wanted = [folder for folder in above if folder in self._folders]
        if not wanted:
            return []
        heads = {folder: f"{HEADING} {folder}/" for folder in wanted}
        said = [text.split("\n", 1)[0] for text in told if text.startswith(HEADING)]
        fresh = [folder for folder in wanted if f"{heads[folder]}:" not in said]
        texts = {folder: self._read(f"{folder}/", MAX_NESTED_CHARS) for folder in fresh}
        room = max(0, MAX_FOLDERS - len(said))
        return [f"{heads[folder]}:\n{text}" for folder, text in texts.items() if text][:room]

    @cached_property
    def _folders(self) -> set[str]:
        """The folders that have instructions of their own."""
        paths = (PurePosixPath(path) for path in self._git.files())
        return {path.parent.as_posix() for path in paths if path.name in FILES} - {"."}

    def _read(self, folder: str, most: int) -> str:
        texts: dict[str, str] = {}  # and the file that holds each
        for name in FILES:
            try:
                text = _IMPORT.sub("", self._workspace.read(f"{folder}{name}").text).strip()
            except PathError:
                continue
            if text:
                texts.setdefault(text, f"{folder}{name}")
        joined = "\n\n".join(texts)
        if len(joined) <= most:
            return joined
        first, file = next(iter(texts.items()))
        cut = file if len(first) > most else texts[list(texts)[-1]]
        return f"{joined[:most]}\n[cut here; {cut} goes on]"


def _folders_of(path: str) -> list[str]:
    """The folders above a path, outermost first, and the path itself, which may be one."""
    parts = [part for part in path.partition("::")[0].split("/") if part not in ("", ".")]
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
