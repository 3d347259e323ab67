"""What went wrong with a model call: whether asking again may help, and the words for it."""

import time
from email.utils import parsedate_to_datetime

import openai

LONGEST_WAIT_S = 60.0
# A refusal of who asks or for what, not of what was asked: another endpoint may say yes.
DENIALS = {
    401: "Check OPENAI_API_KEY.",
    402: "The account's credit is spent.",
    403: "Check what the key may do.",
    404: "Check the model's name and the base URL.",
    429: "The quota is spent.",
}


class BrokenOff(Exception):
    """No whole answer came; the message says how in a sentence."""


def is_final(error: Exception) -> bool:
    """Whether asking again would change nothing."""
    if isinstance(error, openai.APIStatusError):
        spent = error.code == "insufficient_quota"
        return spent or (error.status_code < 500 and error.status_code not in (408, 425, 429))
    return False


def is_denial(error: Exception) -> bool:
    """Whether another endpoint may do what this one will not."""
    return isinstance(error, openai.APIStatusError) and error.status_code in DENIALS


def wait_asked_for(error: Exception) -> float | None:
    """The seconds of a Retry-After header, where the endpoint sent one: a number, or a date."""
    if not isinstance(error, openai.APIStatusError):
        return None
    value = error.response.headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def said(error: Exception) -> str:
    """What the endpoint itself said, on one line."""
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    return " ".join(str(message or error).split())[:300]


def brief(error: Exception) -> str:
    """What happened, in a short sentence."""
    if isinstance(error, openai.RateLimitError):
        return "The model's endpoint asks for a pause (429)."
    if isinstance(error, openai.APIStatusError):
        return f"The model's endpoint failed ({error.status_code})."
    if isinstance(error, openai.APITimeoutError):
        return "The model's endpoint did not answer in time."
    if isinstance(error, BrokenOff):
        return str(error)
    if isinstance(error, openai.APIConnectionError) and _never_connected(error):
        where = str(error.request.url).removesuffix("/chat/completions")
        return f"The model's endpoint {where} cannot be reached."
    if isinstance(error, openai.APIConnectionError):
        return "The connection to the model broke."
    return f"The model's endpoint failed: {said(error)}"


def failure(error: Exception, wait: float | None) -> str:
    """Why there was no answer, and what to do, once asking again is over."""
    if wait is not None and wait > LONGEST_WAIT_S:
        return (
            f"The model's endpoint asks to wait {wait:.0f} s. "
            "Continue then with `oldhand resume`; nothing is lost."
        )
    detail = f" ({said(error)})" if isinstance(error, openai.APIStatusError) else ""
    return (
        f"{brief(error)[:-1]}{detail}, and asking again did not help. "
        "Check the endpoint with `oldhand doctor`, then continue with `oldhand resume`."
    )


def refusal(error: Exception) -> str:
    """That the endpoint said no, and what to do."""
    status = error.status_code if isinstance(error, openai.APIStatusError) else 0
    other = "A replayed recording does not fit what was asked." if status == 409 else "See `oldhand doctor`."
    remedy = DENIALS.get(status, other)
    return f"The model's endpoint refused the request ({status}): {said(error).rstrip('.')}. {remedy}"


def _never_connected(error: BaseException | None) -> bool:
    """Whether nobody took the connection; its HTTP library is the client's own affair, so by name."""
    while error is not None and type(error).__name__ != "ConnectError":
        error = error.__cause__
    return error is not None
