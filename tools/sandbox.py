"""Confines the commands that a model runs; if nothing can confine them, it says so.

Tried in this order, each by running it: bubblewrap, Landlock with seccomp (Linux), Seatbelt (macOS). What a
command may reach is the same in all of them, see confinement.py. Without any, `NONE` is what there is, and
the permissions then ask before each command.
"""

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools import process
from tools.confinement import Confinement, resolver_folders, survey, visible_roots
from tools.errors import ProgramNotFound
from tools.temporary import make_folder, temporary_folder

_CPU_S = 3600
_FILE_BYTES = 4_000_000_000
_PROCESSES = 4096
_DEVICES = ("full", "null", "ptmx", "pts", "random", "shm", "tty", "urandom", "zero")
_LAUNCHER = Path(__file__).with_name("landlock_launcher.py")
_ROOT_RIGHTS = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETGID", "CAP_SETUID")

Wrapper = Callable[[Sequence[str], bool], list[str]]


@dataclass(frozen=True)
class Sandbox:
    """Something to run commands in.

    Attributes:
        name: "bubblewrap", "landlock", "seatbelt" or "none".
        reason: why it is this one, in a sentence for the person.
        temp: a folder for temporary files under the same path inside and outside; None without a sandbox.
        network: whether commands may reach the network, whoever asks.
    """

    name: str
    reason: str
    temp: Path | None = None
    wrapper: Wrapper | None = None
    network: bool = False

    @property
    def confines(self) -> bool:
        """Whether it keeps a command inside its bounds."""
        return self.wrapper is not None

    def wrap(self, argv: Sequence[str], *, network: bool = False) -> list[str]:
        """Return the command line that runs `argv` in the sandbox."""
        return self.wrapper(argv, network or self.network) if self.wrapper else list(argv)


NONE = Sandbox("none", "No sandbox works on this machine, so each command needs a yes.")


def detect(root: Path, python: str | None = None) -> Sandbox:
    """Return the best sandbox that works here for a repository.

    Each candidate has to run a command and to keep it from changing a file outside.

    Args:
        root: the repository.
        python: the interpreter that the person has named for its tests; it stays visible.
    """
    temp = make_folder()
    bounds = survey(root.resolve(), temp, process.inherited_environment(), python)
    failures = []
    for sandbox in _candidates(bounds):
        failure = _failure(sandbox, bounds)
        if failure is None:
            return sandbox
        failures.append(f"{sandbox.name}: {failure}")
    tried = "; ".join(failures) or "this system has none that we know"
    return replace(NONE, reason=f"No sandbox works here ({tried}), so each command needs a yes.")


def _candidates(bounds: Confinement) -> list[Sandbox]:
    if sys.platform == "darwin":
        return [Sandbox("seatbelt", "macOS confines commands.", bounds.temp, _seatbelt(bounds))]
    if not sys.platform.startswith("linux"):
        return []
    return [
        Sandbox("bubblewrap", "bubblewrap is installed and works.", bounds.temp, bubblewrap(bounds)),
        Sandbox("landlock", "The kernel confines commands; bubblewrap does not work here.", bounds.temp,
                landlock(bounds)),
    ]  # fmt: skip


def _failure(sandbox: Sandbox, bounds: Confinement) -> str | None:
    """Say why a sandbox does not work; None when a command runs in it and cannot get out."""
    with temporary_folder() as folder:
        canary = folder / "canary"
        canary.write_text("alive")
        script = 'echo dead > "$1"; echo ran'
        argv = sandbox.wrap(["sh", "-c", script, "sh", str(canary)])
        try:
            done = process.run(argv, cwd=bounds.root, timeout_s=10)
        except ProgramNotFound as error:
            return str(error)
        if done.exit_code != 0 or done.stdout != "ran\n":
            return done.stderr.strip().partition("\n")[0] or f"exit code {done.exit_code}"
        return None if canary.read_text() == "alive" else "it does not confine"


def bubblewrap(bounds: Confinement) -> Wrapper:
    """Wrap by bubblewrap: own mounts, processes and network; loopback works, nothing survives."""

    def wrap(argv: Sequence[str], network: bool) -> list[str]:
        line = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        for folder in bounds.hidden:
            line += ["--tmpfs", str(folder)]
        passing = bounds.temp / "tmp"  # /tmp lasts from one command to the next
        passing.mkdir(exist_ok=True)
        line += ["--bind", str(passing), "/tmp", "--setenv", "TMPDIR", "/tmp"]
        seen = [*bounds.readable, *(resolver_folders() if network else [])]
        for path in seen:
            line += ["--ro-bind-try", str(path), str(path)]
        for path in (bounds.root, bounds.temp):
            line += ["--bind", str(path), str(path)]
        for path in bounds.git_folders():  # what is no mount could be moved away, and another put there
            line += ["--bind", str(path), str(path)]
        for path in bounds.protected:
            line += ["--ro-bind-try", str(path), str(path)]
        for name, value in bounds.toolchains:
            line += ["--setenv", name, value]
        line += ["--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-uts"]
        # No cgroup namespace: Java's virtual machine then cannot read its own limits, and Gradle fails.
        line += [*([] if network else ["--unshare-net"]), "--die-with-parent", "--new-session"]
        line += ["--chdir", str(bounds.root), *_rights()]
        return [*line, "--", *_limited(argv, processes=_counts_processes_apart())]

    return wrap


def landlock(bounds: Confinement) -> Wrapper:
    """Wrap by the launcher beside this file: Landlock for files, seccomp and namespaces for the network."""

    def wrap(argv: Sequence[str], network: bool) -> list[str]:
        home = bounds.temp / "home"
        home.mkdir(exist_ok=True)
        policy = {
            "read": [*map(str, visible_roots(bounds)), *(map(str, resolver_folders()) if network else [])],
            "write": [str(bounds.root), str(bounds.temp), *(f"/dev/{name}" for name in _DEVICES)],
            "protected": [str(path) for path in bounds.protected],
            "around": [str(path) for path in bounds.git_folders()],
            "network": network,
            "temp": str(bounds.temp),
            "home": str(home),
            "toolchains": dict(bounds.toolchains),
        }
        launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(policy)]
        return [*launcher, *_limited(argv, processes=False)]

    return wrap


def _seatbelt(bounds: Confinement) -> Wrapper:
    """Wrap by macOS's sandbox-exec; in its profiles the last rule that fits decides."""

    def wrap(argv: Sequence[str], network: bool) -> list[str]:
        written = [bounds.root, bounds.temp]
        homes = [path for path in bounds.hidden if path.is_relative_to("/Users") or path == Path.home()]
        rules = [
            "(version 1)",
            "(allow default)",
            *([] if network else ["(deny network*)", '(allow network* (local ip "localhost:*"))',
                                  '(allow network-outbound (remote ip "localhost:*"))']),
            "(deny file-write*)",
            '(allow file-write* (literal "/dev/null") (literal "/dev/tty") (literal "/dev/zero"))',
            *(f"(deny file-read* {_subpath(path)})" for path in homes),
            *(f"(allow file-read* {_subpath(path)})" for path in [*bounds.readable, *written]),
            *(f"(allow file-write* {_subpath(path)})" for path in written),
            *(f"(deny file-write* {_subpath(path)})" for path in bounds.protected),
        ]  # fmt: skip
        environment = [f"TMPDIR={bounds.temp}", *map("=".join, bounds.toolchains)]
        profile = "\n".join(rules)
        limited = _limited(argv, processes=False)
        return ["/usr/bin/env", *environment, "sandbox-exec", "-p", profile, *limited]

    return wrap


def _subpath(path: Path) -> str:
    return f"(subpath {json.dumps(str(path), ensure_ascii=False)})"


def _rights() -> list[str]:
    """Who runs as root keeps root's way with files, and nothing that could undo the mounts."""
    if os.geteuid() != 0:
        return []
    kept = [word for right in _ROOT_RIGHTS for word in ("--cap-add", right)]
    return ["--cap-drop", "ALL", *kept]


def _limited(argv: Sequence[str], *, processes: bool) -> list[str]:
    """Put limits in front of a command.

    Not on address space (RLIMIT_AS): JavaScript engines reserve far more than they use. A limit on data is
    counted by what is writable, and keeps one program from taking all memory of the machine.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
    limits = [f"ulimit -c 0; ulimit -f {_FILE_BYTES // 512}; ulimit -t {_CPU_S}; ulimit -d {memory}"]
    if processes:
        limits.append(f"ulimit -u {_PROCESSES} || ulimit -p {_PROCESSES}")  # bash, dash
    script = f'{{ {"; ".join(limits)}; }} 2>/dev/null; exec "$@"'
    return ["sh", "-c", script, "limits", *argv]


def _counts_processes_apart() -> bool:
    """Since Linux 5.14 the processes in a user namespace have a count of their own."""
    version = platform.release().split("-")[0].split(".")
    try:
        return (int(version[0]), int(version[1])) >= (5, 14)
    except (IndexError, ValueError):
        return False
