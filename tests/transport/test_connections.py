"""Connections: which are kept, which are not, and that nothing is ever sent twice."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from service.transport.pool import PoolTransport
from tests.transport.lines import OK, Wire, answering, post, with_server

SLOW = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no"


class Counting:
    """A server that answers everything alike, and counts connections and requests."""

    def __init__(self, answer: bytes = OK) -> None:
        self.connections = 0
        self.requests = 0
        self._answer = answer

    async def __call__(self, wire: Wire) -> None:
        self.connections += 1
        while True:
            await wire.request()
            self.requests += 1
            await wire.say(self._answer)


def one_after_the_other(times: int, pause_s: float = 0.0) -> Callable[[PoolTransport, str], Awaitable[None]]:
    async def use(transport: PoolTransport, url: str) -> None:
        for _ in range(times):
            await post(transport, url)
            await asyncio.sleep(pause_s)

    return use


def test_a_connection_serves_one_exchange_after_the_other() -> None:
    server = Counting()
    with_server(server, one_after_the_other(5))
    assert (server.connections, server.requests) == (1, 5)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        OK + b"HTTP/1.1 200 OK\r\n",  # the beginning of what nobody asked for
        OK + OK,
    ],
)
def test_a_connection_that_the_server_does_not_keep_or_confuses_is_not_used_again(answer: bytes) -> None:
    server = Counting(answer)
    with_server(server, one_after_the_other(2))
    assert (server.connections, server.requests) == (2, 2)


def test_a_connection_that_was_idle_for_too_long_is_not_used_again() -> None:
    server = Counting()
    with_server(server, one_after_the_other(2, pause_s=0.02), keep_alive_s=0.01)
    assert server.connections == 2


def test_a_connection_that_the_server_closed_while_idle_is_replaced_before_anything_is_sent() -> None:
    assert with_server(answering(OK), one_after_the_other(3, pause_s=0.02)) is None


def test_a_post_is_not_sent_again_when_the_server_hangs_up_on_it() -> None:
    requests: list[int] = []

    async def serve(wire: Wire) -> None:
        await wire.request()
        requests.append(wire.number)
        await wire.say(OK)
        await wire.request()  # taken, perhaps carried out, and never answered
        requests.append(wire.number)

    async def use(transport: PoolTransport, url: str) -> None:
        await post(transport, url)
        with pytest.raises(httpx.RemoteProtocolError):
            await post(transport, url)

    with_server(serve, use)
    assert requests == [1, 1]


def test_a_body_that_was_not_read_to_its_end_costs_the_connection() -> None:
    server = Counting(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nunread")

    async def use(transport: PoolTransport, url: str) -> None:
        for _ in range(2):
            response = await transport.handle_async_request(httpx.Request("POST", url))
            await response.aclose()

    with_server(server, use)
    assert server.connections == 2


def test_an_answer_that_came_before_its_request_was_sent_costs_the_connection() -> None:
    connections = []

    async def serve(wire: Wire) -> None:
        connections.append(wire.number)
        await wire.head()
        await wire.say(OK)  # and the rest of the request is left on the line
        if wire.number == 1:
            await asyncio.sleep(0.05)

    async def use(transport: PoolTransport, url: str) -> None:
        await post(transport, url, b"x" * 20_000_000)
        await post(transport, url)

    with_server(serve, use)
    assert connections == [1, 2]


def test_a_caller_that_is_cancelled_takes_its_connection_with_it() -> None:
    left: list[bool] = []

    async def serve(wire: Wire) -> None:
        await wire.request()
        if wire.number == 1:
            left.append(await wire.left())
        else:
            await wire.say(OK)

    async def use(transport: PoolTransport, url: str) -> bytes:
        task = asyncio.ensure_future(post(transport, url))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        response = await post(transport, url)
        await asyncio.sleep(0.02)
        return response.content

    assert with_server(serve, use, max_connections=1) == b"ok"
    assert left == [True]


def test_no_more_exchanges_than_connections_are_under_way() -> None:
    most = now = 0

    async def serve(wire: Wire) -> None:
        nonlocal most, now
        while True:
            await wire.request()
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            now -= 1
            await wire.say(OK)

    async def use(transport: PoolTransport, url: str) -> int:
        return len(await asyncio.gather(*(post(transport, url) for _ in range(7))))

    assert with_server(serve, use, max_connections=2) == 7
    assert most == 2


async def never(wire: Wire) -> None:
    await wire.request()
    await wire.left()


def test_waiting_for_a_connection_has_a_limit() -> None:
    async def use(transport: PoolTransport, url: str) -> None:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(post(transport, url, read=0.1))
            await asyncio.sleep(0.01)
            with pytest.raises(httpx.PoolTimeout):
                await post(transport, url, pool=0.01)
            first.cancel()

    with_server(never, use, max_connections=1)


def test_waiting_for_a_response_has_a_limit() -> None:
    with pytest.raises(httpx.ReadTimeout):
        with_server(never, lambda transport, url: post(transport, url, read=0.01))


def test_waiting_for_the_rest_of_a_body_has_a_limit() -> None:
    async def serve(wire: Wire) -> None:
        await wire.request()
        await wire.say(SLOW)
        await wire.left()

    with pytest.raises(httpx.ReadTimeout):
        with_server(serve, lambda transport, url: post(transport, url, read=0.01))


def test_sending_has_a_limit() -> None:
    async def serve(wire: Wire) -> None:
        await asyncio.sleep(0.2)

    with pytest.raises(httpx.WriteTimeout):
        with_server(serve, lambda transport, url: post(transport, url, b"x" * 20_000_000, write=0.01))


def test_nobody_there_is_an_error_of_connecting() -> None:
    async def main() -> None:
        server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        async with PoolTransport(max_connections=1) as transport:
            for _ in range(2):  # and its slot is free again
                with pytest.raises(httpx.ConnectError):
                    await post(transport, f"http://127.0.0.1:{port}/", pool=0.1)

    asyncio.run(main())


def test_closing_ends_what_is_under_way() -> None:
    async def use(transport: PoolTransport, url: str) -> None:
        task = asyncio.ensure_future(post(transport, url))
        await asyncio.sleep(0.02)
        await transport.aclose()
        with pytest.raises(httpx.TransportError):
            await task

    with_server(never, use)
