"""What a repository says to agents: AGENTS.md, and CLAUDE.md where it says something else."""

from tools.errors import PathError
from tools.workspace import Workspace

FILES = ("AGENTS.md", "CLAUDE.md")
MAX_CHARS = 8_000


def read_instructions(workspace: Workspace) -> str:
    """The instruction files at the repository's root, cut to a sane length."""
    texts: list[str] = []
    for name in FILES:
        try:
            text = workspace.read(name).text.strip()
        except PathError:
            continue
        if text and text not in texts and "@AGENTS.md" not in text:
            texts.append(text)
    joined = "\n\n".join(texts)
    return joined if len(joined) <= MAX_CHARS else joined[:MAX_CHARS] + "\n[cut here]"
