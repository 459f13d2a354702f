"""Connections against real servers, and against peers that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.core.errors import StoreError, StoreUnavailable
from service.store.clients import POOLED, SHARED, Client, pooled_client, shared_client
from service.store.commands import Run, packed
from service.store.embedded import embedded
from service.store.one_by_one import OneByOne
from service.store.pipelined import Pipelined
from tests.store.kit import Nursery

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PING = packed(("PING",))


@asynccontextmanager
async def opened(url: str, make: Callable[..., Client] = shared_client, **limits: Any) -> AsyncIterator[Client]:
    client = make(url, None, msgspec.structs.replace(POOLED if make is pooled_client else SHARED, **limits))
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def peer(directory: Path, behave: Peer) -> AsyncIterator[str]:
    """A server that behaves like this on each connection; gives its URL."""
    path = directory / "peer.sock"
    server = await asyncio.start_unix_server(behave, path)
    try:
        yield f"unix://{path}"
    finally:
        server.close()


async def figures(client: Client, section: str) -> dict[str, str]:
    [info] = await client.ask([packed(("INFO", section))])
    return dict(line.split(":", 1) for line in info.decode().splitlines() if ":" in line)


@pytest.mark.real
@pytest.mark.parametrize(("make", "least", "most"), [(shared_client, 1, 1), (pooled_client, 2, 16)])
def test_fifty_commands_at_once_use_no_more_connections_than_there_may_be(
    store_url: str, make: Callable[..., Client], least: int, most: int
) -> None:
    async def scenario() -> None:
        async with opened(store_url, make) as client, opened(store_url) as watcher:
            before = await figures(watcher, "stats")
            replies = await asyncio.gather(*(client.ask([packed(("ECHO", n))]) for n in range(50)))
            assert replies == [[b"%d" % n] for n in range(50)]
            after = await figures(watcher, "stats")
            made = int(after["total_connections_received"]) - int(before["total_connections_received"])
            assert least <= made <= most

    asyncio.run(scenario())


@pytest.mark.real
def test_connections_are_opened_ahead_and_used(store_url: str) -> None:
    async def scenario() -> None:
        async with opened(store_url, pooled_client) as client, opened(store_url) as watcher:
            before = int((await figures(watcher, "stats"))["total_connections_received"])
            await client.warm()
            await asyncio.gather(*(client.ask([PING]) for _ in range(POOLED.warm)))
            after = int((await figures(watcher, "stats"))["total_connections_received"])
            assert after - before == POOLED.warm == 4

    asyncio.run(scenario())


@pytest.mark.real
def test_a_connection_begins_with_no_commands_of_its_own(store_url: str) -> None:
    async def scenario() -> None:
        async with opened(store_url) as watcher:
            await watcher.ask([packed(("CONFIG", "RESETSTAT"))])
            async with opened(store_url, pooled_client) as client:
                await client.ask([packed(("GET", "a"))])
            commands = await figures(watcher, "commandstats")
            assert set(commands) == {"cmdstat_config|resetstat", "cmdstat_get"}

    asyncio.run(scenario())


@pytest.mark.real
def test_a_database_of_the_url_is_chosen(store_url: str) -> None:
    async def scenario() -> None:
        async with opened(f"{store_url}?db=1") as one, opened(store_url) as zero:
            await one.ask([packed(("SET", "a", "1"))])
            assert await zero.ask([packed(("EXISTS", "a"))]) == [0]

    asyncio.run(scenario())


@pytest.mark.real
def test_each_reply_that_is_an_error_is_in_its_place(store_url: str) -> None:
    async def scenario() -> None:
        async with opened(store_url) as client:
            commands = ("SET", "a", "1"), ("LPUSH", "a", "1"), ("GET", "a")
            first, wrong, last = await client.ask([packed(command) for command in commands])
            assert (first, last) == (b"OK", b"1")
            assert isinstance(wrong, StoreError)
            assert not isinstance(wrong, StoreUnavailable)
            assert "WRONGTYPE" in str(wrong)

    asyncio.run(scenario())


@pytest.mark.real
def test_a_full_server_is_unavailable_for_writing_and_answers_reads(store_url: str) -> None:
    async def scenario() -> None:
        async with opened(store_url) as client:
            await client.ask([packed(("SET", "a", "1")), packed(("CONFIG", "SET", "maxmemory", "1"))])
            try:
                script = packed(("EVAL", "return redis.call('SET', KEYS[1], 2)", 1, "a"))
                replies = await client.ask([packed(("SET", "a", "2")), script])
                assert [type(reply) for reply in replies] == [StoreUnavailable] * 2
                assert await client.ask([packed(("GET", "a"))]) == [b"1"]
            finally:
                await client.ask([packed(("CONFIG", "SET", "maxmemory", "0"))])

    asyncio.run(scenario())


@pytest.mark.real
@pytest.mark.parametrize("make", [shared_client, pooled_client])
def test_a_restart_of_the_server_heals_by_itself(tmp_path: Path, make: Callable[..., Client]) -> None:
    async def scenario() -> None:
        async with embedded(tmp_path, durable=False) as store:
            client = make(store.url)
            await client.warm()
            await asyncio.gather(*(client.ask([packed(("SET", f"k{n}", "1"))]) for n in range(5)))
        with pytest.raises(StoreUnavailable):
            await client.ask([PING])
        async with embedded(tmp_path, durable=False):
            assert await asyncio.gather(*(client.ask([packed(("GET", f"k{n}"))]) for n in range(5))) == [[b"1"]] * 5
            await client.close()

    asyncio.run(scenario())


@pytest.mark.real
@pytest.mark.parametrize("make", [shared_client, pooled_client])
@pytest.mark.parametrize("batched", [False, True])
def test_whoever_gives_up_whenever_nobody_gets_anothers_reply(
    store_url: str, make: Callable[..., Client], *, batched: bool
) -> None:
    async def caller(run: Run, name: str) -> None:
        words = [f"{name}.{place}" for place in range(3)]
        assert await run([("ECHO", word) for word in words]) == [word.encode() for word in words]

    async def round_(run: Run, turns: int) -> None:
        tasks = [asyncio.create_task(caller(run, f"{turns}.{number}")) for number in range(6)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results[1::2] == [None] * 3
        assert all(result is None or isinstance(result, asyncio.CancelledError) for result in results)

    async def scenario() -> None:
        nursery = Nursery()
        async with opened(store_url, make) as client:
            run: Run = Pipelined(client, nursery) if batched else OneByOne(client)
            for turns in range(60):
                await round_(run, turns)
            assert await run([("PING",)]) == [b"PONG"]
            await nursery.close()

    asyncio.run(scenario())


@pytest.mark.real
def test_a_cancellation_is_never_swallowed(store_url: str) -> None:
    async def scenario() -> None:
        async with opened(store_url) as client:
            for turns in range(30):
                task = asyncio.create_task(client.ask([PING]))
                for _ in range(turns):
                    await asyncio.sleep(0)
                given_up = task.cancel()
                await asyncio.wait([task])
                assert task.cancelled() is given_up

    asyncio.run(scenario())


def test_what_was_sent_once_is_never_sent_again(tmp_path: Path) -> None:
    received: list[bytes] = []

    async def takes_and_hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(1000))
        writer.close()

    async def scenario() -> None:
        async with peer(tmp_path, takes_and_hangs_up) as url, opened(url) as client:
            with pytest.raises(StoreUnavailable):
                await client.ask([packed(("INCR", "a"))])

    asyncio.run(scenario())
    assert received == [b"*2\r\n$4\r\nINCR\r\n$1\r\na\r\n"]


def test_a_connection_that_died_while_idle_is_opened_anew(tmp_path: Path) -> None:
    closed = asyncio.Event()
    connections = 0

    async def answers_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"PING\r\n")
        writer.write(b"+PONG\r\n")
        await writer.drain()
        await closed.wait()
        writer.close()

    async def scenario() -> None:
        async with peer(tmp_path, answers_once) as url, opened(url) as client:
            assert await client.ask([PING]) == [b"PONG"]
            idle = client._idle[0].connection._reader
            assert idle is not None
            closed.set()
            assert await idle.read() == b""
            assert await client.ask([PING]) == [b"PONG"]

    asyncio.run(scenario())
    assert connections == 2


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def scenario() -> None:
        async with peer(tmp_path, silent) as url, opened(url, answer_s=0.01) as client:
            with pytest.raises(StoreUnavailable, match=r"did not answer within 0\.01 s"):
                await client.ask([PING])

    asyncio.run(scenario())


def test_waiting_for_a_connection_is_bounded_and_harms_nobody(tmp_path: Path) -> None:
    answer = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            await answer.wait()
            writer.write(b"+PONG\r\n")
        writer.close()

    async def scenario() -> None:
        async with peer(tmp_path, slow) as url, opened(url, wait_s=0.01) as client:
            first = asyncio.create_task(client.ask([PING]))
            await asyncio.sleep(0)
            with pytest.raises(StoreUnavailable, match=r"became free within 0\.01 s"):
                await client.ask([PING])
            answer.set()
            assert await first == [b"PONG"]
            assert await client.ask([PING]) == [b"PONG"]

    asyncio.run(scenario())


@pytest.mark.parametrize("noise", [b"@nonsense\r\n", b"", b"-LOADING the dataset\r\n", b"-NOAUTH who are you\r\n"])
def test_no_proper_answer_is_no_answer(tmp_path: Path, noise: bytes) -> None:
    async def noisy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(noise)
        writer.close()

    async def scenario() -> None:
        async with peer(tmp_path, noisy) as url, opened(url) as client:
            with pytest.raises(StoreUnavailable):
                await client.ask([PING, PING])

    asyncio.run(scenario())


@pytest.mark.parametrize("make", [shared_client, pooled_client])
def test_nobody_there_is_unavailable(tmp_path: Path, make: Callable[..., Client]) -> None:
    async def scenario() -> None:
        async with opened(f"unix://{tmp_path}/nobody.sock", make) as client:
            with pytest.raises(StoreUnavailable):
                await client.ask([PING])
            for _ in range(POOLED.connections + 1):  # and no connection is lost by it
                with pytest.raises(StoreUnavailable, match=r"nobody\.sock"):
                    await client.ask([PING])

    asyncio.run(scenario())
