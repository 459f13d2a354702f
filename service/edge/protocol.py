"""Uvicorn's HTTP protocol with the limits that it leaves to a proxy: how long a request's head may be, and may take.

Without them anybody can fill the memory with one header that never ends, or hold connections without saying a word.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["HEAD_CAP_BYTES", "HEAD_TIMEOUT_S", "BoundedProtocol"]

HEAD_CAP_BYTES = 64 * 1024
"""Of a head that is not complete. One that is may be larger by what the event loop reads at once."""

HEAD_TIMEOUT_S = 10.0

_REFUSALS = {408: b"408 Request Timeout", 431: b"431 Request Header Fields Too Large"}


class BoundedProtocol(HttpToolsProtocol):
    """One connection. 408 and 431 end it; while nothing comes between two requests, uvicorn's keep-alive limit does."""

    head_timeout_s = HEAD_TIMEOUT_S
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _in_head = _in_body = _ended = False

    def connection_made(self, transport: Any) -> None:
        """The first head is due."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What neither belongs to a body nor ends a request is part of a head; so are the empty lines before one."""
        self._ended = False
        super().data_received(data)
        if self._in_body or (self._ended and not self._in_head):
            return
        self._head_bytes += len(data)
        self._expect_head()
        if self._head_bytes > HEAD_CAP_BYTES:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """The parser has met the first character of a request."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The parser has met the end of a head."""
        self._in_head, self._in_body, self._head_bytes = False, True, 0
        self._expect_nothing()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The parser has met the end of a request."""
        self._in_body, self._ended = False, True
        super().on_message_complete()

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_timeout_s, self._refuse, 408)

    def _expect_nothing(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: int) -> None:
        """Ends the connection; says why, unless an earlier request of it is still being answered."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(b"HTTP/1.1 %b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % _REFUSALS[status])
        self.transport.close()
