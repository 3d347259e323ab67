"""The conversation of one turn with the model, on disk as it happens.

LangGraph's checkpoints hold small state only; what was said lies here, one JSON line a message,
written before anything is done about it. So a run that is killed in the middle of a step goes on from
its last message, and an edit is never asked for twice.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Message = dict[str, Any]  # an OpenAI chat message: role, content, tool_calls, tool_call_id


class Transcript:
    """Append-only messages, each with the step that made it.

    Args:
        path: The file; it and its folder are made with the first message.
        hide: Takes secrets out of a message: what it gives is written and sent.
    """

    def __init__(self, path: Path, hide: Callable[[Message], Message] | None = None) -> None:
        self._path = path
        self._hide = hide or (lambda message: message)
        self._entries = list(_read(path))

    def append(self, node: str, message: Message, usage: dict[str, Any] | None = None) -> None:
        """Add a message, with what it cost where it is an answer, and write it through to the disk."""
        self._write({"node": node, "message": self._hide(message), **({"usage": usage} if usage else {})})

    def note(self, node: str, name: str, value: Any) -> None:
        """Add a fact that the model is not told, for a process that may have to go on from here."""
        self._write({"node": node, **self._hide({name: value})})

    def noted(self, name: str) -> list[Any]:
        """The facts of one name, oldest first."""
        return [entry[name] for entry in self._entries if name in entry]

    def usages(self) -> list[tuple[str, dict[str, Any]]]:
        """What each answer cost, and the step that asked for it, oldest first."""
        return [(entry["node"], entry["usage"]) for entry in self._entries if "usage" in entry]

    def messages(self) -> list[Message]:
        """The whole conversation so far, oldest first."""
        return [message for _, message in self._said()]

    def replies(self, node: str) -> int:
        """How often the model has answered in this step."""
        return sum(step == node and message["role"] == "assistant" for step, message in self._said())

    def open_calls(self) -> list[Message]:
        """The tool calls of the last answer that have no result yet."""
        answered: set[str] = set()
        for message in reversed(self.messages()):
            if message["role"] == "tool":
                answered.add(message["tool_call_id"])
            elif message["role"] == "assistant":
                return [c for c in message.get("tool_calls") or [] if c["id"] not in answered]
            else:
                return []
        return []

    def begun(self, call_id: str) -> bool:
        """Whether a call of the last answer was begun, and not held back for the person's consent."""
        for entry in reversed(self._entries):
            if call_id in (entry.get("begun"), entry.get("held")):
                return "begun" in entry
            if entry.get("message", {}).get("role") == "assistant":
                return False
        return False

    def last(self) -> Message | None:
        """The newest message."""
        said = self.messages()
        return said[-1] if said else None

    def _said(self) -> list[tuple[str, Message]]:
        return [(entry["node"], entry["message"]) for entry in self._entries if "message" in entry]

    def _write(self, entry: dict[str, Any]) -> None:
        # A file name may hold bytes that are no text; what is sent to the model must be.
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._entries.append(json.loads(line))


def _read(path: Path) -> Iterator[dict[str, Any]]:
    """The entries of a file; a last line torn by a kill is left out, and cut off the file."""
    if not path.exists():
        return
    whole = 0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            yield json.loads(line)
            whole += len(line)
    if whole < path.stat().st_size:
        os.truncate(path, whole)
