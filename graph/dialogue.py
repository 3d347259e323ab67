"""Asks the model: one question, one answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from graph.context import Role, RunContext
from graph.errors import ModelDenied, ModelSilent, ModelUnreachable, WindowExceeded
from graph.events import Noticed, TextStreamed, UsageCounted
from graph.fitting import fitted
from graph.model import Listener, Model
from graph.reply import Call, Reply, touched
from graph.transcript import Message, Transcript
from graph.veil import Veil

MOST_REFUSALS = 4  # of a conversation for its length: each time it is sent shorter
SILENCES = 2  # empty answers in a row that are borne


def ask(context: RunContext, node: str) -> Reply:
    """Send the conversation so far to the model, and record its answer.

    Raises:
        BudgetSpent: The turn's limits allow no further call.
        ModelError: No usable answer came.
    """
    role: Role = "edit" if node == "edit" else "plan"
    for _ in range(SILENCES + 1):
        reply = unheard(context.transcript)
        if reply is None:
            _tell_of_folders(context, node)
            asked = Asked(role, context.transcript, partial(fitted, context, node), context.toolset.schemas)
            reply = put(context, node, asked)
        if reply.text.strip() or reply.calls:
            return reply
        say(
            context,
            node,
            "Your last answer was empty. Go on with the task: call a tool, or say what you did.",
        )
    raise ModelSilent(
        f"The model answered {SILENCES + 1} times with nothing. "
        "Try another model, or continue with `oldhand resume`."
    )


def _tell_of_folders(context: RunContext, node: str) -> None:
    """Pass on the instructions of the folders that the model's last answer touches."""
    messages = context.transcript.messages()
    answers = (message for message in reversed(messages) if message["role"] == "assistant")
    paths = [path for call in next(answers, {}).get("tool_calls") or [] for path in touched(Call.of(call))]
    told = (str(message["content"]) for message in messages if message["role"] == "user")
    for text in context.instructions.beneath(paths, told):
        say(context, node, text)


@dataclass(frozen=True)
class Asked:
    """A question to the model.

    Attributes:
        role: Which of the models.
        transcript: Where its answer is written down.
        messages: The conversation for a model, and after so many refusals because of its length.
        schemas: What it may call.
    """

    role: Role
    transcript: Transcript
    messages: Callable[[Model, int], Sequence[Message]]
    schemas: Sequence[dict[str, Any]]


def put(context: RunContext, node: str, asked: Asked) -> Reply:
    """One counted model call.

    Raises:
        BudgetSpent: The turn's limits allow no further call.
        ModelError: No usable answer came.
    """
    context.budget.check()
    step = asked.transcript.replies(node) + 1
    headers = {"X-Oldhand-Step": f"{node}/{step}", **context.headers}
    veil = Veil(context.vault, lambda text: context.emit(TextStreamed(node, text)))
    listener = Listener(text=veil.hear, notice=lambda text: context.emit(Noticed(text)))
    reply = _answer(context, asked, headers, listener)
    veil.end()
    usage = reply.usage.to_json()
    asked.transcript.append(node, reply.message(), usage)
    context.transcript.note(node, "seconds", context.budget.seconds())  # a kill loses it no more than tokens
    context.budget.count(node, usage)
    context.emit(UsageCounted(node, step, **usage))
    return reply


def _answer(context: RunContext, asked: Asked, headers: dict[str, str], listener: Listener) -> Reply:
    """The model's answer; a conversation that is too long is shortened, a model that fails replaced."""
    refusals = 0
    while True:
        model = context.models.of(asked.role)
        messages = asked.messages(model, refusals)
        try:
            return model.ask(messages, asked.schemas, headers, listener)
        except WindowExceeded:
            refusals += 1
            if refusals > MOST_REFUSALS:
                raise
        except (ModelUnreachable, ModelDenied) as error:
            spare = context.models.give_up(asked.role)
            if spare is None:
                raise
            refusals = 0
            why = str(error).partition(". ")[0]  # what to do about it is no matter now
            context.emit(Noticed(f"{why}. The fallback model {spare.name} takes over."))


def unheard(transcript: Transcript) -> Reply | None:
    """The model's last answer, where the run was stopped before anything came of it."""
    last = transcript.last()
    return Reply.of(last) if last and last["role"] == "assistant" else None


def task_key(task: str) -> str:
    """A short, stable key for a task."""
    return blake2b(task.encode(), digest_size=6).hexdigest()


def say(context: RunContext, node: str, text: str) -> None:
    """Add a message from the harness, once: a step that is run again does not say it twice."""
    text = context.vault.hide(text)
    last = context.transcript.last()
    if last is None or last["role"] != "user" or last["content"] != text:
        context.transcript.append(node, {"role": "user", "content": text})
