"""What came back from one request to Flash, before anybody decides what it means.

Reads and linking take an `Answer` apart with `understand`, which raises; a payment's outcome is decided by
`classify`, which never does.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from service.core.errors import NotAuthenticated, UpstreamRefused, UpstreamUnavailable

__all__ = [
    "AUTHENTICATION_CODES",
    "UPSTREAM_FAULTS",
    "Answer",
    "Fault",
    "Heard",
    "Silence",
    "decode",
    "refusal",
    "understand",
]

AUTHENTICATION_CODES = frozenset({"NOT_AUTHENTICATED", "UNAUTHENTICATED"})
UPSTREAM_FAULTS = frozenset({"INTERNAL_SERVER_ERROR", "IBEX_ERROR"})
"""It tried, and something behind it broke."""

_MESSAGE_CHARACTERS = 200


class Fault(msgspec.Struct, frozen=True):
    """One entry of GraphQL's `errors`; `code` is "" when there is none.

    `root` is the root field, or its alias, that the error is about; "" when it is about the whole request.
    """

    code: str
    message: str
    root: str = ""


class Answer(msgspec.Struct, frozen=True):
    """A GraphQL answer, or a plain HTTP refusal (401, 429) as the fault it stands for. Floats are Decimals."""

    data: dict[str, Any] | None
    faults: tuple[Fault, ...] = ()


class Silence(msgspec.Struct, frozen=True):
    """No usable answer; `sent` is False only when nothing can have left this machine."""

    reason: str
    sent: bool = True


Heard = Answer | Silence


class _Error(msgspec.Struct):
    message: str = ""
    extensions: dict[str, Any] | None = None
    path: list[Any] | None = None


class _Envelope(msgspec.Struct):
    data: dict[str, Any] | None = None
    errors: list[_Error] | None = None


_DECODER = msgspec.json.Decoder(_Envelope, float_hook=Decimal)


def decode(body: bytes) -> Heard:
    """The GraphQL answer in an HTTP body; Silence when that is no such thing."""
    try:
        envelope = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation) as error:
        return Silence(f"not a GraphQL answer: {type(error).__name__}")
    return Answer(envelope.data, tuple(_fault(error) for error in envelope.errors or ()))


def understand(operation: str, heard: Heard) -> dict[str, Any]:
    """The data of an answer.

    Raises UpstreamUnavailable (no usable answer), NotAuthenticated, or UpstreamRefused with the first error's code.
    """
    if isinstance(heard, Silence):
        raise UpstreamUnavailable(operation, heard.reason)
    if heard.faults:
        if heard.faults[0].code in UPSTREAM_FAULTS:
            raise UpstreamUnavailable(operation, heard.faults[0].code)
        raise refusal(operation, heard.faults[0])
    if heard.data is None:
        raise UpstreamUnavailable(operation, "neither data nor errors")
    return heard.data


def refusal(operation: str, fault: Fault) -> NotAuthenticated | UpstreamRefused:
    """The error that an explicit refusal stands for."""
    if fault.code in AUTHENTICATION_CODES:
        return NotAuthenticated(operation)
    return UpstreamRefused(operation, fault.code or "UNKNOWN", fault.message)


def _fault(error: _Error) -> Fault:
    code = (error.extensions or {}).get("code")
    root = error.path[0] if error.path else ""
    return Fault(
        code if isinstance(code, str) else "",
        error.message[:_MESSAGE_CHARACTERS],
        root if isinstance(root, str) else "",
    )
