"""Lessons of a run, drawn by the model from its task, plan, failures and diff."""

from collections.abc import Sequence

from graph.context import RunContext
from graph.dialogue import Asked, put, unheard
from graph.diffs import telling
from graph.events import Noticed
from graph.findings import findings
from graph.fitting import HARDER
from graph.known import Known, known_memories, without
from graph.lessons import PREFERENCES, Lesson, LessonTools, Verdicts, read_lessons, read_verdicts
from graph.model import Model
from graph.outcome import outcome_of
from graph.prompts import render
from graph.shortening import beginning, middle_left_out
from graph.state import Json, RunState
from graph.toolset import Toolset, Use
from graph.transcript import Message
from memory.records import Anchors, Draft, Origin, Provenance, Status, symbols

DIFF_CHARS = 6_000
LINE_CHARS = 300  # of a step, a risk, a question
MOST_LINES = 24
STATED = 0.9  # confidence in what a person said
LEARNED = 0.65  # in what the model concluded and tests did not contradict
TRIED = 0.35  # in what it concluded from a run that failed


def draw_lessons(context: RunContext, state: RunState, diff: str) -> tuple[list[Draft], Verdicts]:
    """Ask what is worth keeping, and what became of memories whose code has changed.

    Args:
        context: The run.
        state: What it came to.
        diff: What it changed.

    Raises:
        ModelError: No usable answer came.
        BudgetSpent: The turn's limits allow no further call.
    """
    known = known_memories(context, state)
    tools = Toolset({Use.PLAN: [LessonTools().keep]})
    reply = unheard(context.notebook)
    if reply is None:
        question = context.vault.hide(_question(state, diff, known, context.transcript.messages()))

        def shorter(model: Model, refusals: int) -> list[Message]:
            most = int(len(question) * HARDER**refusals)
            return [{"role": "user", "content": middle_left_out(question, most)}]

        reply = put(context, "remember", Asked("memory", context.notebook, shorter, tools.schemas))
    lessons, refused = read_lessons(reply.calls)
    for why in refused:
        context.emit(Noticed(f"A lesson was not kept: {why}"))
    passed = outcome_of(state)[0] == "passed"
    drafts = [_draft(context, _checked(context, lesson, known), passed) for lesson in lessons]
    return drafts, read_verdicts(reply.calls, known.doubtful())


def _checked(context: RunContext, lesson: Lesson, known: Known) -> Lesson:
    """The lesson, without the ids of memories that the model has not been shown."""
    if unknown := known.unknown_to(lesson):
        names = ", ".join(unknown)
        context.emit(Noticed(f"A lesson named {names}, which was not shown; that is left out."))
    return without(lesson, unknown)


def _question(state: RunState, diff: str, known: Known, messages: Sequence[Message]) -> str:
    outcome, reason = outcome_of(state)
    failures = [
        f"Attempt {n} failed:\n{attempt['excerpt']}" for n, attempt in enumerate(state.get("failures", []), 1)
    ]
    events = "\n".join([*failures, f"The end: {outcome}. {reason}", state.get("summary", "")])
    return render(
        "remember",
        task=state["task"],
        plan=_decided(state.get("plan") or {}),
        events=events,
        found=findings([said for said in messages if said["content"] != state.get("summary")]),
        diff=telling(diff, DIFF_CHARS),
        known=known.text(),
    )


def _decided(plan: Json) -> str:
    """The plan with what it left open and was afraid of: lessons are often the answer to that."""
    parts = (
        ("", (step["what"] for step in plan.get("steps", []))),
        ("Risk: ", plan.get("risks", [])),
        ("Open: ", plan.get("questions", [])),
    )
    lines = [f"- {mark}{beginning(text, LINE_CHARS)}" for mark, texts in parts for text in texts]
    return "\n".join([plan.get("summary", ""), *lines[:MOST_LINES]])


def _draft(context: RunContext, lesson: Lesson, passed: bool) -> Draft:
    confidence = STATED if lesson.stated_by_person else LEARNED if passed else TRIED
    personal = lesson.scope == "user" and lesson.label in PREFERENCES
    return Draft(
        text=lesson.text,
        label=lesson.label,
        level="user" if personal else "repo",
        anchors=Anchors(paths=tuple(lesson.files), symbols=symbols(*lesson.symbols)),
        status=Status.ACTIVE if context.learn == "auto" else Status.PROPOSED,
        supersedes=tuple(lesson.replaces),
        repeats=tuple(name for name in lesson.repeats if name not in lesson.replaces),
        provenance=Provenance(
            origin=Origin.USER if lesson.stated_by_person else Origin.RUN,
            session=context.session,
            author=context.user,
        ),
        confidence=confidence,
    )
