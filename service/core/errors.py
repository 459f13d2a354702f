"""The one error tree.

    PulseError
    ├── ConfigError              settings, flags or files that cannot work: exit code 2
    ├── StoreError               the store refused or lost a command
    │   └── StoreUnavailable     the store cannot be reached: webhooks get 503
    ├── UpstreamError            Flash, on a read or on linking; a payment's outcome is never an exception
    │   ├── UpstreamUnavailable  no usable answer: time-out, reset, 5xx, garbled
    │   ├── CircuitOpen          not asked: the breaker is open
    │   ├── NotAuthenticated     the user's token is no longer valid
    │   └── UpstreamRefused      an explicit refusal, with Flash's code
    ├── WorkLost                 computing ended without a result
    ├── TooLarge                 more than a document may hold
    └── ChatError                WhatsApp did not take a message
        ├── ChatRefused          and never will: do not send it again
        └── DocumentFailed       it was not even made: try a few times, then say so

Errors carry facts as attributes; the wording for users is the reply stage's business.
"""

__all__ = [
    "ChatError",
    "ChatRefused",
    "CircuitOpen",
    "ConfigError",
    "DocumentFailed",
    "NotAuthenticated",
    "PulseError",
    "StoreError",
    "StoreUnavailable",
    "TooLarge",
    "UpstreamError",
    "UpstreamRefused",
    "UpstreamUnavailable",
    "WorkLost",
]


class PulseError(Exception):
    """Every error this program raises on purpose."""


class ConfigError(PulseError):
    """What was configured cannot work; the message says what to change."""


class StoreError(PulseError):
    """The store refused a command, or its answer was lost."""


class StoreUnavailable(StoreError):
    """The store cannot be reached."""


class UpstreamError(PulseError):
    """Flash did not give what a read or the linking of an account needed."""


class UpstreamUnavailable(UpstreamError):
    """No usable answer to `operation`: it may or may not have been carried out."""

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(f"{operation}: {reason}")
        self.operation = operation
        self.reason = reason


class CircuitOpen(UpstreamError):
    """The call was not made, because recent ones failed."""

    def __init__(self, name: str, retry_after_s: float) -> None:
        super().__init__(f"circuit {name} is open for another {retry_after_s:.1f} s")
        self.name = name
        self.retry_after_s = retry_after_s


class NotAuthenticated(UpstreamError):
    """The token is missing, expired or revoked: the user has to link again."""


class UpstreamRefused(UpstreamError):
    """An explicit refusal; `code` is Flash's error code, e.g. NOT_FOUND."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.operation = operation
        self.code = code
        self.message = message


class WorkLost(PulseError):
    """A computation ended without a result: its process died, took too long, or there was no room for it."""


class TooLarge(PulseError):
    """A document would be larger than it may be, or the upstream does not give all of it; `limit` is in movements."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} movements")
        self.limit = limit


class ChatError(PulseError):
    """WhatsApp did not take a message; it may be tried again, not before `retry_after_s` where that is known."""

    def __init__(self, message: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ChatRefused(ChatError):
    """WhatsApp refused a message for good (bad parameters, closed window, unknown recipient)."""


class DocumentFailed(ChatError):
    """A document could not be made, which is not WhatsApp's doing: its user's later replies must not wait for hours."""
