"""What is remembered already, for the step that writes memories: so that nothing is said twice."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from graph.context import RunContext
from graph.lessons import Lesson
from graph.state import Json, RunState

NEAREST = 12
"""How many memories are shown beside those that the run was given."""


@dataclass(frozen=True)
class Known:
    """The memories that the model is shown before it writes new ones; of no others may it speak."""

    recalled: Sequence[Json]
    nearest: Sequence[Json]

    def doubtful(self) -> list[str]:
        """Ids of those whose code has changed since."""
        return [memory["id"] for memory in self.recalled if memory.get("warning")]

    def text(self) -> str:
        """All of them, a line each."""
        lines = [f"- {memory['id']}: {memory['text']}{_doubt(memory)}" for memory in self._all()]
        return "\n".join(lines) or "(nothing that bears on this)"

    def unknown_to(self, lesson: Lesson) -> list[str]:
        """Ids that a lesson names and that were not shown."""
        shown = {memory["id"] for memory in self._all()}
        return [name for name in (*lesson.replaces, *lesson.repeats) if name not in shown]

    def _all(self) -> Iterator[Json]:
        yield from self.recalled
        yield from self.nearest


def known_memories(context: RunContext, state: RunState) -> Known:
    """What the run was given, and what comes nearest to what it did."""
    recalled = state.get("recalled", [])
    plan = state.get("plan") or {}
    said = "\n".join((plan.get("summary", ""), state.get("summary", ""))).strip()
    nearest = _nearest(context, said, {memory["id"] for memory in recalled}) if said else ()
    return Known(recalled, tuple(nearest))


def _nearest(context: RunContext, said: str, known: Collection[str]) -> Iterator[Json]:
    assert context.memory is not None  # nothing is remembered without it
    for item in context.memory.search(said, limit=NEAREST):
        if item.record.id not in known and item.record.kind not in ("task", "structural"):
            yield {"id": item.record.id, "text": item.record.text}


def without(lesson: Lesson, names: Collection[str]) -> Lesson:
    """The lesson, without these ids in it."""
    return lesson.model_copy(
        update={
            "replaces": [name for name in lesson.replaces if name not in names],
            "repeats": [name for name in lesson.repeats if name not in names],
        }
    )


def _doubt(memory: Json) -> str:
    return f" (doubtful: {memory['warning']})" if memory.get("warning") else ""
