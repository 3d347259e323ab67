"""The structural memories of a repository, brought up to its files."""

from memory.memory import Memory
from memory.structure import Noted, note_structure
from tools.errors import GitFailed
from tools.structure import survey
from tools.workspace import Workspace


def refresh_structure(memory: Memory, workspace: Workspace) -> Noted:
    """Look the repository over and note what it says of itself; where git cannot list it, nothing.

    This belongs to no turn: it follows the files, so what undo and redo do to them is looked at as well.
    """
    try:
        facts = survey(workspace)
    except GitFailed:
        return Noted()
    return note_structure(memory, facts)
