"""What an answer proves about a payment: a total, pure function.

Only an explicit, parsed answer decides. Whatever could follow a payment that happened is Unknown.
"""

import re
from typing import Any, Literal

import msgspec

from service.core.payments import Outcome, Rejected, Settled, Target, Unknown
from service.gateway.answers import Answer, Fault, Heard, Silence

__all__ = ["NOT_SENT", "classify"]

NOT_SENT = "NOT_SENT"
"""Our own code of Rejected: the request never left this machine."""

_REFUSALS = frozenset(
    {
        "INSUFFICIENT_BALANCE",
        "TRANSACTION_RESTRICTED",
        "CANT_PAY_SELF",
        "NOT_FOUND",
        "INVALID_INPUT",
        "NOT_AUTHENTICATED",
        "UNAUTHENTICATED",
        "TOO_MANY_REQUEST",
        "TOO_MANY_REQUESTS",
        # GraphQL's own: the document was refused as a whole, so nothing of it was executed.
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
    }
)
# Flash reports a key that is in use, or was used for something else, as INVALID_INPUT, and so it does an invoice that
# somebody is paying: another call may have paid.
_ABOUT_ANOTHER_CALL = re.compile(
    r"idempoten|lock|concurren|in progress|already|duplicate|pending|transit", re.IGNORECASE
)
# GraphQL refuses variables before it executes anything, too. The code alone would not do: resolvers give it as well.
_VARIABLES_REFUSED = re.compile(r"""Variable ["']\$input["'] (?:got|has) invalid value""")


class _Error(msgspec.Struct):
    message: str = ""
    code: str | None = None


class _Payload(msgspec.Struct):
    status: Literal["SUCCESS", "FAILURE", "PENDING", "ALREADY_PAID"] | None = None
    errors: list[_Error] | None = None


def classify(operation: str, heard: Heard, target: Target) -> Outcome:
    """The outcome of a payment, from what came back from its one request."""
    if isinstance(heard, Silence):
        return Unknown(heard.reason) if heard.sent else Rejected(NOT_SENT, heard.reason)
    payload = _payload(operation, heard)
    if payload is None:
        return Unknown("unexpected answer", answered=True)
    faults = [*heard.faults, *(Fault(error.code or "", error.message) for error in payload.errors or ())]
    return _refused(payload, faults) if faults else _decided(payload, target)


def _decided(payload: _Payload, target: Target) -> Outcome:
    """An invoice that is paid stays paid; that a wallet "was paid already" says nothing of this payment."""
    if payload.status == "SUCCESS":
        return Settled()
    if payload.status == "ALREADY_PAID" and target.kind != "wallet" and target.payment_hash is not None:
        return Settled(already=True)
    return Unknown(f"status {payload.status}", answered=True)


def _payload(operation: str, answer: Answer) -> _Payload | None:
    """The payload, empty when the whole answer is errors; None when it is no payload at all."""
    raw: Any = (answer.data or {}).get(operation)
    if raw is None:
        return _Payload()
    try:
        return msgspec.convert(raw, _Payload)
    except msgspec.ValidationError:
        return None


def _refused(payload: _Payload, faults: list[Fault]) -> Outcome:
    """Rejected when every error is an explicit refusal and the status does not say otherwise."""
    if payload.status not in {None, "FAILURE"}:
        return Unknown(f"status {payload.status} with errors", answered=True)
    for fault in faults:
        if not _is_refusal(fault):
            return Unknown(f"error {fault.code or 'without a code'}", answered=True)
        if fault.code == "INVALID_INPUT" and _ABOUT_ANOTHER_CALL.search(fault.message):
            return Unknown("another call of this payment", answered=True)
    return Rejected(faults[0].code, faults[0].message)


def _is_refusal(fault: Fault) -> bool:
    if fault.code == "BAD_USER_INPUT":
        return _VARIABLES_REFUSED.match(fault.message) is not None
    return fault.code in _REFUSALS
