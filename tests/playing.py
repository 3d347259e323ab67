"""Runs played against a scripted model: everything but the model's words is the real thing.

Each play opens place, memory and session anew, as a process of its own would:

    play = Player(repository)
    played = play([plan("Mend it", "shop/cart.py"), call("delete", path="a.py"), Answer("Done.")], "Mend it")
    assert played.finished.outcome == "passed"
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from agent.app import Consent, open_session
from agent.place import Place, open_index, open_ledger, open_place, view_of
from graph.code_view import RepositoryCode
from graph.events import Event, NodeStarted, RunFinished
from graph.ledger import Ledger
from graph.session import Session
from graph.undo import TakenBack, undo
from memory.filters import ANY_STATUS, Where
from memory.light import Light
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Anchors, Draft, Kind, Record
from tests.scripted_model import Answer, Script, ScriptedModel

E = TypeVar("E", bound=Event)
Hear = Callable[[Event], None]
SETTINGS: Mapping[str, Any] = {"model": "scripted", "retry_pause": 0.01, "learn": "auto"}


@dataclass(frozen=True)
class Played:
    """What a run told, and what it asked the model."""

    events: list[Event]
    finished: RunFinished
    requests: list[dict[str, Any]]
    headers: list[Mapping[str, str]]

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def steps(self) -> list[str]:
        """The steps in the order in which they began."""
        return [event.node for event in self.of(NodeStarted)]

    def asked(self) -> list[str]:
        """The step that each request was made for, and its number in that step."""
        return [headers["x-oldhand-step"] for headers in self.headers]

    def told(self, number: int) -> str:
        """The last message of a request, counted from 0."""
        return str(self.requests[number]["messages"][-1]["content"])


class Player:
    """Plays runs in one repository.

    Args:
        root: The repository.
        settings: Settings for each run, by field name.
    """

    def __init__(self, root: Path, **settings: Any) -> None:
        self.root = root
        self.settings = {**SETTINGS, **settings}

    def __call__(self, answers: Script, task: str, *, plan_only: bool = False, **options: Any) -> Played:
        """Play a task from its beginning; `options` are those of `_play`."""
        return self._play(answers, lambda session: session.start(task, plan_only=plan_only), **options)

    def resume(
        self,
        answers: Script,
        decision: dict[str, Any] | None = None,
        *,
        name: str | None = None,
        **options: Any,
    ) -> Played:
        """Go on with the newest turn that stopped, or the named one."""
        turn = self.ledger().to_resume(self.root, name)
        return self._play(
            answers, lambda session: session.resume(turn, decision), session=turn.session, **options
        )

    def through_stops(
        self, answers: Script, task: str, hear: Hear, stopped: type[BaseException], **settings: Any
    ) -> RunFinished:
        """Play a task, and go on with it each time that `hear` stops it by raising `stopped`."""
        with ScriptedModel(answers) as model:
            place = self.place(**{"base_url": model.base_url, **settings})
            session = open_session(place, hear, None, memory=remembering(place))
            try:
                return session.start(task)
            except stopped:
                pass
            while True:
                try:
                    return session.resume(self.ledger().to_resume(self.root, None))
                except stopped:
                    continue

    def undo(self, name: str | None = None) -> TakenBack:
        """Take a turn back as `oldhand undo` does."""
        place, ledger = self.place(), self.ledger()
        turn = ledger.to_undo(self.root, name)
        return undo(turn, ledger, place.snapshots, remembering(place))

    def place(self, **settings: Any) -> Place:
        """Where the runs are played."""
        return open_place(self.root, {**self.settings, **settings})

    def ledger(self) -> Ledger:
        """The turns that were played."""
        return open_ledger(self.place())

    def memory(self, **settings: Any) -> Memory:
        """What is remembered here."""
        return remembering(self.place(**settings))

    def teach(self, text: str, *paths: str, label: str = "design_decision", **more: Any) -> Record:
        """Add a memory, as a person does by hand."""
        written = self.memory().add(Draft(text, label=label, anchors=Anchors(paths=paths), **more))
        assert written.record is not None
        return written.record

    def memories(self, label: str | None = None, **where: Any) -> list[Record]:
        """The memories of one label, or all that were learned, whatever their status."""
        labels = (label,) if label else ()
        found = self.memory().list(Where(label=labels, status=ANY_STATUS, **where))
        return [record for record in found if label or record.kind is not Kind.STRUCTURAL]

    def _play(
        self,
        answers: Script,
        act: Callable[[Session], RunFinished],
        *,
        memory: bool = True,
        chat: bool = False,
        consent: Consent | None = None,
        hear: Hear | None = None,
        session: str | None = None,
        **settings: Any,
    ) -> Played:
        events: list[Event] = []

        def listen(event: Event) -> None:
            events.append(event)
            if hear:
                hear(event)

        with ScriptedModel(answers) as model:
            place = self.place(**{"base_url": model.base_url, **settings})
            remembered = remembering(place) if memory else None
            opened = open_session(place, listen, consent, chat=chat, memory=remembered, session=session)
            finished = act(opened)
        return Played(events, finished, model.requests, model.headers)


@cache
def embedder() -> Light:
    """The embedder of the program, loaded once for all runs: it takes longer to load than a run takes."""
    return Light()


def remembering(place: Place) -> Memory:
    """The memories of a place, as `agent.place.open_memory` opens them."""
    code = RepositoryCode(place.workspace, place.git, open_index(place))
    return Memory(open_store(place.paths.memory, embedder()), code, view_of(place), clock=place.clock())


def plan(summary: str, *files: str, creates: Sequence[str] = (), **more: Any) -> Answer:
    """The model submits a plan of one step."""
    step = {"what": summary, "files": list(files), "creates": list(creates)}
    arguments = {"summary": summary, "steps": [step], "tests": [], "memories": [], **more}
    return Answer(tool_calls=[("submit_plan", arguments)])


def call(name: str, **arguments: Any) -> Answer:
    """The model calls one tool."""
    return Answer(tool_calls=[(name, arguments)])


def keep(*lessons: Mapping[str, Any]) -> Answer:
    """The model names what it has learned."""
    return Answer(tool_calls=[("keep", {"lessons": list(lessons)})])
