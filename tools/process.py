"""The only place that starts a program.

Every program gets its own process group, so that whatever it started dies with it: at a timeout, when
the caller stops reading, and when the program itself is done but left something running behind.
"""

import os
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tools.process_group import CHUNK, POLL_S, CappedOutput, end_group, finish, pump, running, start

_LINE_LIMIT = 1_000_000  # a longer line is cut: minified files have lines of many megabytes
_STDERR_LIMIT = 8_000


@dataclass(frozen=True)
class Captured:
    """What a program left behind, as bytes."""

    argv: tuple[str, ...]
    exit_code: int  # negative: ended by that signal
    stdout: bytes
    stderr: bytes
    timed_out: bool
    truncated: bool  # the middle of an output was left out
    seconds: float


@dataclass(frozen=True)
class Completed:
    """What a program left behind, as text; bytes that are not UTF-8 are replaced."""

    argv: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    timed_out: bool
    truncated: bool
    seconds: float


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    output_limit: int = 200_000,
    cancel: Event | None = None,
) -> Completed:
    """Run a program to its end and return what it said.

    Args:
        argv: the program and its arguments; no shell in between.
        cwd: where it runs.
        timeout_s: seconds after which its whole process group is ended.
        env: its environment; None passes on our own.
        stdin: text to feed it; None closes its input.
        output_limit: bytes kept of each output: the head and the tail, with a note where it was cut.
        cancel: set by another thread, it ends the program as if its time were over.

    Raises:
        ProgramNotFound: it is not installed or cannot be started.
    """
    data = None if stdin is None else stdin.encode("utf-8", "surrogateescape")
    done = capture(
        argv, cwd=cwd, timeout_s=timeout_s, env=env, stdin=data, output_limit=output_limit, cancel=cancel
    )
    return Completed(
        argv=done.argv,
        exit_code=done.exit_code,
        stdout=done.stdout.decode("utf-8", "replace"),
        stderr=done.stderr.decode("utf-8", "replace"),
        timed_out=done.timed_out,
        truncated=done.truncated,
        seconds=done.seconds,
    )


def capture(
    argv: Sequence[str],
    *,
    cwd: Path,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    output_limit: int | None = None,
    cancel: Event | None = None,
) -> Captured:
    """Do what `run` does and return bytes; `output_limit` None keeps all of them."""
    started = time.monotonic()
    deadline = started + timeout_s
    out, err = CappedOutput(output_limit), CappedOutput(output_limit)
    with running(argv, cwd, env, stdin) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        in_time = pump(process, {process.stdout: out, process.stderr: err}, deadline, cancel)
        if not in_time:
            end_group(process)
        exit_code = process.wait()
    return Captured(
        argv=tuple(argv),
        exit_code=exit_code,
        stdout=out.value(),
        stderr=err.value(),
        timed_out=not in_time,
        truncated=out.truncated or err.truncated,
        seconds=time.monotonic() - started,
    )


def stream(
    argv: Sequence[str],
    *,
    cwd: Path,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
) -> "Stream":
    """Start a program and hand out its output line by line, without the line ends.

    Closing the stream (or leaving its `with` block) ends the program's whole process group, so a reader
    may stop as soon as it has enough.

    Raises:
        ProgramNotFound: it is not installed or cannot be started.
    """
    return Stream(argv, cwd=cwd, timeout_s=timeout_s, env=env)


class Stream(Iterator[bytes]):
    """The lines of a running program.

    Attributes:
        exit_code: None until the output has been read to its end.
        timed_out: the time was over before the output was; the lines so far are good.
    """

    def __init__(
        self, argv: Sequence[str], *, cwd: Path, timeout_s: float, env: Mapping[str, str] | None
    ) -> None:
        self.exit_code: int | None = None
        self.timed_out = False
        self._complaints = bytearray()
        self._deadline = time.monotonic() + timeout_s
        self._process = start(argv, cwd, env, None)
        self._lines = self._read()

    @property
    def stderr(self) -> str:
        """What the program complained about, from its beginning."""
        return self._complaints.decode("utf-8", "replace")

    def __next__(self) -> bytes:
        return next(self._lines)

    def close(self) -> None:
        """End the program, if it still runs."""
        finish(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.close()

    def _read(self) -> Iterator[bytes]:
        rest = bytearray()
        cutting = False  # inside a line that was longer than the limit
        for chunk in self._chunks():
            *lines, last = chunk.split(b"\n")
            for line in lines:
                if not cutting:
                    yield bytes(rest + line)[:_LINE_LIMIT]
                rest.clear()
                cutting = False
            if not cutting:
                rest += last
            if len(rest) > _LINE_LIMIT:
                yield bytes(rest[:_LINE_LIMIT])
                rest.clear()
                cutting = True
        if rest:
            yield bytes(rest)
        self._settle()

    def _settle(self) -> None:
        if not self.timed_out:
            try:
                self.exit_code = self._process.wait(max(0.0, self._deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.timed_out = True
        self.close()

    def _chunks(self) -> Iterator[bytes]:
        process = self._process
        assert process.stdout is not None
        assert process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(process.stderr, selectors.EVENT_READ)
            while process.stdout in (key.fileobj for key in selector.get_map().values()):
                left = self._deadline - time.monotonic()
                if left <= 0:
                    self.timed_out = True
                    return
                ready = selector.select(min(left, POLL_S))
                if not ready and process.poll() is not None and not (ready := selector.select(0)):
                    return
                for key, _ in ready:
                    data = os.read(key.fd, CHUNK)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is process.stdout:
                        yield data
                    else:
                        self._complaints += data[: _STDERR_LIMIT - len(self._complaints)]


# What tells git which repository to use: set while a hook runs, and wrong for any other repository.
REPOSITORY_VARIABLES = frozenset(
    {"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_INDEX_FILE",
     "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_QUARANTINE_PATH", "GIT_WORK_TREE"}
)  # fmt: skip
_OURS = re.compile(r"^(PYTHONPATH|PYTHONHOME|VIRTUAL_ENV|VIRTUAL_ENV_PROMPT|__PYVENV_LAUNCHER__|OLDHAND_.*)$")
_CREDENTIAL = re.compile(
    r"(?i)(^|_)(KEY|KEYS|APIKEY|TOKEN|TOKENS|SECRET|SECRETS|PASSWORD|PASSWD|PASS|PASSPHRASE|PWD_HASH|CREDENTIAL"
    r"|CREDENTIALS|CREDS|PAT|COOKIE)(_|$)|^SSH_(AUTH_SOCK|AGENT_PID)$|^GPG_AGENT_INFO$|^NETRC$"
)
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", ""})


def inherited_environment() -> dict[str, str]:
    """Return the environment this process was started with, for the programs it starts."""
    return dict(os.environ)


def credentials_in(base: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that hold credentials: by their name, or by a password for another host."""
    return {n: value for n, value in base.items() if _CREDENTIAL.search(n) or _carries_password(value)}


def user_environment(base: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """Return the environment for a project's own commands: the user's, without us and without secrets.

    Left out: what would make the project's Python see our packages (PYTHONPATH, PYTHONHOME, VIRTUAL_ENV,
    our own folder on PATH unless the user activated it), our own settings, and credentials. A command that
    a model asked for has no business with them.

    Args:
        base: the environment to start from.
        keep: names that are let through anyway.
    """
    hidden = credentials_in(base).keys() - set(keep)
    env = {n: value for n, value in base.items() if n in keep or not (_is_ours(n) or n in hidden)}
    activated = base.get("VIRTUAL_ENV") == sys.prefix
    if "PATH" in env and not activated:
        env["PATH"] = _without_our_programs(env["PATH"])
    return env


def _is_ours(name: str) -> bool:
    return name in REPOSITORY_VARIABLES or _OURS.match(name) is not None


def _carries_password(value: str) -> bool:
    if "://" not in value or "@" not in value:
        return False
    try:
        url = urlsplit(value)
    except ValueError:
        return False
    return url.password is not None and (url.hostname or "") not in _LOCAL_HOSTS


def _without_our_programs(path: str) -> str:
    """Take our virtual environment off PATH, so that `python` is the user's own."""
    if sys.prefix == sys.base_prefix:
        return path  # we run in it
    ours = (Path(sys.prefix) / "bin").resolve()
    return os.pathsep.join(
        folder for folder in path.split(os.pathsep) if folder and Path(folder).resolve() != ours
    )
