"""Streams what a model says, without the secrets in it."""

from collections.abc import Callable

from graph.vault import Vault

_SIGNS = (
    "pass", "pwd", "secret", "token", "key", "cred", "salt", "auth", "bearer", "basic", "cookie", "://",
    "curl", "mysql", "redis", "-----",
)  # fmt: skip
_OPENS, _CLOSES = "PRIVATE KEY", "-----END"


class Veil:
    """Passes pieces of a text on as soon as no secret can begin in them any more.

    Words go on at once. A line with a sign that a secret may follow waits for its end, and a key for its
    last line.

    Args:
        vault: Hides what is secret.
        tell: Hears the text.
    """

    def __init__(self, vault: Vault, tell: Callable[[str], None]) -> None:
        self._vault = vault
        self._tell = tell
        self._waiting = ""
        self._line = ""  # what of the line was passed on already

    def hear(self, piece: str) -> None:
        """Take the next piece."""
        self._waiting += piece
        if _OPENS in self._waiting and _CLOSES not in self._waiting:
            return
        lines, newline, rest = self._waiting.rpartition("\n")
        if newline:
            self._pass_on(lines + newline)
            self._waiting, self._line = rest, ""
        words, space, begun = self._waiting.rpartition(" ")
        if space and not any(sign in (self._line + words).lower() for sign in _SIGNS):
            self._pass_on(words + space)
            self._waiting = begun

    def end(self) -> None:
        """The text is over."""
        if self._waiting:
            self._pass_on(self._waiting)
        self._waiting = self._line = ""

    def _pass_on(self, text: str) -> None:
        """Tell more of the line: whether it is secret, what stands before it says too."""
        hidden = self._vault.hide(self._line + text)
        known = hidden.startswith(self._line)
        self._tell(hidden[len(self._line) :] if known else self._vault.hide(text))
        self._line = hidden if known else ""
