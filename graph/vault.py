"""Stand-ins for the secrets of a session.

A secret that comes up (in a file, a command's output, the person's words, the model's answer) is replaced by
a stand-in such as `[secret 3f9a1c: GitHub token]` before it is sent to a model, written to disk or told to
another program. The model works with the stand-in: where it uses one in an edit or a command, the secret
takes its place again, so a file is never written with a mask in it. The secrets themselves are only here, in
memory; the tags are random, so nothing can be guessed from them.
"""

import json
from secrets import token_hex
from threading import Lock
from typing import Any, TypeVar, cast

from graph.model_json import read_object
from graph.stubs import as_set, stubs_in
from graph.transcript import Message
from memory.secrets import STAND_IN, find_secrets
from tools.errors import ToolError

T = TypeVar("T")
_TELLING = 8  # characters from which on a known secret is found again wherever it stands


class UnknownSecret(ToolError):
    """A stand-in whose secret is not known any more: the model has to read the file again."""


class Vault:
    """The secrets of one session."""

    def __init__(self) -> None:
        self._stand_ins: dict[str, str] = {}  # by secret
        self._secrets: dict[str, str] = {}  # by tag
        self._stubs: set[str] = set()  # that were seen in tests, with the names that they are set by
        self._lock = Lock()  # several files may be read at the same time
        self._told: list[str] = []  # secrets to look for without a sign beside them, longest first

    def hide(self, text: str) -> str:
        """The text with a stand-in for each secret, in as many lines as before; stubs of tests stay."""
        return self._hide(text, self._stubs)

    def hide_printed(self, text: str) -> str:
        """The same for what may come from any file: there, a stub may be somebody's real password."""
        return self._hide(text, set())

    def hide_file(self, text: str, path: str = "") -> str:
        """The same for what a file holds, where a text may stand that only looks like a stand-in."""
        for match in STAND_IN.finditer(text):
            self._secrets.setdefault(match["tag"], match.group())
        stubs = stubs_in(path, text)
        self._stubs.update(stubs)
        return self._hide(text, stubs)

    def _hide(self, text: str, stubs: set[str]) -> str:
        for secret in self._told:
            if secret in text:
                text = text.replace(secret, self._stand_ins[secret])
        pieces, position = [], 0
        for place in find_secrets(text):
            known = text[place.start : place.end] in self._stand_ins
            if stubs and not known and as_set(text, place) in stubs:
                continue
            lines = text[place.start : place.end].split("\n")
            masked = (self._stand_in(line, place.name) if line.strip() else line for line in lines)
            pieces += [text[position : place.start], "\n".join(masked)]
            position = place.end
        return "".join([*pieces, text[position:]])

    def hide_all(self, value: T) -> T:
        """Plain data with all its texts hidden; the names of fields stay."""
        return cast(T, self._each(value, self.hide))

    def hide_message(self, message: Message) -> Message:
        """A chat message with all its texts hidden, the arguments of its calls included."""
        hidden: Message = self.hide_all({key: value for key, value in message.items() if key != "tool_calls"})
        if "tool_calls" in message:
            hidden["tool_calls"] = [self._hide_call(call) for call in message["tool_calls"]]
        return hidden

    def reveal_all(self, value: T, *, strict: bool) -> T:
        """Plain data with the secrets in the places of their stand-ins.

        Args:
            value: The data.
            strict: Whether it is an error that a secret is not known any more.

        Raises:
            UnknownSecret: One is not.
        """
        return cast(T, self._each(value, lambda text: self._reveal(text, strict=strict)))

    def _reveal(self, text: str, *, strict: bool) -> str:
        for match in STAND_IN.finditer(text):
            if match["tag"] in self._secrets:
                continue
            if strict:
                raise UnknownSecret(
                    f"What {match.group()} stands for is not known any more, so nothing was done. Read the "
                    "file it is in again, or ask for it, and use the stand-in that is shown then."
                )
        return STAND_IN.sub(lambda match: self._secrets.get(match["tag"], match.group()), text)

    def _hide_call(self, call: Message) -> Message:
        function = call["function"]
        arguments = read_object(function["arguments"])
        if arguments is None:
            hidden = self.hide(function["arguments"])
        else:
            clean = self.hide_all(arguments)
            hidden = function["arguments"] if clean == arguments else json.dumps(clean, ensure_ascii=False)
        return {**call, "function": {**function, "arguments": hidden}}

    def _stand_in(self, secret: str, name: str) -> str:
        with self._lock:
            if secret not in self._stand_ins:
                tag = token_hex(3)
                self._stand_ins[secret] = f"[secret {tag}: {name}]"
                self._secrets[tag] = secret
                if len(secret) >= _TELLING and any(sign.isdigit() for sign in secret) and " " not in secret:
                    self._told = sorted([*self._told, secret], key=len, reverse=True)
            return self._stand_ins[secret]

    def _each(self, value: Any, change: Any) -> Any:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, dict):
            return {key: self._each(item, change) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._each(item, change) for item in value)
        return value
