"""What httpx says of a connection that fails, on real sockets: a payment's outcome hangs on it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from service.gateway.answers import Answer, Heard, Silence
from service.gateway.client import flash_transport
from service.gateway.graphql import GraphQL
from tests.gateway.fakes import Tally

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ANSWER = b'{"data":{"me":null}}'
HTTP = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


class MachineClock:
    """As much of a Clock as the client needs."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def charge(self, work: str) -> None: ...


async def ask(port: int, times: int = 1, timeout_s: float = 5.0) -> list[Heard]:
    async with flash_transport() as transport:
        graphql = GraphQL(transport, f"http://127.0.0.1:{port}/graphql", MachineClock(), Tally())
        asks = [partial(graphql.ask, "me", "query me { me { id } }", {}, token="t", timeout_s=timeout_s)] * times
        return [await one() for one in asks]


def heard_from(serve: Serve, times: int = 1, timeout_s: float = 5.0) -> list[Heard]:
    async def main() -> list[Heard]:
        async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            finally:
                writer.close()

        async with await asyncio.start_server(on_connection, "127.0.0.1", 0) as server:
            return await ask(server.sockets[0].getsockname()[1], times, timeout_s)

    return asyncio.run(main())


async def take_request(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    await reader.readexactly(length)


def test_an_answer_over_a_kept_connection() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            await take_request(reader)
            writer.write(HTTP % len(ANSWER) + ANSWER)
            await writer.drain()

    assert heard_from(serve, times=3) == [Answer({"me": None})] * 3


def test_a_port_that_nobody_listens_on_is_not_sent_to() -> None:
    async def main() -> list[Heard]:
        async with await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
        return await ask(port)

    assert asyncio.run(main()) == [Silence("ConnectError", sent=False)]


def test_a_server_that_takes_the_request_and_hangs_up_may_have_acted() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await take_request(reader)

    [heard] = heard_from(serve)
    assert isinstance(heard, Silence)
    assert heard.sent


def test_a_server_that_hangs_up_in_its_answer_may_have_acted() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await take_request(reader)
        writer.write(HTTP % 1_000 + b'{"data"')
        await writer.drain()

    [heard] = heard_from(serve)
    assert isinstance(heard, Silence)
    assert heard.sent


def test_a_server_that_accepts_and_never_answers_may_have_acted() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    [heard] = heard_from(serve, timeout_s=0.05)
    assert isinstance(heard, Silence)
    assert heard.sent


def test_a_server_that_speaks_something_else_may_have_acted() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await take_request(reader)
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()

    [heard] = heard_from(serve)
    assert isinstance(heard, Silence)
    assert heard.sent
