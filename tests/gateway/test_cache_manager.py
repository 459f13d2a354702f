import asyncio

import pytest

from service.core.freshness import Namespace
from service.core.queries import Balance, Price, Query, Reading, ReadingSource, Recipient
from service.gateway.cache_manager import CacheManager
from service.gateway.single_flight import SingleFlight
from tests.gateway.fakes import (
    ANA,
    BALANCE,
    BEN,
    BOB,
    FRESH_BALANCE,
    PRICE,
    START_S,
    cancelled_after,
)
from tests.gateway.scenes import ManagerScene, with_manager


def test_what_was_read_once_is_a_hit_for_every_command() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(Query(Namespace.PRICE, "USD", site="price"))
        reading = await scene.reads(Query(Namespace.PRICE, "USD", site="send"))
        assert reading == Reading(Price(1, 0), START_S, ReadingSource.CACHE)
        assert scene.cache.keys == ["cache:price:-:USD"]

    with_manager(act)


def test_one_account_never_reads_anothers_entry() -> None:
    async def act(scene: ManagerScene) -> None:
        scene.upstream.script.extend([Balance(1), Balance(2)])
        await scene.reads(BALANCE)
        assert (await scene.reads(Query(Namespace.BALANCE, account=BEN))).value == Balance(2)
        assert (await scene.reads(BALANCE)).value == Balance(1)

    with_manager(act)


def test_an_accounts_entry_and_generation_are_read_in_one_step() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        assert scene.cache.gets == [[f"cache:balance:{ANA.id}:", f"gen:{ANA.id}"]]

    with_manager(act)


@pytest.mark.parametrize(("age_s", "source"), [(30.0, ReadingSource.CACHE), (30.5, ReadingSource.UPSTREAM)])
def test_an_entry_is_a_hit_up_to_its_ttl(age_s: float, source: ReadingSource) -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        await scene.clock.sleep(age_s - 0.1)
        assert await scene.source(BALANCE) is source

    with_manager(act)


def test_when_the_ttl_becomes_shorter_older_entries_are_not_served() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(PRICE)
        await scene.clock.sleep(400)
        scene.ttls[Namespace.PRICE] = 300.0
        assert await scene.source(PRICE) is ReadingSource.UPSTREAM

    with_manager(act)


def test_when_the_ttl_becomes_longer_a_kept_entry_is_a_hit_again() -> None:
    async def act(scene: ManagerScene) -> None:
        scene.ttls[Namespace.PRICE] = 300.0
        await scene.reads(PRICE)
        await scene.clock.sleep(400)
        scene.ttls[Namespace.PRICE] = 900.0
        assert await scene.source(PRICE) is ReadingSource.CACHE

    with_manager(act)


def test_a_fresh_read_asks_the_upstream_and_renews_the_entry() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        scene.upstream.script.append(Balance(7))
        assert await scene.source(FRESH_BALANCE) is ReadingSource.UPSTREAM
        assert (await scene.reads(BALANCE)).value == Balance(7)

    with_manager(act)


def test_nobody_is_remembered_for_a_minute() -> None:
    async def act(scene: ManagerScene) -> None:
        scene.upstream.script.append(Recipient(None))
        await scene.reads(BOB)
        await scene.clock.sleep(59)
        assert await scene.source(BOB) is ReadingSource.CACHE
        await scene.clock.sleep(2)
        scene.upstream.script.append(Recipient("w-bob"))
        assert (await scene.reads(BOB)).value == Recipient("w-bob")

    with_manager(act)


def test_an_entry_that_cannot_be_understood_is_a_miss() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.cache.set("cache:price:-:USD", b"\xc1", 300)
        assert await scene.source(PRICE) is ReadingSource.UPSTREAM

    with_manager(act)


def test_a_shared_answer_is_stored_by_its_leader_alone() -> None:
    async def act(scene: ManagerScene) -> None:
        scene.upstream.delay_s = 0.1
        reads = CacheManager(
            SingleFlight(scene.upstream, scene.tasks, scene.meter),
            scene.cache,
            scene.clock,
            scene.tasks,
            scene.meter,
            ttl_for=scene.ttls.__getitem__,
            usage=scene.usage,
        )
        readings = await asyncio.gather(*(reads(BALANCE) for _ in range(5)))
        assert [reading.source for reading in readings] == [ReadingSource.UPSTREAM] + [ReadingSource.COALESCED] * 4
        assert scene.meter.counts["cache_writes:stored"] == 1

    with_manager(act)


@pytest.mark.parametrize("count", range(1, 12))
def test_a_caller_may_leave_at_any_moment(count: int) -> None:
    async def act(scene: ManagerScene) -> None:
        await cancelled_after(count, scene.reads(BALANCE))
        assert (await scene.reads(BALANCE)).value == Balance(500)
        assert await scene.source(BALANCE) is ReadingSource.CACHE
        assert not scene.reads._refreshing

    with_manager(act)


def test_how_long_entries_stay_fresh() -> None:
    async def act(scene: ManagerScene) -> None:
        scene.upstream.script.extend([Price(1, 0), Recipient(None)])
        await scene.reads(PRICE)
        await scene.reads(BOB)
        await scene.clock.sleep(10 - 0.2)
        keys = [PRICE.key, BOB.key, "price:-:JMD", "no key at all"]
        assert await scene.reads.remaining_s(keys) == pytest.approx([890, 50.1, 0, 0])

    with_manager(act)


def test_reads_are_noted_as_used_fresh_ones_are_not() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(PRICE)
        await scene.reads(Query(Namespace.RATE, "USD", fresh=True))
        await scene.reads(BALANCE)
        assert scene.usage.most_used(10) == [PRICE.key]

    with_manager(act)
