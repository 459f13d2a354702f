"""The CacheStore and UsageStore ports on the store, and the figures that instances publish."""

import asyncio

import pytest

from service.core.errors import StoreError
from service.store import keys
from service.store.cache import USAGE_LIMIT, RedisCache, RedisStats, RedisUsage
from service.store.commands import Run
from tests.store.kit import Stage, counted


def test_values_come_in_the_order_of_their_keys_in_one_command(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        cache = RedisCache(run)
        await cache.set("cache:a", b"\x00A", 10)
        await cache.set("site:b", b"B", 10)
        counting = counted(run)
        assert await RedisCache(counting).get(["site:b", "cache:none", "cache:a"]) == [b"B", None, b"\x00A"]
        assert len(counting.commands) == 1

    stage.play(scenario)


def test_no_keys_cost_no_round_trip(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        counting = counted(run)
        assert await RedisCache(counting).get([]) == []
        await RedisCache(counting).delete([])
        assert counting.calls == 0

    stage.play(scenario)


@pytest.mark.parametrize("ttl_s", [0.05, 0.0, 1e-9])
def test_an_entry_lives_for_its_time(stage: Stage, ttl_s: float) -> None:
    async def scenario(run: Run) -> None:
        await RedisCache(run).set("cache:a", b"A", ttl_s)
        [left_ms] = await run([("PTTL", "cache:a")])
        assert left_ms <= max(1, ttl_s * 1000)
        assert left_ms != -1

    stage.play(scenario)


def test_deleted_entries_are_gone(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        cache = RedisCache(run)
        await cache.set("cache:a", b"A", 10)
        await cache.delete(["cache:a", "cache:none"])
        assert await cache.get(["cache:a"]) == [None]

    stage.play(scenario)


def test_what_was_read_before_a_bump_is_not_stored_after_it(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        cache = RedisCache(run)
        for _ in range(2):
            [before] = await cache.get([cache.generation_key("acc")])
            await cache.bump("acc", ["cache:balance"])
            [after] = await cache.get([cache.generation_key("acc")])
            assert not await cache.set_if_generation("cache:balance", b"old", 10, "acc", before)
            assert await cache.get(["cache:balance"]) == [None]
            assert await cache.set_if_generation("cache:balance", b"new", 10, "acc", after)
            assert await cache.get(["cache:balance"]) == [b"new"]

    stage.play(scenario)


def test_an_owner_without_a_generation_stores_too(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await RedisCache(run).set_if_generation("cache:a", b"A", 10, "acc", None)
        assert await RedisCache(run).get(["cache:a"]) == [b"A"]

    stage.play(scenario)


def test_a_bump_deletes_the_keys_and_only_them(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        cache = RedisCache(run)
        for name in ("cache:a", "cache:b", "cache:c"):
            await cache.set(name, b"x", 10)
        await cache.bump("acc", ["cache:a", "cache:b"])
        assert await cache.get(["cache:a", "cache:b", "cache:c"]) == [None, None, b"x"]

    stage.play(scenario)


@pytest.mark.parametrize("key", ["session:u1", "payment:p1", "generation:acc", "usage", "", "CACHE:a"])
def test_a_cache_writes_nothing_that_is_not_its_own(stage: Stage, key: str) -> None:
    async def scenario(run: Run) -> None:
        cache = RedisCache(run)
        writes = [
            cache.set(key, b"x", 10),
            cache.set_if_generation(key, b"x", 10, "acc", None),
            cache.bump("acc", ["cache:a", key]),
            cache.delete(["cache:a", key]),
        ]
        for result in await asyncio.gather(*writes, return_exceptions=True):
            assert isinstance(result, ValueError)
        assert await run([("DBSIZE",)]) == [0]

    stage.play(scenario)


def test_clearing_takes_the_caches_and_leaves_everything_else(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        cache = RedisCache(run)
        for number in range(30):
            await cache.set(f"cache:{number}", b"x", 10)
        await cache.set("site:a", b"x", 10)
        others = [*(f"{prefix}x" for prefix in keys.RECORDS), "generation:x"]
        await run([("SET", name, "x") for name in others])
        assert await cache.clear() == 31
        assert await run([("EXISTS", *others), ("DBSIZE",)]) == [len(others), len(others)]

    stage.play(scenario)


def test_the_most_used_come_first(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        usage = RedisUsage(run)
        await usage.save({"price:-:USD": 3.5, "rate:-:JMD": 7.0, "price:-:JMD": 1.0})
        assert await usage.load(2) == [("rate:-:JMD", 7.0), ("price:-:USD", 3.5)]

    stage.play(scenario)


def test_saved_weights_replace_the_old_ones(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        usage = RedisUsage(run)
        await usage.save({"a": 5.0, "b": 1.0})
        await usage.save({"a": 0.5})
        await usage.save({})
        assert await usage.load(10) == [("b", 1.0), ("a", 0.5)]

    stage.play(scenario)


def test_no_more_reads_are_remembered_than_the_limit(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        usage = RedisUsage(run)
        await usage.save({f"old:{number}": 1.0 for number in range(10)})
        await usage.save({f"key:{number:04}": 2.0 + number for number in range(USAGE_LIMIT + 5)})
        loaded = await usage.load(USAGE_LIMIT * 2)
        assert len(loaded) == USAGE_LIMIT
        assert loaded[-1] == ("key:0005", 7.0)

    stage.play(scenario)


def test_instances_publish_their_figures(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        stats = RedisStats(run)
        assert await stats.read() == {}
        await stats.publish("two", {"hits": 1.0})
        await stats.publish("one", {"hits": 2.0, "misses": 1.0})
        await stats.publish("two", {"hits": 3.0})
        assert await stats.read() == {"one": {"hits": 2.0, "misses": 1.0}, "two": {"hits": 3.0}}

    stage.play(scenario)


def test_an_instance_that_is_gone_is_forgotten(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        stats = RedisStats(run)
        await stats.publish("one", {"hits": 2.0})
        await run([("DEL", "stats:one")])
        assert await stats.read() == {}
        assert await run([("EXISTS", "stats:instances")]) == [0]

    stage.play(scenario)


def test_figures_that_cannot_be_read_are_an_error(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await RedisStats(run).publish("one", {"hits": 2.0})
        await run([("SET", "stats:one", b"{broken")])
        with pytest.raises(StoreError, match="cannot be read"):
            await RedisStats(run).read()

    stage.play(scenario)
