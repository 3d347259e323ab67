"""What the model calls to run a command: under permission, in the sandbox, within limits."""

import re
import signal
import tempfile
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from tools import process
from tools.permissions import Action, Gate
from tools.process import Completed
from tools.sandbox import Sandbox
from tools.temporary import make_folder
from tools.workspace import Workspace

_MAX_TIMEOUT_S = 600
_SHOWN = 16_000  # characters of an output, half from its beginning and half from its end
_KEPT = 4_000_000  # bytes of it that can be looked into afterwards
_CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b\x0c\x0e-\x1f]"
)

# Programs that ask who watches answer without colours, pagers and progress bars.
_PLAIN_OUTPUT = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
}


class ShellTools:
    """Runs commands in the repository.

    Args:
        workspace: the repository.
        sandbox: what a command runs in.
        gate: which commands may run.
        environment: what a command sees, as `process.user_environment` makes it.
        network: whether commands may reach the network.
        mask: takes secrets out of what a command printed.
    """

    def __init__(
        self,
        workspace: Workspace,
        sandbox: Sandbox,
        gate: Gate,
        environment: Mapping[str, str],
        *,
        network: bool = False,
        mask: Callable[[str], str] = str,
    ) -> None:
        self._mask = mask
        self._outputs = 0
        self._workspace = workspace
        self._sandbox = sandbox
        self._gate = gate
        self._environment = {**environment, **_PLAIN_OUTPUT}
        self._network = network

    def shell(self, command: str, timeout_s: int = 120) -> str:
        """Run a Bash command in the repository's root and return its exit code and output.

        Nothing can be typed into it, and what it leaves running in the background is ended. Scratch files
        belong under $TMPDIR. It is there once a plan is accepted.

        Args:
            command: The command line.
            timeout_s: Seconds after which it is ended, at most 600.

        Raises:
            ToolError: A rule or the person says no, or Bash is not there.
            ConsentNeeded: A person must be asked and cannot; the run ends.
        """
        self._gate.admit(Action("shell", command=command))
        limit = min(max(timeout_s, 1), _MAX_TIMEOUT_S)
        argv = self._sandbox.wrap(["bash", "-c", f"exec 2>&1\n{command}"], network=self._network)
        done = process.run(
            argv,
            cwd=self._workspace.root,
            timeout_s=limit,
            env=self._environment,
            output_limit=_KEPT,
        )
        printed = _CONTROL.sub("", done.stdout + done.stderr).replace("\r\n", "\n").rstrip()
        if not printed:
            return f"{_ending(done, limit)} It printed nothing."
        return f"{_ending(done, limit)}\n{self._shown(self._mask(printed))}"

    def _shown(self, printed: str) -> str:
        """An output, or its ends and where all of it can be looked into."""
        if len(printed) <= _SHOWN:
            return printed
        self._outputs += 1
        file = self._folder / f"output-{self._outputs}.txt"
        file.write_text(printed + "\n", encoding="utf-8", errors="replace")
        head, tail = printed[: _SHOWN // 2], printed[-_SHOWN // 2 :]
        head, tail = head[: head.rfind("\n") + 1 or None], tail[tail.find("\n") + 1 :]
        lines = printed.count("\n") + 1
        first, last = head.count("\n"), tail.count("\n") + 1
        left = f"{lines - first - last:,} of {lines:,} lines left out"
        cut = f"[... {left}; all of it: {file} (grep, sed -n) ...]"
        return f"{head.rstrip()}\n{cut}\n{tail}"

    @cached_property
    def _folder(self) -> Path:
        """Where outputs are kept: a folder that commands see, too; gone with the process."""
        return Path(tempfile.mkdtemp(prefix="outputs-", dir=self._sandbox.temp or make_folder()))


def _ending(done: Completed, limit: int) -> str:
    if done.timed_out:
        return f"It took longer than {limit} s and was ended. This is what it printed until then."
    code = done.exit_code
    number = -code if code < 0 else code - 128
    ended_by = (
        next((known.name for known in signal.Signals if known == number), "")
        if code < 0 or code > 128
        else ""
    )
    cause = f", ended by {ended_by}" if ended_by else ""
    cut = " It printed too much to keep all of it." if done.truncated else ""
    return f"Exit code {code}{cause} after {done.seconds:.1f} s.{cut}"
