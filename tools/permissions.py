"""Decides which calls are allowed, which need a person's consent, and which are refused.

Of the rules that fit, the strictest decides: deny, then ask, then allow; where none fits, what is safe by
default. So a rule that only asks or refuses can come from anywhere, even from a repository that nobody
trusts yet. A command made of several is as permitted as its least permitted part.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Literal

from tools.commands import Call, calls_in
from tools.errors import ConsentNeeded, PermissionDenied
from tools.hazards import hazard_of, holds_secrets, is_gits_own

Verdict = Literal["allow", "ask", "deny"]
_STRICTNESS: dict[Verdict, int] = {"allow": 0, "ask": 1, "deny": 2}

READING = frozenset({"read_file", "list_files", "search", "symbols", "outline", "definition", "references"})
EDITING = frozenset({"replace", "write_file", "move", "delete"})
_GROUPS = {"read": READING, "edit": EDITING, "shell": {"shell"}, "*": {"*"}}
_RULE = re.compile(r"\s*(?P<tool>[a-z_*]+)\s*(?:\(\s*(?P<what>.+?)\s*\))?\s*")


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
        path: a glob over the path; "*" crosses folders. Of a command, over the files that it names: those
            can be refused or asked about by it, not allowed.
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
        if self.path is not None and not self._path_fits(action, call):
            return False
        if self.command is None:
            return True
        words = self.command.split()
        return call is not None and list(call.words[: len(words)]) == words

    def _path_fits(self, action: Action, call: Call | None) -> bool:
        if action.path:
            return _path_fits(action.path, self.path or "")
        if call is None or self.verdict == "allow":
            return False
        words = [word.rpartition("=")[2].removeprefix("./") for word in (*call.words[1:], *call.writes)]
        return any(_path_fits(word, self.path or "") for word in words)

    @property
    def sentence(self) -> str:
        """Why, for the person or the model."""
        what = self.command or self.path or self.tool
        return self.reason or f"A rule says {self.verdict} for {what}."


def read_rules(verdict: Verdict, text: str) -> list[Rule]:
    """Read a rule as people write it: `shell(git commit)`, `edit(docs/*)`, `read_file`, `*(secrets/*)`.

    Args:
        verdict: what is to happen.
        text: a tool, or read, edit or * for several; in brackets the first words of a command, else a path.

    Raises:
        ValueError: it is no such rule; the message says what would be.
    """
    match = _RULE.fullmatch(text)
    known = READING | EDITING | {"shell"}
    if match is None or match["tool"] not in known | _GROUPS.keys():
        raise ValueError(
            f"{text!r} is no rule. Write a tool, then in brackets what it means: shell(git commit), "
            f"edit(docs/*), read(private/*). Tools: {', '.join(sorted(known | _GROUPS.keys()))}"
        )
    tools = _GROUPS.get(match["tool"], {match["tool"]})
    what = match["what"]
    if match["tool"] == "shell":
        return [Rule(verdict, "shell", command=what)]
    if tools == READING and what and verdict != "allow":
        tools = {*tools, "shell"}  # a command that names the file could read it as well
    return [Rule(verdict, tool, path=what) for tool in sorted(tools)]


class Permissions:
    """Decides on calls.

    Args:
        sandboxed: whether commands run in a sandbox; where they do not, each one needs a yes.
        rules: what the person, and the repository as far as it may, set.
    """

    def __init__(self, *, sandboxed: bool, rules: Sequence[Rule] = ()) -> None:
        self._sandboxed = sandboxed
        self._rules = sorted(rules, key=lambda rule: -_STRICTNESS[rule.verdict])

    def may_read(self, path: str) -> bool:
        """Say whether what a file holds may be shown to a model without a word of the person."""
        return self.decide(Action("read_file", path=path)).verdict == "allow"

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
