"""Errors in an evaluation that a person has to correct.

EvalError                   exit 2: what was asked for cannot be evaluated
├── SuiteError              a suite cannot be read, or does not make sense
├── RecordingError          a recording cannot be read
├── UnknownRepository       there is no sample repository of this name
└── MissingRequirements     its tests need packages that are not installed

A case that fails is no error: it is a result.
"""


class EvalError(Exception):
    """The base; its text is one sentence for the person and what to do next."""


class SuiteError(EvalError):
    """A suite cannot be read, or does not make sense."""


class RecordingError(EvalError):
    """A recording cannot be read."""


class UnknownRepository(EvalError):
    """There is no sample repository of this name."""


class MissingRequirements(EvalError):
    """The tests of a sample repository need packages that are not installed."""
