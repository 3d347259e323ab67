"""The size of a model's context window: as set, as its endpoint says, or as it turns out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.endpoints import Profile

DEFAULT = 128_000  # tokens, where neither the person nor the endpoint says; most hosted models take more
DENSITY = 0.25  # tokens a character: about what code and English take; never less is assumed
DENSEST = 1.5
RESERVE = 16_000  # tokens that are left for the answer, where the window is large
UNASKED = 6_000  # tokens that any model takes: below that nobody need know
LEAST, MOST = 256, 20_000_000  # what can be a window

# Where a server's list of models says it: vLLM, OpenRouter and Together, Groq, Mistral, LM Studio, llama.cpp.
_FIELDS = (
    "max_model_len",
    "loaded_context_length",
    "context_length",
    "context_window",
    "max_context_length",
    "n_ctx",
)
_TOO_LONG = re.compile(
    r"context[ _](length|window|size|limit)|maximum (model|prompt) length|(prompt|input) is too long|"
    r"too many (input )?tokens|reduce the length|token limit|"
    r"tokens?\b.{0,80}(exceed|too large|must be <=)|exceed.{0,80}\btokens?\b|request too large",
    re.IGNORECASE | re.DOTALL,
)
_LIMITS = (
    re.compile(r"[><]=? *([\d,]{3,})"),
    re.compile(r"([\d,]{3,}) maximum", re.IGNORECASE),
    re.compile(
        r"(?:maximum|limit|allowed|context (?:length|size|window)|available)[^\d]{0,60}([\d,]{3,})",
        re.IGNORECASE,
    ),
)
_NUMBER = re.compile(r"\d[\d,]{2,}")


@dataclass(frozen=True)
class TooLong:
    """What an endpoint said of a request that did not fit: its limit, and what was sent, in tokens."""

    limit: int | None
    sent: int | None


def too_long(status: int, said: str, body: object) -> TooLong | None:
    """Read a refusal; None where it is about something else."""
    code = body.get("code") if isinstance(body, Mapping) else None
    if status not in (400, 413, 422, 500) or not (
        status == 413 or code == "context_length_exceeded" or _TOO_LONG.search(said)
    ):
        return None
    stated = _number(body.get("n_ctx")) if isinstance(body, Mapping) else None
    found = (pattern.search(said) for pattern in _LIMITS)
    limit = stated or next((_number(match[1]) for match in found if match), None)
    numbers = [_number(text) for text in _NUMBER.findall(said)]
    sent = max((number for number in numbers if number and limit and number > limit), default=None)
    return TooLong(limit, sent)


def stated_window(model: Mapping[str, Any]) -> int | None:
    """The window in an entry of an endpoint's list of models, where it is there."""
    places = [model, *(inner for inner in model.values() if isinstance(inner, Mapping))]
    found = (_number(place.get(name)) for place in places for name in _FIELDS)
    return next((number for number in found if number), None)


class Window:
    """The window of one model, and how many tokens its endpoint makes of a character.

    Args:
        wanted: What the person set.
        profile: What was found out before.
        look_up: Asks the endpoint's list of models.
    """

    def __init__(self, wanted: int | None, profile: Profile, look_up: Callable[[], int | None]) -> None:
        self._wanted = wanted
        self._profile = profile
        self._look_up = look_up
        self._listed: int | None = None
        self._asked = False
        self.density = DENSITY

    def tokens(self) -> int:
        """The window in tokens."""
        refused = self._profile.get("window")
        known = [number for number in (self._wanted, refused) if number]
        return min(known) if known else (self._stated() or DEFAULT)

    def room(self, chars: int) -> int:
        """The characters that a request may have, of which `chars` are about to be sent."""
        if self.estimate(chars) < UNASKED and not self._profile.get("window") and not self._wanted:
            return max(chars, int(UNASKED / self.density))
        window = self.tokens()
        return int((window - min(RESERVE, window // 4)) / self.density)

    def estimate(self, chars: int) -> int:
        """The tokens of so many characters."""
        return int(chars * self.density)

    def counted(self, chars: int, tokens: int) -> None:
        """Take what the endpoint counted for a request."""
        if chars and tokens:
            self.density = min(DENSEST, max(DENSITY, tokens / chars))

    def refused(self, what: TooLong, chars: int) -> None:
        """Take that a request of so many characters was too long."""
        if what.limit:
            self._profile.learn(window=what.limit)
        if what.sent:
            self.counted(chars, what.sent)
        elif self.estimate(chars) < (what.limit or 0):
            self.counted(chars, what.limit or 0)

    def _stated(self) -> int | None:
        if not self._asked:
            self._asked = True
            self._listed = self._look_up()
        return self._listed


def _number(value: object) -> int | None:
    """A number of tokens that can be a window or what was sent."""
    text = str(value).replace(",", "")
    return int(text) if text.isdigit() and LEAST <= int(text) <= MOST else None
