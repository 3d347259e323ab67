"""Ranks files by aider's repo map, for the bench. Run by the Python of an environment that has aider.

Reads one JSON object a line, `{"root": folder, "files": [...], "query": text}`, and answers each with
one: `{"ranked": [...], "tokens": n, "seconds": s}`. The mentions are taken from the query as aider's own
coder takes them, and the map is its default one of 1,024 tokens.
"""

import json
import os
import re
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

_MAP_TOKENS = 1024
_CHARS_A_TOKEN = 4


class _Quiet:
    """What aider wants of a terminal."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_arguments, **_options: None

    def read_text(self, path: str) -> str:
        """The text of a file."""
        return Path(path).read_text(encoding="utf-8", errors="replace")


class _Model:
    """What aider wants of a model: to count tokens."""

    def token_count(self, text: str) -> int:
        """About a quarter of the characters."""
        return len(text) // _CHARS_A_TOKEN


def main() -> None:
    """Answer until the input ends."""
    output, sys.stdout = sys.stdout, sys.stderr  # aider prints
    repo_map = import_module("aider.repomap").RepoMap
    maps: dict[str, Any] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        root = asked["root"]
        os.chdir(root)
        if root not in maps:
            maps[root] = repo_map(_MAP_TOKENS, root, _Model(), _Quiet())
        started = time.monotonic()
        answer = _rank(maps[root], root, asked["files"], asked["query"])
        output.write(json.dumps({**answer, "seconds": time.monotonic() - started}) + "\n")
        output.flush()


def _rank(repo_map: Any, root: str, files: list[str], query: str) -> dict[str, Any]:
    words = set(re.split(r"\W+", query))
    stems: dict[str, set[str]] = {}
    for path in files:
        stems.setdefault(Path(path).stem.lower(), set()).add(path)
    mentioned = {path for path in files if path in query or Path(path).name in query.split()}
    for word in words:
        if len(word) >= 5:  # aider takes a word for a file's name from five letters on
            mentioned |= stems.get(word.lower(), set())
    absolute = [str(Path(root) / path) for path in files]
    tags = repo_map.get_ranked_tags([], absolute, mentioned, words)
    ranked = list(dict.fromkeys(tag[0] for tag in tags))
    shown = repo_map.get_ranked_tags_map([], absolute, _MAP_TOKENS, mentioned, words) or ""
    return {"ranked": ranked, "tokens": len(shown) // _CHARS_A_TOKEN}


if __name__ == "__main__":
    main()
