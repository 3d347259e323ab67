"""What a run carries from step to step: plain JSON values, small enough to be saved after each step.

File contents and the conversation are not here: files lie in the work tree and its snapshots, the
conversation in the transcript.
"""

from typing import Any, Literal, NotRequired, TypedDict

Json = dict[str, Any]


class Attempt(TypedDict):
    """One failed test of the work."""

    plan: str
    failing: list[Json]
    excerpt: str


class Ending(TypedDict):
    """Why a run ends before its tests pass."""

    outcome: Literal["budget", "unchanged", "no_plan", "refused", "failed", "circles"]
    reason: str


class Decision(TypedDict):
    """What a person decides about a plan; `text` says what to change about it."""

    do: Literal["approve", "refuse", "amend"]
    text: NotRequired[str]


class RunState(TypedDict, total=False):
    """The state of one turn."""

    task: str
    plan_only: bool
    recalled: list[Json]  # the memories that were fed, as JSON
    memories: str  # the packet for the prompt
    found: str  # what the search step says of the code, for the prompt
    plan: Json | None  # graph.plan.Plan
    waits: bool  # the plan waits for the person's decision
    plan_rounds: int  # answers of the planning model so far, this attempt
    before: dict[str, Json]  # what the tests of each project said before anything was edited: Before
    report: Json | None  # the last test report
    untested: list[str]  # why the tests of projects that were touched could not be run, a sentence each
    failures: list[Attempt]
    mended: list[str]  # tests that failed on the way and were seen passing at the end
    tested: str  # the snapshot that the last report is about
    summary: str  # what the model says it did
    ending: Ending | None
    written: Json  # what the remember step changed
    seconds: float  # wall time of the turn so far


RunUpdate = RunState  # a node returns the keys that it changes
