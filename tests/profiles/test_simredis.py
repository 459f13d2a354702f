"""The simulated Redis as redis-py sees it, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError, WatchError

from profiles.simredis import RoundTrip, SimRedis
from profiles.virtual_clock import SeededDice, VirtualClock, run_virtual
from service.store.clients import pooled_client, shared_client
from service.store.commands import packed

START = 1_000_000_000.0
PER_TRIP_S = 0.001
CLAIM = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', 60) then
  return redis.call('XADD', KEYS[2], '*', 'm', ARGV[1])
end
"""


def simulated(clock: VirtualClock, **options: Any) -> SimRedis:
    return SimRedis(clock, RoundTrip(rtt_ms=1.0), SeededDice(1), **options)


@asynccontextmanager
async def client(sim: SimRedis, *, pool: type[ConnectionPool] = ConnectionPool, **options: Any) -> AsyncIterator[Redis]:
    single = options.pop("single", False)
    connections = pool(**sim.connection_kwargs(), retry=Retry(NoBackoff(), 0), **options)
    redis = Redis(connection_pool=connections, single_connection_client=single)
    try:
        yield redis
    finally:
        await redis.aclose()
        await connections.aclose()


def played(scene: Callable[[VirtualClock, SimRedis, Redis], Awaitable[Any]], **options: Any) -> Any:
    """The result of a scene with one warm client."""

    async def main(clock: VirtualClock) -> Any:
        sim = simulated(clock)
        async with client(sim, **options) as redis:
            await redis.ping()
            return await scene(clock, sim, redis)

    return run_virtual(main, start_unix_s=START)


async def took_s(clock: VirtualClock, work: Awaitable[Any]) -> float:
    began_s = clock.monotonic()
    await work
    return round(clock.monotonic() - began_s, 9)


async def ten(redis: Redis, *, transaction: bool) -> list[Any]:
    pipeline = redis.pipeline(transaction=transaction)
    for number in range(10):
        pipeline.set(f"k{number}", number)
    return list(await pipeline.execute())


def test_a_command_takes_one_round_trip() -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> float:
        return await took_s(clock, redis.get("k"))

    assert played(scene) == PER_TRIP_S


@pytest.mark.parametrize(("transaction", "commands"), [(False, 10), (True, 12)])
def test_a_pipeline_of_ten_takes_one_round_trip(transaction: bool, commands: int) -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> tuple[float, int, int]:
        trips, before = sim.round_trips, sim.commands
        seconds = await took_s(clock, ten(redis, transaction=transaction))
        return seconds, sim.round_trips - trips, sim.commands - before

    assert played(scene) == (PER_TRIP_S, 1, commands)


def test_opening_a_connection_takes_its_handshake_and_is_counted_apart() -> None:
    async def main(clock: VirtualClock) -> tuple[float, int, int, int]:
        sim = simulated(clock)
        async with client(sim) as redis:
            seconds = await took_s(clock, redis.ping())
        return seconds, sim.connections_opened, sim.round_trips, sim.commands

    assert run_virtual(main, start_unix_s=START) == (2 * PER_TRIP_S, 1, 1, 1)


def test_commands_on_one_shared_connection_take_turns() -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> float:
        return await took_s(clock, asyncio.gather(*(redis.get("k") for _ in range(5))))

    assert played(scene, single=True) == 5 * PER_TRIP_S


def test_a_blocking_pool_makes_the_third_of_two_wait() -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> tuple[float, int]:
        await asyncio.gather(redis.ping(), redis.ping())
        seconds = await took_s(clock, asyncio.gather(*(redis.get("k") for _ in range(3))))
        return seconds, sim.connections_opened

    assert played(scene, pool=BlockingConnectionPool, max_connections=2) == (2 * PER_TRIP_S, 2)


def test_a_key_expires_by_the_virtual_clock_alone() -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> tuple[Any, Any, Any]:
        await redis.set("k", "v", ex=10)
        await clock.sleep(9)
        left_s, alive = await redis.ttl("k"), await redis.get("k")
        await clock.sleep(1.1)
        return left_s, alive, await redis.get("k")

    assert played(scene) == (1, b"v", None)


def test_stream_ids_and_time_are_of_the_virtual_clock() -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> tuple[Any, Any]:
        await clock.sleep(5 - clock.monotonic())
        return await redis.xadd("s", {"a": "b"}), (await redis.time())[0]

    assert played(scene) == (b"%d-0" % ((START + 5) * 1000), int(START) + 5)


def test_a_script_is_loaded_once_and_then_takes_one_round_trip() -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> tuple[list[float], int]:
        claim = redis.register_script(CLAIM)
        seconds = [await took_s(clock, claim(keys=["seen", "inbox"], args=["x"])) for _ in range(2)]
        return seconds, await redis.xlen("inbox")

    assert played(scene) == ([3 * PER_TRIP_S, PER_TRIP_S], 1)


def test_a_command_whose_caller_gives_up_has_its_effect_and_costs_the_connection() -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> tuple[Any, int]:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(PER_TRIP_S / 2):
                await redis.set("k", "v")
        return await redis.get("k"), sim.connections_opened

    assert played(scene) == (b"v", 2)


def test_a_broken_line_loses_the_reply_but_not_the_effect() -> None:
    async def main(clock: VirtualClock) -> tuple[Any, int]:
        sim = simulated(clock, fault=lambda data: b"SET" in data)
        async with client(sim) as redis:
            with pytest.raises(RedisConnectionError):
                await redis.set("k", "v")
            return await redis.get("k"), sim.connections_opened

    assert run_virtual(main, start_unix_s=START) == (b"v", 2)


def test_replies_keep_the_order_of_their_commands_when_the_way_varies() -> None:
    async def main(clock: VirtualClock) -> list[Any]:
        sim = SimRedis(clock, RoundTrip(rtt_ms=1.0, sigma=2.0), SeededDice(5))
        async with client(sim) as redis:
            pool: Any = redis.connection_pool
            connection = await pool.get_connection()
            for number in range(20):
                await connection.send_command("ECHO", number)
            replies = [await connection.read_response() for _ in range(20)]
            await pool.release(connection)
            return replies

    assert run_virtual(main, start_unix_s=START) == [b"%d" % number for number in range(20)]


def test_the_same_dice_give_the_same_times_to_the_last_digit() -> None:
    async def main(clock: VirtualClock) -> float:
        sim = SimRedis(clock, RoundTrip(rtt_ms=1.0, sigma=0.5), SeededDice(5))
        async with client(sim) as redis:
            for _ in range(50):
                await redis.ping()
        return clock.monotonic()

    runs = [run_virtual(main, start_unix_s=START) for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0] != pytest.approx(52 * PER_TRIP_S, abs=1e-6)


def test_a_watched_key_that_changes_stops_the_transaction() -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> Any:
        untyped: Any = redis
        async with untyped.pipeline() as pipeline:
            await pipeline.watch("k")
            await redis.set("k", "other")
            pipeline.multi()
            pipeline.set("k", "mine")
            with pytest.raises(WatchError):
                await pipeline.execute()
        return await redis.get("k")

    assert played(scene) == b"other"


def test_a_scan_that_deletes_as_it_goes_finds_every_key() -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> int:
        await redis.mset({f"k{number}": number for number in range(95)})
        async for key in redis.scan_iter("k*", count=10):
            await redis.delete(key)
        return int(await redis.dbsize())

    assert played(scene) == 0


@pytest.mark.parametrize("protocol", [2, 3])
def test_replies_have_the_types_of_redis_py(protocol: int) -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> list[Any]:
        await redis.hset("h", mapping={"a": "1"})
        await redis.zadd("z", {"m": 1.5})
        await redis.sadd("s", "x")
        return [
            await redis.hgetall("h"),
            await redis.zscore("z", "m"),
            await redis.smembers("s"),
            await redis.set("k", "v", nx=True, get=True, ex=5),
            await redis.mget("k", "none"),
        ]

    assert played(scene, protocol=protocol, decode_responses=True) == [{"a": "1"}, 1.5, {"x"}, None, ["v", None]]


def test_a_command_that_is_not_simulated_is_refused() -> None:
    async def scene(clock: VirtualClock, sim: SimRedis, redis: Redis) -> None:
        untyped: Any = redis
        await untyped.execute_command("GEOADD", "k", 1, 2, "m")

    with pytest.raises(ResponseError, match="unknown command 'GEOADD'"):
        played(scene)


def test_the_store_of_the_service_runs_on_it() -> None:
    async def main(clock: VirtualClock) -> list[Any]:
        sim = simulated(clock)
        answers = []
        for make in (shared_client, pooled_client):
            store = make("redis://simulated", sim.connection_kwargs())
            await store.warm()
            answers.append(await store.ask([packed(("INCR", "n")), packed(("GET", "n"))]))
            await store.close()
        return [*answers, sim.round_trips, sim.connections_opened]

    assert run_virtual(main, start_unix_s=START) == [[1, b"1"], [2, b"2"], 2, 5]
