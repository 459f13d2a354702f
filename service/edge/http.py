"""The little of ASGI that four routes need."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec

__all__ = [
    "BodyReader",
    "BodyTooLargeError",
    "NoRoomError",
    "Receive",
    "Respond",
    "Scope",
    "Send",
    "header",
    "respond",
    "respond_json",
]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Respond = Callable[[Scope, Receive, Send], Awaitable[None]]

_SMALL_BYTES = 64 * 1024


class BodyTooLargeError(Exception):
    """The client sent, or announced, more than the cap."""


class NoRoomError(Exception):
    """Too much is being read at the same time."""


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of that (lower-case) name."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


class BodyReader:
    """Reads bodies of at most `cap_bytes`, from clients of which nobody knows yet who they are.

    What bodies hold above 64 KiB each is at most `shared_bytes` together, so that many large ones at the same time
    neither fill the memory nor keep the usual small ones out.
    """

    def __init__(self, cap_bytes: int, shared_bytes: int) -> None:
        self._cap_bytes = cap_bytes
        self._shared_bytes = shared_bytes
        self._held_bytes = 0

    async def read(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body.

        Raises BodyTooLargeError as soon as it is known, NoRoomError when other bodies take up the memory, and
        ConnectionError when the client left.
        """
        announced = header(scope, b"content-length") or b"0"
        if not announced.isdigit() or int(announced[:20]) > self._cap_bytes:
            raise BodyTooLargeError
        chunks: list[bytes] = []
        size = held = 0
        try:
            while True:
                event = await receive()
                if event["type"] == "http.disconnect":
                    raise ConnectionError("the client left before its body was complete")
                piece = event.get("body", b"")
                size += len(piece)
                held += self._hold(size, held)
                chunks.append(piece)
                if not event.get("more_body", False):
                    return b"".join(chunks)
        finally:
            self._held_bytes -= held

    def _hold(self, size: int, held: int) -> int:
        """How much more of the shared memory a body of this size takes."""
        if size > self._cap_bytes:
            raise BodyTooLargeError
        more = max(0, size - _SMALL_BYTES) - held
        if more and self._held_bytes + more > self._shared_bytes:
            raise NoRoomError
        self._held_bytes += more
        return more


async def respond(
    send: Send,
    status: int,
    body: bytes = b"",
    content_type: bytes = b"text/plain",
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Sends a whole response."""
    about = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*about, *headers]})
    await send({"type": "http.response.body", "body": body})


async def respond_json(send: Send, status: int, content: object) -> None:
    """Sends a JSON response."""
    await respond(send, status, msgspec.json.encode(content), b"application/json")
