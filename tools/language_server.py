"""Asking the language servers that a person has installed, by the Language Server Protocol.

`sansio-lsp-client` speaks the protocol; the process and its pipes are ours. Only servers that the caller
names are started: many build the project, or run its scripts, before they answer.
"""

import os
import selectors
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from urllib.parse import unquote, urlsplit

from sansio_lsp_client import client as lsp
from sansio_lsp_client import events, structs

from tools.languages import language_of
from tools.process_group import finish, start
from tools.python_analysis import Target

# What people have, by language; the first that is on PATH is taken.
KNOWN_SERVERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "python": (("ty", "server"), ("basedpyright-langserver", "--stdio"), ("pyright-langserver", "--stdio")),
    "javascript": (("typescript-language-server", "--stdio"),),
    "typescript": (("typescript-language-server", "--stdio"),),
    "tsx": (("typescript-language-server", "--stdio"),),
    "go": (("gopls",),),
    "rust": (("rust-analyzer",),),
    "c": (("clangd",),),
    "cpp": (("clangd",),),
    "ruby": (("ruby-lsp",), ("solargraph", "stdio")),
    "php": (("intelephense", "--stdio"), ("phpactor", "language-server")),
    "lua": (("lua-language-server",),),
    "bash": (("bash-language-server", "start"),),
}
_TIMEOUT_S = 10.0
_CHUNK = 65_536

_Place = structs.Location | structs.LocationLink
_Places = _Place | Sequence[_Place] | None


def servers_on_path(root: Path, languages: Iterable[str] | None = None) -> dict[str, "LanguageServer"]:
    """The servers that are installed for some languages, or all; none is started yet."""
    found: dict[tuple[str, ...], LanguageServer] = {}
    servers: dict[str, LanguageServer] = {}
    for language in languages if languages is not None else KNOWN_SERVERS:
        argv = next((argv for argv in KNOWN_SERVERS.get(language, ()) if shutil.which(argv[0])), None)
        if argv is not None:
            servers[language] = found.setdefault(argv, LanguageServer(argv, root))
    return servers


class LanguageServer:
    """One server, started at the first question and kept until `close`.

    Args:
        argv: how it is started.
        root: the repository.
        timeout_s: seconds for one answer, the start included.
    """

    def __init__(self, argv: Sequence[str], root: Path, timeout_s: float = _TIMEOUT_S) -> None:
        self._argv = argv
        self._root = root
        self._timeout_s = timeout_s
        self._process: Popen[bytes] | None = None
        self._input = -1
        self._client: lsp.Client | None = None

    def definition(self, path: str, text: str, line: int, column: int) -> list[Target] | None:
        """Where the name at a place is defined; None when the server does not say in time.

        Args:
            path: the file.
            text: its content.
            line: 1-based.
            column: 0-based, in characters.
        """
        return self._ask("definition", path, text, line, column)

    def references(self, path: str, text: str, line: int, column: int) -> list[Target] | None:
        """Where the thing at a place is used, its definition included; None when the server does not say."""
        return self._ask("references", path, text, line, column)

    def close(self) -> None:
        """End the server."""
        process, self._process, self._client = self._process, None, None
        if process is not None:
            os.close(self._input)
            finish(process)

    def _ask(self, what: str, path: str, text: str, line: int, column: int) -> list[Target] | None:
        deadline = time.monotonic() + self._timeout_s
        client = self._ready(deadline)
        if client is None:
            self.close()
            return None
        uri = (self._root / path).as_uri()
        document = structs.TextDocumentIdentifier(uri=uri)
        client.did_open(
            structs.TextDocumentItem(uri=uri, languageId=language_of(path) or "", version=0, text=text)
        )
        place = structs.Position(line=line - 1, character=column)
        question = structs.TextDocumentPosition(textDocument=document, position=place)
        getattr(client, what)(question)
        wanted = events.Definition if what == "definition" else events.References
        for event in self._events(client, deadline):
            if isinstance(event, wanted):
                client.did_close(document)
                return self._targets(event.result)
            if isinstance(event, events.ResponseError):
                return None
        self.close()  # it hangs, or is gone
        return None

    def _ready(self, deadline: float) -> lsp.Client | None:
        if self._client is not None:
            return self._client
        reading, self._input = os.pipe()
        with os.fdopen(reading, "rb") as fed:
            self._process = start(self._argv, self._root, None, fed)
        client = lsp.Client(
            process_id=os.getpid(),
            root_uri=self._root.as_uri(),
            workspace_folders=[structs.WorkspaceFolder(uri=self._root.as_uri(), name=self._root.name)],
        )
        for event in self._events(client, deadline):
            if isinstance(event, events.Initialized):
                self._client = client
                return client
        return None

    def _events(self, client: lsp.Client, deadline: float) -> Iterator[events.Event]:
        """What the server says until the deadline; its own questions are answered with the least."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(process.stderr, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                with suppress(BrokenPipeError):
                    _write_all(self._input, client.send())
                for key, _ in selector.select(left):
                    data = os.read(key.fd, _CHUNK)
                    if not data:
                        selector.unregister(key.fileobj)
                    if key.fileobj is process.stdout:
                        if not data:
                            return
                        yield from _received(client, data)

    def _targets(self, result: _Places) -> list[Target]:
        if result is None:
            return []
        return [self._target(place) for place in (result if isinstance(result, Sequence) else [result])]

    def _target(self, place: _Place) -> Target:
        uri = place.targetUri if isinstance(place, structs.LocationLink) else place.uri
        span = place.targetSelectionRange if isinstance(place, structs.LocationLink) else place.range
        file = Path(unquote(urlsplit(uri).path))
        inside = file.is_relative_to(self._root)
        path = file.relative_to(self._root).as_posix() if inside else None
        return Target(path, span.start.line + 1, file.name, "")


def _received(client: lsp.Client, data: bytes) -> Iterator[events.Event]:
    while True:
        try:
            for event in client.recv(data):
                if isinstance(event, events.ConfigurationRequest):
                    event.reply([None for _ in event.items])
                elif isinstance(event, events.WorkspaceFolders):
                    event.reply([])
                elif isinstance(event, events.RegisterCapabilityRequest | events.WorkDoneProgressCreate):
                    event.reply()
                else:
                    yield event
        except NotImplementedError:  # a message of the server's own; what follows it is still to be read
            data = b""
        else:
            return


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
