"""What can go wrong in tools/, and who reacts.

    ToolError                 the model reads the sentence and tries another way
    ├── PathError             a path that is missing, outside the repository, binary, huge
    ├── EditRefused           an edit that would not apply, would guess, or would break the file
    ├── ProgramNotFound       a command that is not installed
    ├── SearchFailed          a pattern or a folder that cannot be searched
    ├── ServerFailed          a language server ended, fell silent or made no sense; answered without it
    └── PermissionDenied      a rule or the person said no
    WorkspaceError            the person: the repository cannot be worked in; exit 2
    ├── NotARepository        there is no git work tree here
    └── GitFailed             git is missing, or refused a command we rely on
    ConsentNeeded             the run ends, its state saved; exit 5

Anything else that leaves this package is a bug.
"""


class ToolError(Exception):
    """The model reads the sentence and tries another way."""


class PathError(ToolError):
    """A path that cannot be used: missing, outside the repository, binary or huge."""


class EditRefused(ToolError):
    """An edit that would not apply, would be a guess, or would break the file. The file is as before."""


class ProgramNotFound(ToolError):
    """A command that is not installed or cannot be started."""


class SearchFailed(ToolError):
    """A pattern or a folder that cannot be searched."""


class ServerFailed(ToolError):
    """A language server has ended, is late, or makes no sense; what it was asked is answered without it."""


class ServerLate(ServerFailed):
    """A language server gives no answer in time; it may later."""


class PermissionDenied(ToolError):
    """A rule, or the person who was asked, said no."""


class WorkspaceError(Exception):
    """The person reacts: the repository cannot be worked in; exit 2."""


class NotARepository(WorkspaceError):
    """There is no git work tree at or above the folder."""


class GitFailed(WorkspaceError):
    """Git is missing, or refused a command that we rely on."""


class ConsentNeeded(Exception):
    """A call needs a person's yes and none can be asked.

    Not a ToolError on purpose: the model must not talk its way around it. The run ends with its
    state saved and exit code 5, and goes on by `oldhand resume` where a person can answer.
    """
