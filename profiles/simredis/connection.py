"""The client's side: redis-py's own connection, with a socket that leads to a server in memory."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol, cast

from redis.asyncio import Connection
from redis.exceptions import ConnectionError as RedisConnectionError

__all__ = ["Line", "Network", "SimConnection"]


class Line(Protocol):
    """The server's end of one connection; `commands` counts what came in.

    `hang_up` is set by the client's end: who calls it closes the connection from the server's side.
    """

    commands: int
    hang_up: Callable[[], None]

    def feed(self, data: bytes) -> bytes:
        """Gives the replies to the commands in these bytes."""
        ...

    def close(self) -> None: ...


class Network(Protocol):
    """What lies between the clients and the server."""

    async def open(self) -> Line:
        """A new connection; waits for as long as that takes, or raises OSError."""
        ...

    def send(self, line: Line, data: bytes) -> tuple[bytes, float] | None:
        """Carries bytes to the server, at once, and gives its replies and the seconds until they are back.

        None when the line has broken: the commands may or may not have had their effect.
        """
        ...


class _Mailbox:
    """The part of an asyncio.StreamReader that redis-py uses, for one reader and with no limit."""

    def __init__(self) -> None:
        self._buffer = b""
        self._ended = False
        self._waiter: asyncio.Future[None] | None = None

    def at_eof(self) -> bool:
        return self._ended and not self._buffer

    def feed_data(self, data: bytes) -> None:
        self._buffer += data
        self._wake()

    def feed_eof(self) -> None:
        self._ended = True
        self._wake()

    async def read(self, _limit: int) -> bytes:
        """All that is there; empty at the end."""
        while not self._buffer and not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        data, self._buffer = self._buffer, b""
        return data

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Writer:
    """The part of an asyncio.StreamWriter that redis-py uses.

    The commands take effect when they are written, and the replies are read one round trip later: a client that
    gives up in between has had its effect all the same, as with a real server.
    """

    def __init__(self, network: Network, line: Line, reader: _Mailbox, *, instant: bool) -> None:
        self.instant = instant
        self._network = network
        self._line = line
        self._reader = reader
        self._loop = asyncio.get_running_loop()
        self._under_way: deque[bytes] = deque()
        self._last_due_s = 0.0
        self._open = True
        line.hang_up = self._break

    def writelines(self, chunks: Iterable[bytes]) -> None:
        if not self._open:
            raise ConnectionResetError("the connection is closed")
        data = b"".join(chunks)
        if self.instant:
            self._reader.feed_data(self._line.feed(data))
            return
        sent = self._network.send(self._line, data)
        if sent is None:
            self._break()
            return
        replies, delay_s = sent
        # Replies keep their order even where a later one has drawn a shorter way.
        self._last_due_s = max(self._loop.time() + delay_s, self._last_due_s)
        self._under_way.append(replies)
        self._loop.call_at(self._last_due_s, self._deliver)

    async def drain(self) -> None:
        """Nothing to wait for: memory is never full."""

    def close(self) -> None:
        self._open = False
        self._line.close()

    async def wait_closed(self) -> None:
        """Nothing to wait for."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """There is no socket to ask."""
        del name
        return default

    def _deliver(self) -> None:
        replies = self._under_way.popleft()
        if self._open:
            self._reader.feed_data(replies)

    def _break(self) -> None:
        self._open = False
        self._reader.feed_eof()


class SimConnection(Connection):
    """A redis.asyncio connection without a socket. Give it to any pool with `network=` among its arguments."""

    def __init__(self, *, network: Network, **options: Any) -> None:
        """`options` are those of redis.asyncio.Connection."""
        super().__init__(**options)
        self._network = network
        self._wire: _Writer | None = None

    def __del__(self, *_: Any) -> None:
        """Nothing to warn of: a line into memory that is left behind, by a process that was killed, holds no socket."""

    async def connect(self) -> None:
        """As redis-py's; where there is nothing to do, without its way through the retries."""
        if not self.is_connected:
            await super().connect()  # type: ignore[no-untyped-call]  # redis-py does not annotate it

    async def connect_check_health(self, check_health: bool = True, retry_socket_connect: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's signature
        """Connects. The handshake's commands take no time of their own: `Network.open` has waited for them."""
        await super().connect_check_health(check_health, retry_socket_connect)
        if self._wire is not None:
            self._wire.instant = False

    async def _connect(self) -> None:
        async with asyncio.timeout(self.socket_connect_timeout):
            line = await self._network.open()
        mailbox = _Mailbox()
        self._wire = _Writer(self._network, line, mailbox, instant=True)
        self._reader = cast("asyncio.StreamReader", mailbox)
        self._writer = cast("asyncio.StreamWriter", self._wire)

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's signature
        """As redis-py's, but for the time limit on writing: a write into memory never waits."""
        if not self.is_connected:
            await self.connect_check_health(check_health=False)
        if check_health and self.health_check_interval:
            await self.check_health()  # type: ignore[no-untyped-call]  # redis-py does not annotate it
        assert self._wire is not None  # noqa: S101 - connecting has made it
        try:
            self._wire.writelines([command] if isinstance(command, bytes) else command)
        except OSError as error:
            await self.disconnect(nowait=True)
            raise RedisConnectionError(f"Error while writing to the simulated server: {error}") from error
