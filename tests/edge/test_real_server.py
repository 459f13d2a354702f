"""The webhook behind the server that `pulse serve` uses, over real sockets on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from unittest.mock import patch

import pytest

from service import serving
from service.edge import webhook
from service.edge.protocol import HEAD_CAP_BYTES, BoundedProtocol
from service.edge.webhook import BODY_CAP_BYTES
from tests.edge.kit import Site, envelope, sign, text

pytestmark = pytest.mark.real

BODY = envelope({"messages": [text()]})
HEALTH = b"GET /health HTTP/1.1\r\nHost: bot\r\n\r\n"
HEALTHY = b'{"status":"ok","version":"1"}'
PATIENCE_S = 20.0


def post(*headers: bytes) -> bytes:
    signature = b"X-Hub-Signature-256: " + sign(BODY)
    return b"\r\n".join((b"POST /webhook/whatsapp HTTP/1.1", b"Host: bot", signature, *headers, b"", b""))


class Connection:
    """One client's socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def status(self) -> int:
        """Of the next response, which has no body."""
        return int((await self._head()).split()[1])

    async def health(self) -> bool:
        """Whether the next response is that of /health."""
        return (await self._head()).startswith(b"HTTP/1.1 200") and await self._reader.readexactly(
            len(HEALTHY)
        ) == HEALTHY

    async def is_closed(self) -> bool:
        """Waits for the end. A server that closes with unread bytes makes it a reset."""
        try:
            return await self._wait(self._reader.read()) is not None
        except ConnectionError:
            return True

    def close(self) -> None:
        self._writer.close()

    async def _head(self) -> bytes:
        return await self._wait(self._reader.readuntil(b"\r\n\r\n"))

    async def _wait(self, reading: Awaitable[bytes]) -> bytes:
        return await asyncio.wait_for(reading, PATIENCE_S)


Connect = Callable[[], Awaitable[Connection]]


def play(scenario: Callable[[Connect], Awaitable[None]], site: Site | None = None) -> None:
    """Runs the scenario, and asks the service afterwards whether it is well."""

    async def main() -> None:
        app = (site or Site()).app
        with contextlib.closing(serving._bind("127.0.0.1", 0)) as listener:
            async with serving._http(app, listener, lambda: 1.0), _clients(listener.getsockname()[1]) as connect:
                await scenario(connect)
                after = await connect()
                await after.send(HEALTH)
                assert await after.health()

    asyncio.run(main())


@contextlib.asynccontextmanager
async def _clients(port: int) -> AsyncIterator[Connect]:
    made: list[Connection] = []

    async def connect() -> Connection:
        made.append(Connection(*await asyncio.open_connection("127.0.0.1", port)))
        return made[-1]

    try:
        yield connect
    finally:
        for connection in made:
            connection.close()


def test_a_delivery_is_taken_whole_or_in_chunks_and_again_on_the_same_connection() -> None:
    site = Site()

    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(post(b"Content-Length: %d" % len(BODY)) + BODY)
        assert await client.status() == 200
        await client.send(post(b"Transfer-Encoding: chunked"))
        for piece in (BODY[:10], BODY[10:]):
            await client.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        await client.send(b"0\r\n\r\n")
        assert await client.status() == 200

    play(scenario, site)
    assert len(site.inbox.accepted) == 2


def test_who_asks_whether_to_continue_is_told_so_and_for_too_much_refused_at_once() -> None:
    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(post(b"Expect: 100-continue", b"Content-Length: %d" % len(BODY)))
        assert await client.status() == 100
        await client.send(BODY)
        assert await client.status() == 200
        await client.send(post(b"Expect: 100-continue", b"Content-Length: %d" % (BODY_CAP_BYTES + 1)))
        assert await client.status() == 413
        assert await client.is_closed()

    play(scenario)


def test_chunks_without_end_are_refused_at_the_cap_and_the_connection_ends() -> None:
    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(post(b"Transfer-Encoding: chunked"))
        piece = bytes(1024 * 1024)
        with contextlib.suppress(ConnectionError):
            for _ in range(20):
                await client.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        assert await client.is_closed()

    play(scenario)


def test_a_body_that_does_not_come_is_408_and_the_connection_ends() -> None:
    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(post(b"Content-Length: 100") + b"a few")
        assert await client.status() == 408
        assert await client.is_closed()

    with patch.object(webhook, "BODY_TIMEOUT_S", 0.05):
        play(scenario)


GARBAGE = {
    "a TLS handshake": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "an unknown method": b"BREW /health HTTP/1.1\r\n\r\n",
    "raw bytes in the path": b"GET /\xff HTTP/1.1\r\n\r\n",
    "raw bytes in the query": b"GET /webhook/whatsapp?hub.mode=\xff HTTP/1.1\r\n\r\n",
    "a tunnel": b"CONNECT bot:443 HTTP/1.1\r\nHost: bot\r\n\r\n",
    "a negative length": post(b"Content-Length: -1"),
    "two lengths": post(b"Content-Length: 1", b"Content-Length: 2") + b"ab",
    "a length and chunks": post(b"Content-Length: 3", b"Transfer-Encoding: chunked") + b"1\r\na\r\n0\r\n\r\n",
    "a chunk of no number": post(b"Transfer-Encoding: chunked") + b"zz\r\n",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_400_and_ends_its_connection_only(garbage: bytes) -> None:
    async def scenario(connect: Connect) -> None:
        bystander, client = await connect(), await connect()
        await client.send(garbage)
        assert await client.status() == 400
        assert await client.is_closed()
        await bystander.send(HEALTH)
        assert await bystander.health()

    play(scenario)


def test_requests_in_a_row_are_answered_in_order_and_garbage_behind_them_ends_the_connection() -> None:
    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(HEALTH + post(b"Content-Length: %d" % len(BODY)) + BODY + HEALTH)
        assert [await client.health(), await client.status(), await client.health()] == [True, 200, True]
        await client.send(HEALTH)
        assert await client.health()
        await client.send(b"\x00garbage")
        assert await client.status() == 400
        assert await client.is_closed()

    play(scenario)


@pytest.mark.parametrize(
    "endless", [b"GET /health HTTP/1.1\r\nX: ", b"GET /", b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 100, b"\r\n"]
)
def test_a_head_without_end_is_431_and_the_connection_ends(endless: bytes) -> None:
    async def scenario(connect: Connect) -> None:
        client = await connect()
        filling = b"\r\n" if endless == b"\r\n" else b"a"
        with contextlib.suppress(ConnectionError):
            await client.send(endless + filling * (HEAD_CAP_BYTES + 1))
            assert await client.status() == 431
        assert await client.is_closed()

    play(scenario)


@pytest.mark.parametrize("said", [b"", b"\r\n", b"GET /hea", b"GET /health HTTP/1.1\r\nHost: b", HEALTH + b"GET /"])
def test_a_head_that_does_not_come_is_408_and_the_connection_ends(said: bytes) -> None:
    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(said)
        if said.startswith(HEALTH):
            assert await client.health()
        assert await client.status() == 408
        assert await client.is_closed()

    with patch.object(BoundedProtocol, "head_timeout_s", 0.25):
        play(scenario)


def test_a_response_that_takes_longer_than_a_head_may_is_not_cut_off() -> None:
    site = Site()

    async def slow() -> bool:
        await asyncio.sleep(0.5)
        return True

    site.app._is_ready = slow

    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(b"GET /ready HTTP/1.1\r\nHost: bot\r\n\r\n")
        assert await client.status() == 200

    with patch.object(BoundedProtocol, "head_timeout_s", 0.25):
        play(scenario, site)
