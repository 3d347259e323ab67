"""What can end a run, and who reacts.

GraphError
├── ModelError              the run ends with its state saved, exit code 4
│   ├── ModelUnreachable    no answer: connection, timeout, or the server's own failure
│   ├── ModelRefused        an answer that says no
│   │   ├── ModelDenied     to who asks, or for what: key, permission, unknown model; another model may do it
│   │   └── WindowExceeded  to the length of the conversation: it is sent shorter
│   └── ModelSilent         an answer with nothing in it, again and again
├── BudgetSpent             the run ends with its state saved, exit code 3
├── GoingInCircles          the run ends with its state saved, exit code 1
├── NothingToResume         the person asked for a run that is not there, exit code 2
├── NothingToUndo           likewise, exit code 2
├── NothingToRedo           likewise, exit code 2
└── PromptError             a prompt lacks a value: a bug
"""


class GraphError(Exception):
    """The base of everything that the loop raises deliberately."""


class ModelError(GraphError):
    """The model did not do its part."""


class ModelUnreachable(ModelError):
    """No whole answer came, however often it was asked for."""


class ModelRefused(ModelError):
    """The endpoint answered that it will not answer."""


class ModelDenied(ModelRefused):
    """The endpoint will not answer this person, or has no such model."""


class WindowExceeded(ModelRefused):
    """The conversation is longer than the model takes."""


class ModelSilent(ModelError):
    """The answers were empty."""


class BudgetSpent(GraphError):
    """A limit on turns, tokens, cost or time was reached."""


class GoingInCircles(GraphError):
    """The model repeated itself, even after it was told so."""


class NothingToResume(GraphError):
    """There is no interrupted run to continue."""


class NothingToUndo(GraphError):
    """There is no run to undo."""


class NothingToRedo(GraphError):
    """There is no undone run to redo."""


class PromptError(GraphError):
    """A prompt names a value that was not given."""
