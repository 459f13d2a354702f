"""What redis-py raises, as our own errors: the one place that knows both."""

import redis.exceptions as theirs

from service.core.errors import StoreError, StoreUnavailable

__all__ = ["ScriptMissing", "as_store_error", "unreachable"]

_CANNOT_ACCEPT = frozenset(
    {
        "BUSY",
        "CLUSTERDOWN",
        "LOADING",
        "MASTERDOWN",
        "MISCONF",
        "NOAUTH",
        "NOREPLICAS",
        "OOM",
        "READONLY",
        "TRYAGAIN",
        "WRONGPASS",
    }
)
"""Error codes of a server that answers, but takes no commands, or none that write."""

_NO_ANSWER = (theirs.ConnectionError, theirs.TimeoutError, theirs.InvalidResponse, OSError)
"""What was said, if anything, is no reply: the command may or may not have had its effect."""


class ScriptMissing(StoreError):
    """The server does not know the script, so it did not run: the server was restarted or its scripts were flushed."""


def as_store_error(error: Exception) -> StoreError:
    """The error of this program that says the same."""
    if isinstance(error, theirs.NoScriptError):
        return ScriptMissing(str(error))
    if isinstance(error, _NO_ANSWER) or _code(error) in _CANNOT_ACCEPT:
        return StoreUnavailable(str(error) or type(error).__name__)
    return StoreError(str(error))


def _code(error: Exception) -> str:
    """The first word of the server's error; redis-py cuts it off where it has a class for it."""
    known = getattr(error, "status_code", None)
    return known or str(error).partition(" ")[0]


def unreachable(error: StoreUnavailable) -> StoreUnavailable:
    """The same, for whoever starts a command. The URL is not repeated: it may hold a password."""
    return StoreUnavailable(
        f"the store cannot be reached: {str(error).rstrip('.')}; check REDIS_URL, or unset it to use the embedded store"
    )
