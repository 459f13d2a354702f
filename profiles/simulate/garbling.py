"""What is wrong with an answer: pure functions of the answer and the fault."""

from collections.abc import Mapping

import msgspec

from service.sandbox.replies import Reply, json_reply

__all__ = ["garbled", "is_before", "recipient", "refusal"]

_HUGE = b'{"data":"' + b"x" * 1_100_000 + b'"}'
_UNAVAILABLE = Reply(503, b"upstream unavailable", 0.0, "text/plain")
_BUSY = json_reply({"errors": [{"message": "slow down"}]}, 429)
_CHAT_BUSY = json_reply({"error": {"code": 130429, "message": "rate limit hit"}}, 429)
_CONFLICT = json_reply({"errors": [{"message": "A request with this key was made before"}]}, 409)
_REFUSALS: Mapping[str, Reply] = {
    "pay-error-before": _UNAVAILABLE,
    "pay-conflict": _CONFLICT,
    "pay-busy": _BUSY,
    "read-error": _UNAVAILABLE,
    "read-busy": _BUSY,
    "lookup-error": _UNAVAILABLE,
    "chat-error": _UNAVAILABLE,
    "chat-busy": _CHAT_BUSY,
}


class _To(msgspec.Struct):
    to: str = ""


_TO = msgspec.json.Decoder(_To)


def recipient(body: bytes) -> str:
    """To whom a message to WhatsApp goes."""
    return _TO.decode(body).to


def is_before(fault: str | None) -> bool:
    """Whether the request has no effect."""
    return fault in _REFUSALS


def refusal(fault: str | None) -> Reply | None:
    """What is answered in the place of doing anything; None when it is done."""
    return _REFUSALS.get(fault or "")


def garbled(reply: Reply, fault: str | None) -> Reply:
    """What the wire makes of the true answer."""
    match fault:
        case "pay-error-after":
            return _UNAVAILABLE
        case "pay-reset":
            return msgspec.structs.replace(reply, is_broken=True)
        case "pay-garbled" | "read-garbled" | "lookup-garbled":
            return msgspec.structs.replace(reply, body=reply.body[: len(reply.body) // 2])
        case "pay-huge":
            return msgspec.structs.replace(reply, body=_HUGE)
        case "pay-types" | "read-types":
            return msgspec.structs.replace(reply, body=b'{"data": [1, {"status": {"SUCCESS": true}}], "errors": 7}')
        case _:
            return reply
