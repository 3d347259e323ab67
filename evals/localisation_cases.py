"""Makes localisation cases from a history, to measure on repositories that no weight was fitted on.

A case is a commit that changed tests and a few source files which existed before. Whoever says which
repositories and how many gets the same cases again: they are taken at even distances over the last commits.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tools.git import Git
from tools.paths import role_of
from tools.syntax import symbols_in

_MOST_COMMITS = 4_000
_MOST_FILES = 5
_FEWEST_WORDS = 3
_MOST_LINES = 200  # removed or replaced: a larger change is no single task
_REFERENCE = re.compile(r"\s*(\(#\d+\)|\[?#\d+\]?|\bGH-\d+|\bfixes\b:?\s*$)\s*", re.IGNORECASE)
_CHORE = re.compile(
    r"^(merge|revert|bump|release|version|prepare|\[pre-commit|backport|.*\bpyupgrade\b|.*\btypos?\b"
    r"|.*\b(black|isort|ruff|flake8|mypy|lint\w*|format\w*|changelog|coverage)\b)",
    re.IGNORECASE,
)
_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? ", re.MULTILINE)


def cases_of(repository: Path, name: str, count: int) -> list[dict[str, object]]:
    """At most `count` cases, spread evenly over the fitting ones of the last commits."""
    git = Git(repository)
    fitting = list(_fitting(git))
    step = max(1.0, len(fitting) / count)
    chosen = [fitting[int(n * step)] for n in range(min(count, len(fitting)))]
    return [_case(git, name, *commit) for commit in chosen]


def _fitting(git: Git) -> Iterator[tuple[str, str, str, list[str]]]:
    """Commits as id, parent, query, changed source files."""
    argv = ("log", f"-n{_MOST_COMMITS}", "--no-merges", "--no-renames", "--name-status", "-z")
    log = git.call(*argv, "--format=%x01%H %P%x00%s%x02").stdout.decode("utf-8", "replace")
    for record in log.split("\x01")[1:]:
        head, _, changed = record.partition("\x02")
        ids, _, subject = head.partition("\0")
        commit, _, parent = ids.partition(" ")
        words = [word.strip("\n") for word in changed.split("\0") if word.strip("\n")]
        by_path = dict(zip(words[1::2], words[::2], strict=False))
        source = [path for path in by_path if role_of(path) == "code"]
        query = _REFERENCE.sub(" ", subject).strip()
        if (
            len(query.split()) >= _FEWEST_WORDS
            and not _CHORE.match(query)
            and 1 <= len(source) <= _MOST_FILES
            and all(by_path[path] == "M" for path in source)
            and any(role_of(path) == "test" for path in by_path)
            and " " not in parent
        ):
            yield commit, parent, query, source


def _case(git: Git, repo: str, commit: str, parent: str, query: str, source: list[str]) -> dict[str, object]:
    symbols: dict[str, None] = {}
    for path in source:
        diff = git.call("diff", "-U0", parent, commit, "--", path).stdout
        hunks = [(int(start), int(length or 1)) for start, length in _HUNK.findall(diff)]
        defined = symbols_in(path, git.show(parent, path) or b"")
        for start, length in hunks:
            around = [
                symbol
                for symbol in defined
                if symbol.start_line <= start + max(0, length - 1) and start <= symbol.end_line
            ]
            if around and length <= _MOST_LINES:
                symbols[min(around, key=lambda s: s.end_line - s.start_line).id()] = None
    return {
        "id": f"{repo.rpartition('/')[2]}-{commit[:8]}",
        "repo": repo,
        "parent_sha": parent,
        "sha": commit,
        "query": query,
        "gold_files": source,
        "gold_symbols": list(symbols),
    }


@click.command()
@click.argument("repos", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("names", nargs=-1, required=True)
@click.option("--count", default=40, help="cases of each repository")
def main(repos: Path, names: tuple[str, ...], count: int) -> None:
    """Print cases of NAMES (owner/name), whose clones lie in REPOS as owner+name."""
    for name in names:
        for case in cases_of(repos / name.replace("/", "+", 1), name, count):
            click.echo(json.dumps(case))


if __name__ == "__main__":
    sys.exit(main())
