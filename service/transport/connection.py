"""One HTTP/1.1 connection: a request out, its response in, and whether another may follow.

The event loop hands over what arrives, so a server that closes an idle connection is noticed at once, and no task or
lock is needed to wait for bytes.
"""

import asyncio
import select
from collections import deque
from typing import Any

import httptools
import httpx

__all__ = ["HEAD_CAP_BYTES", "Connection", "Headers"]

HEAD_CAP_BYTES = 64 * 1024
"""Of a response's head or trailer, and of anything else between two pieces of a body."""

_BUFFERED_BYTES = 256 * 1024  # beyond it, reading waits until somebody takes what is there
_INFORMATIONAL = 200

Headers = list[tuple[bytes, bytes]]


class Connection(asyncio.Protocol):
    """Made by the event loop. One exchange at a time: `write` ..., `head`, `piece` until it gives None.

    All time limits are in seconds, None for none, and for one step: the whole head, one piece of the body.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parser = httptools.HttpResponseParser(self)
        self._transport: Any = None
        self._poll = select.poll()
        self._waiter: asyncio.Future[None] | None = None
        self._may_write = True
        self._is_paused = False
        self._error: httpx.TransportError | None = None
        self._is_lost = False
        self._begin()

    def _begin(self) -> None:
        self._status = 0
        self._headers: Headers = []
        self._pieces: deque[bytes] = deque()
        self._held_bytes = self._quiet_bytes = 0
        self._has_head = self._is_complete = self._is_sent = False
        self._is_framed = self._is_kept = False

    @property
    def is_usable(self) -> bool:
        """Whether it is open, idle, and nothing has come that nobody asked for, not even its end."""
        return not (self._is_lost or self._error or self._transport.is_closing() or self._poll.poll(0))

    @property
    def is_reusable(self) -> bool:
        """Whether the exchange has ended as it should on both sides, and the server keeps the connection."""
        is_over = self._is_complete and self._is_sent and self._is_kept and not self._pieces
        if not is_over or self._is_lost or self._error is not None:
            return False
        return not self._transport.get_write_buffer_size()  # an early answer leaves the rest of its request here

    @property
    def has_head(self) -> bool:
        """Whether the response has begun: a server may refuse a request before it has all of it."""
        return self._has_head

    def begin(self) -> None:
        """A new exchange."""
        self._begin()

    async def write(self, data: bytes, timeout_s: float | None) -> None:
        """Sends, and waits while the connection is full. Raises httpx.WriteTimeout and httpx.WriteError."""
        if self._is_lost:
            raise httpx.WriteError("the connection was closed")
        self._transport.write(data)
        while not (self._may_write or self._is_lost or self._has_head):
            await self._wait(timeout_s, httpx.WriteTimeout("the request could not be sent in time"))

    def sent(self) -> None:
        """The whole request was written."""
        self._is_sent = True

    async def head(self, timeout_s: float | None) -> tuple[int, Headers]:
        """Status and headers. Raises httpx.ReadTimeout, httpx.ReadError and httpx.RemoteProtocolError."""
        while not self._has_head:
            self._raise_lost()
            await self._wait(timeout_s, httpx.ReadTimeout("no response in time"))
        return self._status, self._headers

    async def piece(self, timeout_s: float | None) -> bytes | None:
        """What is there of the body, None at its end. Raises as `head`."""
        while not self._pieces:
            if self._is_complete:
                return None
            self._raise_lost()
            await self._wait(timeout_s, httpx.ReadTimeout("the response did not go on in time"))
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._held_bytes = 0
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    def close(self) -> None:
        """At once; what was not sent is lost."""
        self._is_lost = True
        if self._transport is not None:
            self._transport.abort()

    def _raise_lost(self) -> None:
        if self._error is not None:
            raise self._error
        if self._is_lost:
            raise httpx.ReadError("the connection was closed")

    async def _wait(self, timeout_s: float | None, error: httpx.TransportError) -> None:
        """Until something happens."""
        waiter = self._waiter = self._loop.create_future()
        timer = None if timeout_s is None else self._loop.call_later(timeout_s, _expire, waiter, error)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: httpx.TransportError) -> None:
        """What came before is not lost: the error is seen where it would be waited for more."""
        if self._error is None:
            self._error = error
        self.close()
        self._wake()

    # What the event loop calls.

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        self._quiet_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(httpx.RemoteProtocolError(f"not a response: {type(error).__name__}"))
        if self._quiet_bytes > HEAD_CAP_BYTES:
            self._fail(httpx.RemoteProtocolError(f"more than {HEAD_CAP_BYTES} bytes of a head"))
        elif self._held_bytes > _BUFFERED_BYTES and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        if exc is None and self._has_head and not self._is_framed:
            self._is_complete = True  # such a body ends with the connection
        elif self._error is None and not self._is_complete:
            self._error = httpx.RemoteProtocolError("the server closed the connection before its response was complete")
            if exc is not None:
                self._error = httpx.ReadError(type(exc).__name__)
        self._wake()

    def pause_writing(self) -> None:
        self._may_write = False

    def resume_writing(self) -> None:
        self._may_write = True
        self._wake()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """The first byte of a response: after one that is complete nobody has asked for another."""
        if self._has_head:
            raise httptools.HttpParserError("a second response")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; those of a trailer are left out."""
        if not self._has_head:
            self._headers.append((name, value))
            self._is_framed = self._is_framed or name.lower() in {b"content-length", b"transfer-encoding"}

    def on_headers_complete(self) -> None:
        """The end of a head; one that only says that another is to come is passed over."""
        status = self._parser.get_status_code()
        if status < _INFORMATIONAL:
            self._headers, self._is_framed = [], False
            return
        self._status, self._has_head = status, True
        self._is_kept = self._parser.should_keep_alive()
        self._quiet_bytes = 0

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._pieces.append(body)
        self._held_bytes += len(body)
        self._quiet_bytes = 0

    def on_message_complete(self) -> None:
        """The end of a response."""
        self._is_complete = self._has_head


def _expire(waiter: "asyncio.Future[None]", error: httpx.TransportError) -> None:
    if not waiter.done():
        waiter.set_exception(error)
