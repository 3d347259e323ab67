"""JSON-RPC with a program over its pipes, as language servers speak it. Every wait has a limit.

Whatever the program does (ends, falls silent, stops reading, writes what is no message), the caller gets a
`ServerFailed` within its time. One thread, no locks: the pipes are read while there is a question, and what
the program says in between waits there.
"""

import json
import os
import re
import selectors
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import finalize

from tools.errors import ServerFailed, ServerLate
from tools.process_group import CHUNK, end_group, finish, start

_LARGEST = 50_000_000  # bytes of one message
_LARGEST_HEAD = 4_000
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_NO_SUCH_METHOD = -32601
_NOT_YET = frozenset({-32801, -32802, -32800})  # contents changed, or work was dropped: ask again
_PAUSE_S = 0.1

Answerer = Callable[[str, Any], Any]


class Refused(Exception):
    """The program answered a question with an error."""


class Connection:
    """A running program that answers questions.

    Args:
        argv: the program and its arguments.
        cwd: where it runs.
        env: its environment.
        answer: what to say when the program asks: method and parameters in, result out; KeyError where
            there is nothing to say.

    Raises:
        ProgramNotFound: it is not installed or cannot be started.
    """

    def __init__(
        self, argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None, answer: Answerer
    ) -> None:
        self._process = start(argv, cwd, env, subprocess.PIPE)
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        self._end = finalize(self, _end, self._process)  # at the latest when we end
        self._answer = answer
        self._unsent = bytearray()
        self._unread = bytearray()
        self._results: dict[int, dict[str, Any]] = {}
        self._asked = 0

    def close(self) -> None:
        """End the program and whatever it has started."""
        self._end()

    def tell(self, method: str, parameters: object) -> None:
        """Say something that wants no answer; it is sent with the next question."""
        self._send({"method": method, "params": parameters})

    def ask(self, method: str, parameters: object, timeout_s: float) -> Any:
        """Ask, and return the result.

        Raises:
            ServerLate: no answer came in time.
            ServerFailed: the program has ended, or makes no sense.
            Refused: it answers that it cannot.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            self._asked += 1
            self._send({"id": self._asked, "method": method, "params": parameters})
            while self._asked not in self._results:
                self._exchange(deadline)
            answer = self._results.pop(self._asked)
            self._results.clear()  # late answers to earlier questions
            error = answer.get("error")
            if not isinstance(error, dict):
                return answer.get("result")
            if error.get("code") not in _NOT_YET or time.monotonic() + _PAUSE_S > deadline:
                raise Refused(str(error.get("message", "no reason given"))[:200])
            time.sleep(_PAUSE_S)

    def _send(self, message: dict[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._unsent += b"Content-Length: %d\r\n\r\n%s" % (len(body), body)

    def _exchange(self, deadline: float) -> None:
        """Write what can be written, read what is there."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise ServerLate("gave no answer in time")
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(stdout, selectors.EVENT_READ)
                selector.register(stderr, selectors.EVENT_READ)
                if self._unsent:
                    selector.register(stdin, selectors.EVENT_WRITE)
                for key, _ in selector.select(left):
                    if key.fileobj is stdin:
                        del self._unsent[: os.write(key.fd, self._unsent[:CHUNK])]
                        continue
                    data = os.read(key.fd, CHUNK)
                    if key.fileobj is stdout:
                        self._unread += data
                        self._take_messages()
                    if not data:
                        raise ServerFailed("has ended")
        except (OSError, ValueError) as error:  # the second: a closed pipe
            raise ServerFailed("has ended") from error

    def _take_messages(self) -> None:
        while (message := self._next_message()) is not None:
            number = message.get("id")
            if "method" in message:
                if number is not None:
                    self._reply(number, str(message["method"]), message.get("params"))
            elif isinstance(number, int):
                self._results[number] = message

    def _next_message(self) -> dict[str, Any] | None:
        """The next whole message that was read; None when there is none yet."""
        head, found, _ = bytes(self._unread[:_LARGEST_HEAD]).partition(b"\r\n\r\n")
        if not found:
            if len(self._unread) >= _LARGEST_HEAD:
                raise ServerFailed("says what is no message")
            return None
        length = _LENGTH.search(head)
        if length is None or int(length[1]) > _LARGEST:
            raise ServerFailed("says what is no message")
        begins = len(head) + 4
        ends = begins + int(length[1])
        if len(self._unread) < ends:
            return None
        body = bytes(self._unread[begins:ends])
        del self._unread[:ends]
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ServerFailed("says what is no message") from error
        if not isinstance(message, dict):
            raise ServerFailed("says what is no message")
        return message

    def _reply(self, number: object, method: str, parameters: Any) -> None:
        try:
            self._send({"id": number, "result": self._answer(method, parameters)})
        except KeyError:
            error = {"code": _NO_SUCH_METHOD, "message": f"{method} is not supported"}
            self._send({"id": number, "error": error})


def _end(process: "subprocess.Popen[bytes]") -> None:
    end_group(process)
    if process.stdin is not None:
        with suppress(OSError):  # what was not sent is sent to nobody
            process.stdin.close()
    finish(process)
