"""Keep-alive HTTP connections without a client library: thousands of small POSTs per second from one core."""

import asyncio
import ssl
from collections import deque
from typing import Protocol, cast
from urllib.parse import SplitResult, urlsplit

import httptools

from service.core.errors import ConfigError
from service.ports import Clock
from service.sandbox.webhooks import SIGNATURE_HEADER, sign

__all__ = ["Door", "Job", "Pool"]

_OPENING = 32
"""New connections under way at the same time."""

_FRESH_S = 2.0
"""An idle connection is used again only this long: servers close them after some seconds, and a message that meets
the closing door would count as refused."""


class Job(Protocol):
    """A request on its way: told when it is written, and which status answered it (0: the connection broke)."""

    request: bytes

    def was_sent(self) -> None: ...

    def was_answered(self, status: int) -> None: ...


class Door:
    """A URL that takes signed POSTs: where to connect to, and a request's bytes. Raises ConfigError for no http URL."""

    def __init__(self, url: str, secret: str) -> None:
        parts = _split(url)
        self.host = parts.hostname or ""
        self.ssl = ssl.create_default_context() if parts.scheme == "https" else None
        self.port = parts.port or (443 if self.ssl else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._head = f"POST {path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n"
        self._secret = secret

    def request(self, body: bytes) -> bytes:
        """The whole request, signed as WhatsApp does."""
        rest = f"{SIGNATURE_HEADER}: {sign(body, self._secret)}\r\ncontent-length: {len(body)}\r\n\r\n"
        return f"{self._head}{rest}".encode() + body


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    try:
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise ConfigError(f"{url!r} is no http(s) URL; give one such as http://127.0.0.1:8080/webhook/whatsapp")
    return parts


class Pool:
    """Connections to one door, at most `most` at a time; what finds none free waits for the first, and is late."""

    def __init__(self, door: Door, most: int, clock: Clock) -> None:
        self._door = door
        self._most = most
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._idle: list[_Connection] = []
        self._waiting: deque[Job] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._open: set[_Connection] = set()

    async def prepare(self, count: int) -> None:
        """Opens some connections ahead of time."""
        await asyncio.gather(*(self._connect() for _ in range(count)))

    def send(self, job: Job) -> None:
        """Sends it now, or on the first connection that is free: new ones are opened for what waits."""
        fresh_from_s = self._clock.monotonic() - _FRESH_S
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable and connection.idle_since_s >= fresh_from_s:
                connection.take(job)
                return
            connection.close()
        self._waiting.append(job)
        self._open_more()

    def release(self, connection: "_Connection") -> None:
        """The connection has had its answer, and can take the next request."""
        if self._waiting:
            connection.take(self._waiting.popleft())
        else:
            connection.idle_since_s = self._clock.monotonic()
            self._idle.append(connection)

    def forget(self, connection: "_Connection") -> None:
        """The connection is gone."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._open_more()

    def close(self) -> None:
        """Closes all of them."""
        self._waiting.clear()
        for task in self._opening:
            task.cancel()
        for connection in list(self._open):
            connection.close()

    def _open_more(self) -> None:
        """One for each message that waits; not too many at once, or the other side's queue of them overflows."""
        room = min(self._most - len(self._open), _OPENING) - len(self._opening)
        for _ in range(min(room, len(self._waiting) - len(self._opening))):
            task = self._loop.create_task(self._connect())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _connect(self) -> None:
        """Where nobody listens, the message that has waited longest is what was refused."""
        try:
            _, connection = await self._loop.create_connection(
                lambda: _Connection(self), self._door.host, self._door.port, ssl=self._door.ssl
            )
        except OSError:
            if self._waiting:
                job = self._waiting.popleft()
                job.was_sent()
                job.was_answered(0)
            return
        self._open.add(connection)
        self.release(connection)


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._job: Job | None = None
        self.idle_since_s = 0.0

    @property
    def is_usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def take(self, job: Job) -> None:
        """Sends a request."""
        if self._transport is None:
            job.was_sent()
            job.was_answered(0)
            return
        self._job = job
        self._transport.write(job.request)
        job.was_sent()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def on_message_complete(self) -> None:
        """The parser has seen the end of a response."""
        job, self._job = self._job, None
        keep = self._parser.should_keep_alive()
        status = self._parser.get_status_code()
        if job is None or not keep:
            self.close()
        if job is not None:
            job.was_answered(status)
            if keep:
                self._pool.release(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        job, self._job = self._job, None
        self._pool.forget(self)
        if job is not None:
            job.was_answered(0)
