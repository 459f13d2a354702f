"""What breaks a simulated server: it hangs up on its clients, or comes back without its latest writes."""

import asyncio

import pytest

from profiles.round_trip import RoundTrip
from profiles.simredis.simulation import SimRedis
from profiles.virtual_clock import SeededDice, VirtualClock, run_virtual
from service.core.errors import StoreUnavailable
from service.store.clients import Client, shared_client
from service.store.commands import packed


def client_of(redis: SimRedis) -> Client:
    return shared_client("redis://store.sandbox", redis.connection_kwargs())


def test_a_server_that_hangs_up_ends_the_command_that_waits_and_the_next_one_connects_again() -> None:
    async def main(clock: VirtualClock) -> list[bytes]:
        redis = SimRedis(clock, RoundTrip(rtt_ms=50), SeededDice(1))
        lines = []
        opened = redis.open

        async def remember() -> object:
            lines.append(await opened())
            return lines[-1]

        redis.open = remember  # type: ignore[assignment,method-assign]  # a test looks at the line
        client = client_of(redis)
        waiting = asyncio.ensure_future(client.ask([packed(("SET", "k", "v"))]))
        await asyncio.sleep(0.07)
        lines[0].hang_up()
        with pytest.raises(StoreUnavailable):
            await waiting
        replies: list[bytes] = await client.ask([packed(("GET", "k"))])
        await client.close()
        return replies

    assert run_virtual(main, start_unix_s=0.0) == [b"v"]


def test_a_database_that_is_restored_is_what_it_was_and_the_snapshot_stays_as_it_is() -> None:
    async def main(clock: VirtualClock) -> list[list[bytes]]:
        redis = SimRedis(clock, RoundTrip(), SeededDice(1))
        client, seen, database = client_of(redis), [], redis.data.databases[0]
        await client.ask([packed(("HSET", "h", "f", "1")), packed(("SET", "k", "v", "EX", "100"))])
        snapshot = database.snapshot()
        for _ in range(2):
            await client.ask([packed(("HSET", "h", "f", "2")), packed(("DEL", "k")), packed(("SET", "new", "x"))])
            database.restore(snapshot)
            seen.append(await client.ask([packed(("HGET", "h", "f")), packed(("TTL", "k")), packed(("EXISTS", "new"))]))
        await client.close()
        return seen

    assert run_virtual(main, start_unix_s=0.0) == [[b"1", 100, 0]] * 2
