"""What a run tells the outside while it runs.

Each event is plain data and becomes one line of JSON; programs read these lines (`--output
stream-json`), and the terminal rendering is made from the same objects. Fields may be added; a field
is never renamed or dropped without raising `VERSION`.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal

VERSION = 1

Json = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """The base: an event knows its type and how to become JSON."""

    type: ClassVar[str]

    def to_json(self) -> Json:
        """The event as one JSON object, type and version first."""
        return {"v": VERSION, "type": self.type, **asdict(self)}


Emit = Callable[[Event], None]


@dataclass(frozen=True)
class RunStarted(Event):
    """A turn begins; `resumed` if it continues after an interruption."""

    type: ClassVar[str] = "run.started"
    session: str
    turn: str
    task: str
    repository: str
    branch: str | None
    model: str
    user: str
    resumed: bool = False


@dataclass(frozen=True)
class NodeStarted(Event):
    """One of the six steps begins; `attempt` counts from 1."""

    type: ClassVar[str] = "node.started"
    node: str
    attempt: int = 1


@dataclass(frozen=True)
class MemoryRecalled(Event):
    """What was fed to the prompt, and what was held back and why."""

    type: ClassVar[str] = "memory.recalled"
    fed: list[Json]
    dropped: list[Json]
    tokens: int


@dataclass(frozen=True)
class CodeRead(Event):
    """How far the index is, where bringing it up to date takes longer than a second."""

    type: ClassVar[str] = "index.progress"
    done: int
    total: int


@dataclass(frozen=True)
class CodeFound(Event):
    """What the search step found for the task.

    Attributes:
        files: the likeliest, best first.
        snippets: how many pieces of code are shown to the model.
        indexed: how many files the index knows.
        unread: how many of them it is still reading: those that the task is least likely about.
    """

    type: ClassVar[str] = "code.found"
    files: list[Json]
    snippets: int
    indexed: int
    unread: int = 0


@dataclass(frozen=True)
class TextStreamed(Event):
    """A piece of what the model says to the person, as it arrives."""

    type: ClassVar[str] = "text"
    node: str
    text: str


@dataclass(frozen=True)
class PlanMade(Event):
    """The plan as it was accepted, checked against the repository."""

    type: ClassVar[str] = "plan.made"
    plan: Json


@dataclass(frozen=True)
class ToolCalled(Event):
    """The model calls a tool."""

    type: ClassVar[str] = "tool.called"
    node: str
    name: str
    arguments: Json


@dataclass(frozen=True)
class ToolReturned(Event):
    """What came back; `ok` is false where the model was told of an error."""

    type: ClassVar[str] = "tool.returned"
    node: str
    name: str
    ok: bool
    text: str
    seconds: float


@dataclass(frozen=True)
class FileChanged(Event):
    """A file differs from what it was when the turn began."""

    type: ClassVar[str] = "file.changed"
    path: str
    status: str
    old_path: str | None
    added: int
    removed: int


@dataclass(frozen=True)
class TestsAwaited(Event):
    """The run waits for the tests of a project, and that may take long.

    Attributes:
        scope: "before" for all of them as they were before the first edit; after it "nearest" or "all".
    """

    __test__ = False
    type: ClassVar[str] = "tests.awaited"
    project: str
    command: str
    scope: Literal["before", "nearest", "all"]


@dataclass(frozen=True)
class TestFinished(Event):
    """What the harness saw when it ran the tests.

    Attributes:
        scope: "nearest" where only the tests nearest to the change were run, else "all".
        unseen: Why all tests are not run after them; None where they are.
        flaky: Tests that failed, but by chance: they passed when they were run again, or are known for it.
        uncollected: Files whose tests could not be listed, before the change or after it, with the reason.
            One that could be listed before stands in `failing`, with `collected` false.
        unstarted: Why the test runner could not be started at all, and what to do about it.
        project: The folder of the project whose tests these are; "" is the repository's root.
    """

    type: ClassVar[str] = "test.finished"
    __test__: ClassVar[bool] = False
    outcome: str
    command: str
    exit_code: int | None
    passed: int
    failed: int
    failing: list[Json]
    known_failing: list[str]
    seconds: float
    scope: str = "all"
    unseen: str | None = None
    flaky: tuple[str, ...] = ()
    uncollected: list[Json] = field(default_factory=list)
    unstarted: str = ""
    project: str = ""


@dataclass(frozen=True)
class MemoryWritten(Event):
    """A memory was added, changed, credited or retired; `event` says which.

    What the repository says of itself is `indexed`, `reindexed` and `unindexed`: it follows the files,
    belongs to no turn, and undo leaves it to the files.
    """

    type: ClassVar[str] = "memory.written"
    event: str
    id: str
    text: str
    kind: str
    label: str | None
    reason: str | None


@dataclass(frozen=True)
class UsageCounted(Event):
    """What one model call cost."""

    type: ClassVar[str] = "usage"
    node: str
    step: int
    tokens_in: int
    tokens_out: int
    cached: int
    estimated: bool
    seconds: float
    first_token_seconds: float


@dataclass(frozen=True)
class Compacted(Event):
    """The older part of the conversation is sent short from now on; tokens of a request before and after."""

    type: ClassVar[str] = "conversation.compacted"
    node: str
    tokens_before: int
    tokens_after: int


@dataclass(frozen=True)
class Noticed(Event):
    """Something a person should know, in one sentence."""

    type: ClassVar[str] = "notice"
    text: str


@dataclass(frozen=True)
class ConsentAsked(Event):
    """The run stops for a person's word."""

    type: ClassVar[str] = "consent.asked"
    what: str
    plan: Json | None


@dataclass(frozen=True)
class RunFinished(Event):
    """The last event of every run, whatever happened.

    Attributes:
        cached: Of the tokens in, how many the endpoint says it had in its cache.
        usage: Calls, tokens and seconds of each step that asked the model.
    """

    type: ClassVar[str] = "run.finished"
    session: str
    turn: str
    outcome: str
    exit_code: int
    summary: str
    files: list[Json]
    diff: str
    memories: Json
    tests: Json | None
    model_calls: int
    tokens_in: int
    tokens_out: int
    first_request_tokens: int
    cost: float | None
    seconds: float
    model_seconds: float
    plan: Json | None = None
    cached: int = 0
    usage: Json = field(default_factory=dict)


def read_event(data: Json) -> Event | None:
    """The event of a line of JSON; None where it is of a type that this version does not know."""
    known = {kind.type: kind for kind in Event.__subclasses__()}
    kind = known.get(data.get("type", ""))
    if kind is None:
        return None
    names = {entry.name for entry in fields(kind)}
    return kind(**{name: value for name, value in data.items() if name in names})


def is_test(failing: Json) -> bool:
    """Whether a failure is that of a test, and not of a file whose tests cannot be listed any more."""
    return bool(failing.get("collected", True))
