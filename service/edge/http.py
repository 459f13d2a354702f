"""The little of ASGI that four routes need."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

__all__ = ["BodyTooLargeError", "Receive", "Respond", "Scope", "Send", "header", "read_body", "respond", "respond_json"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Respond = Callable[[Scope, Receive, Send], Awaitable[None]]


class BodyTooLargeError(Exception):
    """The client sent, or announced, more than the cap."""


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of that (lower-case) name."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


async def read_body(scope: Scope, receive: Receive, cap_bytes: int) -> bytes:
    """The whole body. Raises BodyTooLargeError as soon as it is known, ConnectionError when the client left."""
    announced = header(scope, b"content-length") or b"0"
    if not announced.isdigit() or int(announced[:20]) > cap_bytes:
        raise BodyTooLargeError
    chunks: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ConnectionError("the client left before its body was complete")
        chunks.append(event.get("body", b""))
        size += len(chunks[-1])
        if size > cap_bytes:
            raise BodyTooLargeError
        if not event.get("more_body", False):
            return b"".join(chunks)


async def respond(send: Send, status: int, body: bytes = b"", content_type: bytes = b"text/plain") -> None:
    """Sends a whole response."""
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def respond_json(send: Send, status: int, content: object) -> None:
    """Sends a JSON response."""
    await respond(send, status, msgspec.json.encode(content), b"application/json")
