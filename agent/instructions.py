"""What a repository says to agents: AGENTS.md, and CLAUDE.md where it says something else."""

import re

from tools.errors import PathError
from tools.workspace import Workspace

FILES = ("AGENTS.md", "CLAUDE.md")
MAX_CHARS = 8_000
_IMPORT = re.compile(r"^@AGENTS\.md[ \t]*$", re.MULTILINE)  # how CLAUDE.md refers to the other


def read_instructions(workspace: Workspace) -> str:
    """The instruction files at the repository's root, cut to a sane length."""
    texts: list[str] = []
    for name in FILES:
        try:
            text = _IMPORT.sub("", workspace.read(name).text).strip()
        except PathError:
            continue
        if text and text not in texts:
            texts.append(text)
    joined = "\n\n".join(texts)
    return joined if len(joined) <= MAX_CHARS else joined[:MAX_CHARS] + "\n[cut here]"
