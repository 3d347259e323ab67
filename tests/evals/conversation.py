"""A short conversation of a run, and the client that asks it: what recorder and replayer are tried with."""

from pathlib import Path
from typing import Any

from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from evals.recorder import Recorder
from tests.scripted_model import Answer, ScriptedModel

TASK = "0123456789ab"
SYSTEM = {"role": "system", "content": "You are careful."}
USER = {"role": "user", "content": "Do it."}


def ask(base_url: str, step: str, messages: list[dict[str, Any]], task: str = TASK) -> Any:
    """One streamed model call, as the loop makes it."""
    client = ChatOpenAI(
        base_url=base_url,
        api_key=SecretStr("sk-very-secret"),
        model="test-model",
        timeout=10,
        max_retries=0,
        stream_usage=True,
        use_responses_api=False,
    )
    headers = {"X-Oldhand-Step": step, "X-Oldhand-Task": task}
    parts = list(client.stream(messages, extra_headers=headers))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole


def called(name: str, call_id: str = "c1") -> dict[str, Any]:
    function = {"name": name, "arguments": "{}"}
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": call_id, "type": "function", "function": function}],
    }


def returned(text: str, call_id: str = "c1") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": text}


CONVERSATION: list[tuple[str, list[dict[str, Any]]]] = [
    ("plan/1", [SYSTEM, USER]),
    ("edit/1", [SYSTEM, USER]),
    ("edit/2", [SYSTEM, USER, called("read_file"), returned("text")]),
    ("remember/1", [SYSTEM, USER]),
]
ANSWERS = [
    Answer("The plan: read, then write.", usage=(50, 9)),
    Answer("", tool_calls=[("read_file", {"path": "a.py"}), ("search", {"pattern": "é"})], usage=(60, 20)),
    Answer("Done.\n\nÜnicode and a longer text, to be sent in several pieces.", usage=(70, 5)),
    Answer("Nothing to learn.", usage=None),
]


def record(out: Path) -> Path:
    """Record the conversation, asked of an endpoint that answers by script."""
    with ScriptedModel(ANSWERS) as model, Recorder(model.base_url, out) as recorder:
        for step, messages in CONVERSATION:
            ask(recorder.base_url, step, messages)
    return out
