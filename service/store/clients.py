"""Connections to the server: one that all share, or a pool (item 3.4).

What is sent once is never sent again from here: redis-py's ten retries are off, because a command whose reply is lost
may have had its effect. A connection that is known to be dead before anything is written is opened anew, so a restart
of the server heals by itself.

redis-py's connections are used, its client and its pool are left out. The client's pipeline would not use the shared
connection, and costs about half as much CPU again as writing to a connection; the pool counts for its telemetry at each
hand-over, which costs more than the command itself, and all that is needed of it is a list of idle connections. So is
its socket time-out left out, with which it writes through `wait_for`, which under Python 3.11 can swallow a
cancellation: one deadline per round trip does for both directions.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from redis.asyncio.connection import AbstractConnection, ConnectionPool, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from service.core.errors import ConfigError, StoreUnavailable
from service.deadlines import Deadlines
from service.store.faults import as_store_error
from service.store.replies import RepliesParser

__all__ = ["POOLED", "SHARED", "Client", "Limits", "pooled_client", "shared_client"]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many connections there may be, how many are opened ahead, and how long each step may take."""

    connections: int
    warm: int = 0
    wait_s: float = 2.0
    connect_s: float = 2.0
    answer_s: float = 5.0


_READ_BYTES = 65_536  # at a time, from a socket: redis-py's own figure

SHARED = Limits(connections=1)
POOLED = Limits(connections=16, warm=4)


def shared_client(url: str, connection: Mapping[str, Any] | None = None, limits: Limits = SHARED) -> "Client":
    """One connection for everybody, used in turns. Arguments as for `pooled_client`."""
    return _client(url, limits, connection)


def pooled_client(url: str, connection: Mapping[str, Any] | None = None, limits: Limits = POOLED) -> "Client":
    """A pool of connections, some of them opened ahead by `warm`.

    `url` is redis://, rediss:// or unix://; `connection` replaces options of the connections and their
    `connection_class`, so that a simulation can take the place of the socket. Raises ConfigError for a URL that
    cannot work.
    """
    return _client(url, limits, connection)


def _client(url: str, limits: Limits, connection: Mapping[str, Any] | None) -> "Client":
    ours = {
        "retry": Retry(NoBackoff(), 0),
        "retry_on_timeout": False,
        "retry_on_error": [],
        "socket_timeout": None,  # `answer_s` bounds the whole round trip
        "socket_connect_timeout": limits.connect_s,
        "health_check_interval": 0,
        "decode_responses": False,
        "protocol": 2,  # 3 begins each connection with a HELLO round trip
        "driver_info": None,  # and this with CLIENT SETINFO
    }
    try:
        options: dict[str, Any] = {**parse_url(url), **ours, **(connection or {})}
        pool = ConnectionPool(max_connections=limits.connections, **options)
        # Only the object: an option of the URL that does not exist is found now.
        pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py does not annotate it
    except (TypeError, ValueError, RedisError) as error:
        raise ConfigError(f"the store's URL cannot be used: {error}") from error
    return Client(pool, limits)


class _Line(NamedTuple):
    """A connection, and what reads its replies."""

    connection: AbstractConnection
    parser: RepliesParser


def _line_of(pool: ConnectionPool) -> _Line:
    """A line that is not open yet."""
    parser = RepliesParser(_READ_BYTES)
    connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py does not annotate it
    connection.set_parser(lambda **_: parser)  # type: ignore[arg-type]  # redis-py asks for a class, and calls it
    return _Line(connection, parser)


class Client:
    """Implements Link over redis-py's connections."""

    def __init__(self, pool: ConnectionPool, limits: Limits) -> None:
        """`pool` makes the connections; who uses them is decided here."""
        self._pool = pool
        self._limits = limits
        self._deadlines = Deadlines(limits.answer_s)
        self._free = asyncio.Semaphore(limits.connections)
        self._idle: list[_Line] = []
        self._all: list[_Line] = []
        self.round_trips = 0
        """Flushes that waited for replies, so far."""

    @property
    def connections(self) -> int:
        """As Link."""
        return self._limits.connections

    async def ask(self, commands: Sequence[bytes]) -> list[Any]:
        """As Link."""
        line = await self._take()
        try:
            with self._deadlines.limit():
                return await self._exchange(line, b"".join(commands), len(commands))
        except TimeoutError as error:
            raise StoreUnavailable(f"the store did not answer within {self._limits.answer_s:g} s") from error
        except (RedisError, OSError) as error:
            raise as_store_error(error) from error
        finally:
            self._give_back(line)

    async def warm(self) -> None:
        """Opens the connections that are to be ready before the first command. Raises StoreUnavailable."""
        taken: list[_Line] = []
        try:
            for _ in range(self._limits.warm):
                taken.append(await self._take())
                await self._open(taken[-1])
        finally:
            for line in reversed(taken):
                self._give_back(line)

    async def close(self) -> None:
        """Closes all connections."""
        await asyncio.gather(*(line.connection.disconnect() for line in self._all))

    async def _exchange(self, line: _Line, data: bytes, replies: int) -> list[Any]:
        await self._pool.ensure_connection(line.connection)  # opened anew where it died while idle
        self.round_trips += 1
        await line.connection.send_packed_command(data, check_health=False)
        line.parser.expect(replies)
        answers: list[Any] = await line.connection.read_response()
        return answers

    async def _take(self) -> _Line:
        """The connection that was used last: it is the one most likely to be open."""
        if self._free.locked():
            await self._wait_for_one()
        else:
            await self._free.acquire()
        if self._idle:
            return self._idle.pop()
        self._all.append(_line_of(self._pool))
        return self._all[-1]

    def _give_back(self, line: _Line) -> None:
        """One whose replies were not all read has been closed by redis-py, and is opened again by its next user."""
        self._idle.append(line)
        self._free.release()

    async def _wait_for_one(self) -> None:
        try:
            async with asyncio.timeout(self._limits.wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise StoreUnavailable(f"no connection to the store became free within {self._limits.wait_s:g} s") from None

    async def _open(self, line: _Line) -> None:
        try:
            async with asyncio.timeout(self._limits.answer_s):
                await self._pool.ensure_connection(line.connection)
        except TimeoutError as error:
            raise StoreUnavailable(f"the store did not answer within {self._limits.answer_s:g} s") from error
        except (RedisError, OSError) as error:
            raise as_store_error(error) from error
