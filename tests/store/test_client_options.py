"""Clients by their URL and options."""

import asyncio

import pytest

from service.core.errors import ConfigError
from service.store.clients import shared_client
from service.store.commands import packed
from tests.store.kit import memory_server

PING = packed(("PING",))


@pytest.mark.parametrize(
    "url", ["http://localhost", "localhost:6379", "redis://localhost?colour=red", "redis://localhost?db=x", ""]
)
def test_a_url_that_cannot_work_is_an_error_at_once(url: str) -> None:
    with pytest.raises(ConfigError, match="URL"):
        shared_client(url)


def test_options_of_the_url_do_not_bring_retries_back() -> None:
    client = shared_client("redis://localhost?retry_on_timeout=yes&health_check_interval=1&protocol=3")
    connection = client._pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py does not annotate it
    assert connection.retry.get_retries() == 0
    assert (connection.retry_on_timeout, connection.health_check_interval, connection.protocol) == (False, 0, 2)


def test_round_trips_are_counted() -> None:
    async def scenario() -> None:
        client = memory_server().shared()
        await client.ask([PING, PING])
        await client.ask([PING])
        await client.close()
        assert client.round_trips == 2

    asyncio.run(scenario())


def test_the_socket_can_be_replaced() -> None:
    async def scenario() -> None:
        client = memory_server().pooled()
        await client.warm()
        assert await client.ask([packed(("SET", "a", "1")), packed(("GET", "a"))]) == [b"OK", b"1"]
        await client.close()

    asyncio.run(scenario())
