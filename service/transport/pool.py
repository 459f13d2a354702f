"""An httpx transport over asyncio's own streams of bytes and httptools' parser.

httpx's own costs a bot more CPU than everything else it does for a message: see docs/decisions/0024. This one does what
the bot needs and no more: HTTP/1.1, kept connections, TLS, time limits. It knows no proxies and no redirects, reads
nothing from the environment, and sends a request once: whatever happens after its first byte was written is an error,
never a second try, because it may have been a payment.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from types import TracebackType
from typing import NamedTuple, Self

import httpx

from service.transport.connection import Connection
from service.transport.dial import Origin, dial
from service.transport.requests import Head, head_of

__all__ = ["KEEP_ALIVE_S", "PoolTransport"]

KEEP_ALIVE_S = 5.0
"""A connection that was idle for longer is not used again: the server may be about to close it."""


class _Idle(NamedTuple):
    origin: Origin
    connection: Connection
    since_s: float


class PoolTransport(httpx.AsyncBaseTransport):
    """At most `max_connections` exchanges at a time; more wait for one to end, within their time limit.

    Takes httpx's time limits from the request's extensions. Raises httpx.ConnectError, httpx.ConnectTimeout and
    httpx.PoolTimeout while nothing was sent, and httpx's other transport errors after that.
    """

    def __init__(
        self, *, max_connections: int, keep_alive_s: float = KEEP_ALIVE_S, context: ssl.SSLContext | None = None
    ) -> None:
        """`context` is for TLS; without one, httpx's list of authorities is believed."""
        self._max_connections = max_connections
        self._keep_alive_s = keep_alive_s
        self._context = context
        self._slots = asyncio.Semaphore(max_connections)
        self._idle: list[_Idle] = []  # the one used last is at the end
        self._busy: set[Connection] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx.AsyncBaseTransport."""
        head = head_of(request)
        limits = request.extensions.get("timeout", {})
        await self._take_slot(limits.get("pool"))
        connection: Connection | None = None
        try:
            connection = self._reused(head.origin) or await self._dialled(head.origin, limits.get("connect"))
            self._busy.add(connection)
            await _send(connection, head, request, limits.get("write"))
            status, headers = await connection.head(limits.get("read"))
            body = _Body(self, head.origin, connection, limits.get("read"))
            return httpx.Response(status, headers=headers, stream=body, extensions={"http_version": b"HTTP/1.1"})
        except BaseException:
            self._end(connection)
            raise

    async def aclose(self) -> None:
        """Closes everything; exchanges under way fail."""
        for connection in [*self._busy, *(one.connection for one in self._idle)]:
            connection.close()
        self._idle.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    def keep(self, origin: Origin, connection: Connection) -> None:
        """The exchange is over, and its connection is kept if it can be."""
        if not connection.is_reusable:
            self._end(connection)
            return
        self._busy.discard(connection)
        self._idle.append(_Idle(origin, connection, asyncio.get_running_loop().time()))
        if len(self._idle) > self._max_connections:
            self._idle.pop(0).connection.close()
        self._slots.release()

    def _end(self, connection: Connection | None) -> None:
        if connection is not None:
            self._busy.discard(connection)
            connection.close()
        self._slots.release()

    async def _take_slot(self, timeout_s: float | None) -> None:
        if not self._slots.locked():
            await self._slots.acquire()
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._slots.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("all connections are in use") from None

    def _reused(self, origin: Origin) -> Connection | None:
        """The connection that was used last, if it is still good."""
        oldest_s = asyncio.get_running_loop().time() - self._keep_alive_s
        for at in range(len(self._idle) - 1, -1, -1):
            idle = self._idle[at]
            if idle.since_s < oldest_s or not idle.connection.is_usable:
                self._idle.pop(at).connection.close()
            elif idle.origin == origin:
                del self._idle[at]
                return idle.connection
        return None

    async def _dialled(self, origin: Origin, timeout_s: float | None) -> Connection:
        if origin.tls_name is not None and self._context is None:
            self._context = await asyncio.to_thread(_default_context)
        return await dial(origin, self._context if origin.tls_name is not None else None, timeout_s)


async def _send(connection: Connection, head: Head, request: httpx.Request, timeout_s: float | None) -> None:
    """The request as a whole, unless the server answers before it has all of it."""
    connection.begin()
    stream = request.stream
    if isinstance(stream, httpx.ByteStream) and head.body_bytes is not None:
        body = b"".join(stream)
        _check_length(head, len(body))
        await connection.write(head.data + body, timeout_s)
    elif isinstance(stream, httpx.AsyncByteStream):
        await connection.write(head.data, timeout_s)
        if not await _send_pieces(connection, head, stream, timeout_s):
            return
    else:
        raise TypeError("the request's body cannot be read asynchronously")
    connection.sent()


async def _send_pieces(
    connection: Connection, head: Head, stream: httpx.AsyncByteStream, timeout_s: float | None
) -> bool:
    """Whether all of them were sent."""
    is_chunked, size = head.body_bytes is None, 0
    async for piece in stream:
        if connection.has_head:
            return False
        if piece:
            size += len(piece)
            await connection.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece, timeout_s)
    if is_chunked:
        await connection.write(b"0\r\n\r\n", timeout_s)
    else:
        _check_length(head, size)
    return True


def _check_length(head: Head, size: int) -> None:
    """A server would take what is missing from the next request, or what is too much for one."""
    if size != head.body_bytes:
        raise httpx.LocalProtocolError(f"a body of {size} bytes, where {head.body_bytes} were announced")


def _default_context() -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Body(httpx.AsyncByteStream):
    """A response's body, as it comes."""

    def __init__(self, pool: PoolTransport, origin: Origin, connection: Connection, timeout_s: float | None) -> None:
        self._pool = pool
        self._origin = origin
        self._connection = connection
        self._timeout_s = timeout_s
        self._is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self._connection.piece(self._timeout_s)) is not None:
            yield piece

    async def aclose(self) -> None:
        """Once; a body that was not read to its end costs the connection."""
        if not self._is_closed:
            self._is_closed = True
            self._pool.keep(self._origin, self._connection)
