"""Which calls are allowed, which need a person's yes, and which are refused.

Rules come in three groups, and the first rule that fits decides: what a repository asks for (which can
only be stricter), what the person set, what is safe by default. A command made of several is as
permitted as its least permitted part.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Literal

from tools.commands import Call, calls_in
from tools.errors import ConsentNeeded, PermissionDenied
from tools.hazards import hazard_of, holds_secrets, is_gits_own

Verdict = Literal["allow", "ask", "deny"]
_STRICTNESS: dict[Verdict, int] = {"allow": 0, "ask": 1, "deny": 2}

READING = frozenset({"read_file", "list_files", "search", "symbols", "outline"})
EDITING = frozenset({"replace", "write_file", "move", "delete"})


@dataclass(frozen=True)
class Action:
    """One call of a tool: on a path, or a command line."""

    tool: str
    path: str | None = None
    command: str | None = None


@dataclass(frozen=True)
class Decision:
    """What is to happen with a call, and why in one sentence."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Rule:
    """Says what happens with the calls that fit all that it names.

    Attributes:
        tool: the name of a tool, or a pattern such as "*".
        path: a glob over the path; "*" crosses folders.
        command: the words a command begins with, such as "git push".
    """

    verdict: Verdict
    tool: str = "*"
    path: str | None = None
    command: str | None = None
    reason: str = ""

    def fits(self, action: Action, call: Call | None) -> bool:
        """Say whether a call, or one part of a command, is meant."""
        if not fnmatchcase(action.tool, self.tool):
            return False
        if self.path is not None and not (action.path and _path_fits(action.path, self.path)):
            return False
        if self.command is None:
            return True
        words = self.command.split()
        return call is not None and list(call.words[: len(words)]) == words

    @property
    def sentence(self) -> str:
        """Why, for the person or the model."""
        what = self.command or self.path or self.tool
        return self.reason or f"A rule says {self.verdict} for {what}."


class Permissions:
    """Decides on calls.

    Args:
        sandboxed: whether commands run in a sandbox; where they do not, each one needs a yes.
        rules: what the person set.
        restrictions: what the repository asks for; rules among them that allow are ignored.
    """

    def __init__(
        self, *, sandboxed: bool, rules: Sequence[Rule] = (), restrictions: Iterable[Rule] = ()
    ) -> None:
        self._sandboxed = sandboxed
        self._rules = [*(rule for rule in restrictions if rule.verdict != "allow"), *rules]

    def decide(self, action: Action) -> Decision:
        """Return what is to happen with a call."""
        if action.command is None:
            return self._set_by_rule(action, None) or _default_for_path(action)
        line = calls_in(action.command)
        parts: list[Call | None] = [*line.calls] or [None]
        decisions = [self._set_by_rule(action, part) or self._default_for_call(part) for part in parts]
        if line.unclear:
            decisions.append(Decision("ask", f"It cannot be seen what the command does: {line.unclear}."))
        return max(decisions, key=lambda decision: _STRICTNESS[decision.verdict])

    def _set_by_rule(self, action: Action, call: Call | None) -> Decision | None:
        rule = next((rule for rule in self._rules if rule.fits(action, call)), None)
        # A rule that allows everything does not mean what cannot be taken back.
        if rule is None or (rule.verdict == "allow" and rule.command is None and call and hazard_of(call)):
            return None
        return Decision(rule.verdict, rule.sentence)

    def _default_for_call(self, call: Call | None) -> Decision:
        hazard = hazard_of(call) if call else None
        if hazard:
            return Decision("ask", hazard)
        if not self._sandboxed:
            return Decision("ask", "There is no sandbox here, so each command needs a yes.")
        return Decision("allow", "It runs in the sandbox.")


class Gate:
    """Lets calls through, or not.

    Args:
        permissions: what decides.
        consent: asks a person and returns the answer; None where nobody can be asked.
    """

    def __init__(self, permissions: Permissions, consent: Callable[[Action, str], bool] | None) -> None:
        self._permissions = permissions
        self._consent = consent

    def admit(self, action: Action) -> None:
        """Return when the call may be made.

        Raises:
            PermissionDenied: a rule or the person says no.
            ConsentNeeded: a person must be asked and cannot.
        """
        decision = self._permissions.decide(action)
        if decision.verdict == "allow":
            return
        what = action.command if action.command is not None else f"{action.tool} {action.path or ''}".strip()
        if decision.verdict == "deny":
            raise PermissionDenied(f"Not permitted: {what}. {decision.reason} Go on without it.")
        if self._consent is None:
            raise ConsentNeeded(
                f"This needs a yes: {what}. {decision.reason} "
                "Go on with `oldhand resume` in a terminal, which asks, or with `oldhand resume --yes`."
            )
        if not self._consent(action, decision.reason):
            raise PermissionDenied(f"The person said no to: {what}. Find another way, or ask what they want.")


def _default_for_path(action: Action) -> Decision:
    path = action.path or "."
    if is_gits_own(path):
        return Decision("deny", "Git's own files are never read or edited directly.")
    if not holds_secrets(path):
        return Decision("allow", "It is inside the repository.")
    if action.tool in READING:
        return Decision("deny", "The file may hold secrets, which are not sent to a model.")
    return Decision("ask", "The file may hold secrets.")


def _path_fits(path: str, pattern: str) -> bool:
    name = PurePosixPath(path).name
    return fnmatchcase(path, pattern) or ("/" not in pattern and fnmatchcase(name, pattern))
