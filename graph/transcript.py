"""The conversation of one turn with the model, on disk as it happens.

LangGraph's checkpoints hold small state only; what was said lies here, one JSON line a message,
written before anything is done about it. So a run that is killed in the middle of a step goes on from
its last message, and an edit is never asked for twice.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Message = dict[str, Any]  # an OpenAI chat message: role, content, tool_calls, tool_call_id


class Transcript:
    """Append-only messages, each with the step that made it.

    Args:
        path: The file; it and its folder are made with the first message.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = list(_read(path))

    def append(self, node: str, message: Message) -> None:
        """Add a message and write it through to the disk."""
        # A file name may hold bytes that are no text; what is sent to the model must be.
        line = json.dumps({"node": node, "message": message}, ensure_ascii=False).encode("utf-8", "replace")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._entries.append(json.loads(line))

    def messages(self) -> list[Message]:
        """The whole conversation so far, oldest first."""
        return [entry["message"] for entry in self._entries]

    def replies(self, node: str) -> int:
        """How often the model has answered in this step."""
        return sum(e["node"] == node and e["message"]["role"] == "assistant" for e in self._entries)

    def has(self, node: str) -> bool:
        """Whether a step has said anything yet."""
        return any(entry["node"] == node for entry in self._entries)

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

    def last(self) -> Message | None:
        """The newest message."""
        return self._entries[-1]["message"] if self._entries else None


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
