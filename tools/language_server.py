"""Asks an installed language server about a name in a file.

It may be slow, silent or broken; then it is left alone for the rest of the session, and what the index and
jedi know is the answer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from tools.errors import ProgramNotFound, ServerFailed, ServerLate
from tools.json_rpc import Connection, Refused
from tools.languages import language_of
from tools.python_analysis import Target

_START_S = 20.0
_ANSWER_S = 8.0
_MOST_WAITS = 2  # that end without an answer: at first it may be busy reading the project
_MOST_CHANGES = 2_000  # files told of at once; with more, it is started anew
_FENCE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
_LONGEST_TYPE = 400
_IDS = {"tsx": "typescriptreact", "bash": "shellscript"}  # where the protocol's name is not ours
_CREATED, _CHANGED, _DELETED = 1, 2, 3

Kind = Literal["definition", "references"]
Contents = Mapping[str, object]  # files, and what tells one content from another


class LanguageServer:
    """Asks one language server, which is started when it is first needed.

    Args:
        root: the repository.
        argv: the server's command line.
        env: its environment.
        contents: the files as they are now: the server is told what has changed since it was last asked.
        name: how it is called in a message; without one, by its command.
    """

    def __init__(
        self,
        root: Path,
        argv: Sequence[str],
        env: Mapping[str, str] | None,
        contents: Callable[[], Contents],
        name: str = "",
    ) -> None:
        self._root = root.resolve()
        self._argv = tuple(argv)
        self._name = name or argv[0]
        self._env = env
        self._contents = contents
        self._known: Contents = {}
        self._connection: Connection | None = None
        self._encoding = "utf-16"
        self._waits_left = _MOST_WAITS
        self.failure: str | None = None  # why it is not asked any more

    def close(self) -> None:
        """End the server, if it runs."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def definition(self, path: str, text: str, line: int, column: int) -> list[Target] | None:
        """Where the name at a place (line 1-based, column 0-based) is defined; None: it does not say."""
        return self._places("definition", path, text, line, column)

    def references(self, path: str, text: str, line: int, column: int) -> list[Target] | None:
        """Where the name at a place stands, its definition left out; None: it does not say."""
        return self._places("references", path, text, line, column)

    def type_of(self, path: str, text: str, line: int, column: int) -> str:
        """The signature or type of the name at a place, "" where it does not say."""
        found = self._ask("hover", path, text, line, column)
        told = found.get("contents") if isinstance(found, dict) else None
        parts = told if isinstance(told, list) else [told]
        for part in parts:
            value = part.get("value") if isinstance(part, dict) else part
            if isinstance(value, str) and value.strip():
                code = _FENCE.search(value)
                marked = isinstance(part, dict) and "language" in part
                first = code[1] if code else value if marked else value.strip().split("\n\n")[0]
                return " ".join(first.split())[:_LONGEST_TYPE]
        return ""

    def _places(self, kind: Kind, path: str, text: str, line: int, column: int) -> list[Target] | None:
        found = self._ask(kind, path, text, line, column)
        listed = [found] if isinstance(found, dict) else found
        if not isinstance(listed, list):
            return None
        return [target for item in listed if (target := self._target(item)) is not None] or None

    def _ask(self, what: str, path: str, text: str, line: int, column: int) -> Any:
        if self.failure is not None:
            return None
        try:
            connection = self._ready()
            before = text.split("\n")[line - 1][:column]
            uri = self._uri(path)
            asked: dict[str, object] = {
                "textDocument": {"uri": uri},
                "position": {"line": line - 1, "character": _units(before, self._encoding)},
            }
            if what == "references":
                asked["context"] = {"includeDeclaration": False}
            language = language_of(path) or "plaintext"
            document = {"uri": uri, "languageId": _IDS.get(language, language), "version": 1, "text": text}
            connection.tell("textDocument/didOpen", {"textDocument": document})
            try:
                return connection.ask(f"textDocument/{what}", asked, _ANSWER_S)
            finally:  # what is open, a server does not read again when it changes
                connection.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        except Refused:
            return None
        except ServerLate as error:
            self._waits_left -= 1
            if self._waits_left == 0:
                self._give_up(f"{self._name} {error}")
        except ServerFailed as error:
            self._give_up(f"{self._name} {error}")
        except ProgramNotFound as error:
            self._give_up(str(error))
        return None

    def _give_up(self, why: str) -> None:
        self.failure = f"{why.rstrip('.')}; it is not asked again in this session."
        self.close()

    def _ready(self) -> Connection:
        """The running server, told of what has changed."""
        now = dict(self._contents())
        changes = _changes(self._known, now) if self._connection is not None else []
        self._known = now
        if len(changes) > _MOST_CHANGES:
            self.close()
        if self._connection is None:
            return self._start()
        if changes:
            told = [{"uri": self._uri(path), "type": kind} for path, kind in changes]
            self._connection.tell("workspace/didChangeWatchedFiles", {"changes": told})
        return self._connection

    def _start(self) -> Connection:
        connection = self._connection = Connection(self._argv, self._root, self._env, self._answer)
        folder = {"uri": self._root.as_uri(), "name": self._root.name}
        asked = {
            "processId": None,  # it may run among processes of its own, where ours has another number
            "rootUri": folder["uri"],
            "workspaceFolders": [folder],
            "capabilities": {
                "general": {"positionEncodings": ["utf-32", "utf-16"]},
                "workspace": {"configuration": True, "workspaceFolders": True},
                "textDocument": {"hover": {"contentFormat": ["markdown", "plaintext"]}},
            },
        }
        try:
            answer = connection.ask("initialize", asked, _START_S)
        except Refused as error:
            raise ServerFailed(f"refuses to start: {error}") from error
        except ServerLate as error:
            raise ServerFailed(str(error)) from error
        able = answer.get("capabilities") if isinstance(answer, dict) else None
        encoding = able.get("positionEncoding") if isinstance(able, dict) else None
        self._encoding = encoding if encoding in ("utf-8", "utf-32") else "utf-16"
        connection.tell("initialized", {})
        return connection

    def _answer(self, method: str, parameters: Any) -> Any:
        """What the server may ask of us: no settings are set, no progress is shown, nothing is changed."""
        match method:
            case "workspace/configuration":
                items = parameters.get("items") if isinstance(parameters, dict) else None
                return [None] * (len(items) if isinstance(items, list) else 0)
            case "workspace/workspaceFolders":
                return [{"uri": self._root.as_uri(), "name": self._root.name}]
            case "workspace/applyEdit":
                return {"applied": False}
            case "client/registerCapability" | "client/unregisterCapability":
                return None
            case "window/workDoneProgress/create" | "window/showMessageRequest":
                return None
        raise KeyError(method)

    def _uri(self, path: str) -> str:
        return (self._root / path).as_uri()

    def _target(self, item: object) -> Target | None:
        """A location, or a link to one, as a target; None where it is neither."""
        if not isinstance(item, dict):
            return None
        uri: Any = item.get("targetUri", item.get("uri"))
        span: Any = item.get("targetSelectionRange", item.get("range"))
        try:
            line = int(span["start"]["line"]) + 1
            place = Path(unquote(urlsplit(uri).path)) if urlsplit(uri).scheme == "file" else None
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        if place is not None and place.is_relative_to(self._root):
            return Target(place.relative_to(self._root).as_posix(), line, place.stem, "")
        return Target(None, line, str(place or uri), "")


def _units(before: str, encoding: str) -> int:
    """How long a text is in the units that the server counts in."""
    if encoding == "utf-32":
        return len(before)
    size = 1 if encoding == "utf-8" else 2
    return len(before.encode("utf-16-le" if size == 2 else "utf-8", "surrogatepass")) // size


def _changes(old: Contents, new: Contents) -> list[tuple[str, int]]:
    gone = [(path, _DELETED) for path in old if path not in new]
    fresh = [(path, _CREATED) for path in new if path not in old]
    return [*gone, *fresh, *((path, _CHANGED) for path in new if path in old and new[path] != old[path])]
