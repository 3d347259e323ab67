"""Recorded model answers: an outline of each request, and its answer word for word.

A recording is JSON Lines, one exchange a line. Of a request it keeps only what an answer is matched
by: the task, the step, and the outline of the conversation; neither headers nor prompts.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.errors import RecordingError
from evals.wire import Completion, ToolCall, Usage

VERSION = 1
STEP_HEADER = "x-oldhand-step"
TASK_HEADER = "x-oldhand-task"


@dataclass(frozen=True)
class Key:
    """Which request of a run this is: the task's digest, the node that asks, and which call of the run."""

    task: str
    node: str
    number: int

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Key | None":
        """Read the headers that every request of ours carries (names in lower case)."""
        node, _, number = headers.get(STEP_HEADER, "").partition("/")
        task = headers.get(TASK_HEADER, "")
        return cls(task, node, int(number)) if task and node and number.isdigit() else None

    @property
    def step(self) -> str:
        """The step as the header writes it, such as `edit/3`."""
        return f"{self.node}/{self.number}"


@dataclass(frozen=True)
class Exchange:
    """One request, in outline, and its answer."""

    key: Key
    outline: tuple[str, ...]
    model: str
    answer: Completion

    def to_line(self) -> str:
        """One line of a recording."""
        document = {"v": VERSION, **asdict(self)}
        return json.dumps(document, ensure_ascii=False)

    @classmethod
    def from_line(cls, line: str) -> "Exchange":
        """Read one line of a recording.

        Raises:
            ValueError, KeyError or TypeError: the line is not one.
        """
        document = json.loads(line)
        if document["v"] != VERSION:
            raise ValueError(f"version {document['v']}; this program reads version {VERSION}")
        answer = document["answer"]
        completion = Completion(
            answer["content"],
            tuple(ToolCall(**call) for call in answer["tool_calls"]),
            answer["finish_reason"],
            Usage(**answer["usage"]) if answer["usage"] else None,
        )
        return cls(Key(**document["key"]), tuple(document["outline"]), document["model"], completion)


def outline_of(messages: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What a conversation looks like from afar, a word for each message.

    An assistant's message names the tools it called, a tool's message whether it was an error: an
    answer that fitted another course of events must not be given.
    """
    return tuple(_outlined(message) for message in messages)


def read_recording(path: Path) -> list[Exchange]:
    """Read a recording, in the order in which it was made.

    A step that was asked again at once (a retry) counts with its last answer.

    Raises:
        RecordingError: the file is missing, broken, or has one step in two places.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"The recording {path} cannot be read: {error}. Record it again.") from error
    exchanges: list[Exchange] = []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        exchange = _read_line(path, number, line)
        if exchanges and exchanges[-1].key == exchange.key:
            exchanges.pop()
        exchanges.append(exchange)
    keys = [exchange.key for exchange in exchanges]
    for key in keys:
        if keys.count(key) > 1:
            raise RecordingError(f"{path} holds {key.step} of task {key.task} twice. Record it again.")
    return exchanges


def _read_line(path: Path, number: int, line: str) -> Exchange:
    try:
        return Exchange.from_line(line)
    except (ValueError, KeyError, TypeError) as error:
        sentence = f"Line {number} of the recording {path} cannot be read: {error!r}. Record it again."
        raise RecordingError(sentence) from error


def _outlined(message: Mapping[str, Any]) -> str:
    role = str(message.get("role"))
    if role == "assistant":
        calls = message.get("tool_calls") or []
        return " ".join([role, *(call["function"]["name"] for call in calls)])
    if role == "tool":
        return "tool error" if _text(message.get("content")).startswith("Error:") else "tool"
    return role


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")
