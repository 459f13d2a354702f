import asyncio

import pytest

from service.core.errors import CircuitOpen, NotAuthenticated, UpstreamError, UpstreamRefused, UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import Balance, Query, Reading, ReadingSource, Recipient
from service.gateway.cache_manager import MAX_REFRESHES
from service.gateway.entries import encode
from tests.gateway.fakes import (
    ANA,
    BALANCE,
    BALANCES,
    BOB,
    DOWN,
    FRESH_BALANCE,
    PRICE,
    START_S,
    refuse_to_spawn,
)
from tests.gateway.scenes import ManagerScene, with_manager


def test_nobody_is_never_refreshed_early_nor_served_stale() -> None:
    async def act(scene: ManagerScene) -> None:
        scene.upstream.script.append(Recipient(None))
        await scene.reads(BOB)
        await scene.clock.sleep(55)
        await scene.reads(BOB)
        assert not scene.tasks.all
        await scene.clock.sleep(10)
        scene.upstream.is_down = DOWN
        with pytest.raises(UpstreamUnavailable):
            await scene.reads(BOB)

    with_manager(act)


def test_a_late_hit_refreshes_once_in_the_background() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(PRICE)
        await scene.clock.sleep(0.81 * 900)
        readings = [await scene.reads(PRICE) for _ in range(5)]
        assert {reading.source for reading in readings} == {ReadingSource.CACHE}
        await scene.tasks.settle()
        assert len(scene.upstream.asked) == 2
        await scene.clock.sleep(0.5 * 900)
        assert await scene.source(PRICE) is ReadingSource.CACHE
        assert scene.meter.counts["early_refresh:price"] == 1

    with_manager(act)


def test_an_early_hit_refreshes_nothing() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(PRICE)
        await scene.clock.sleep(0.79 * 900)
        await scene.reads(PRICE)
        assert not scene.tasks.all

    with_manager(act)


def test_a_key_can_be_refreshed_early_again_after_a_failure() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(PRICE)
        await scene.clock.sleep(0.81 * 900)
        for _ in range(2):
            scene.upstream.script.append(DOWN)
            assert await scene.source(PRICE) is ReadingSource.CACHE
            await scene.tasks.settle()
        assert scene.meter.counts["early_refresh_failed:price"] == 2

    with_manager(act)


def test_early_refreshes_at_the_same_time_are_bounded() -> None:
    async def act(scene: ManagerScene) -> None:
        queries = [Query(Namespace.PRICE, f"C{number}") for number in range(MAX_REFRESHES + 10)]
        await asyncio.gather(*(scene.reads(query) for query in queries))
        await scene.clock.sleep(0.9 * 900)
        await asyncio.gather(*(scene.reads(query) for query in queries))
        assert scene.tasks.running == MAX_REFRESHES
        await scene.tasks.settle()

    with_manager(act)


def test_a_refresh_that_cannot_start_is_left_and_the_read_is_answered() -> None:
    async def act(scene: ManagerScene) -> None:
        reads = scene.manager(refuse_to_spawn)
        await reads(PRICE)
        await scene.clock.sleep(0.9 * 900)
        for _ in range(MAX_REFRESHES + 1):
            assert (await reads(PRICE)).source is ReadingSource.CACHE
        assert scene.meter.counts["background_left:price"] == MAX_REFRESHES + 1

    with_manager(act)


@pytest.mark.parametrize("error", [DOWN, CircuitOpen("flash", 5.0)])
def test_while_the_upstream_does_not_answer_an_old_entry_is_served_as_stale(error: UpstreamError) -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        scene.upstream.is_down = error
        await scene.clock.sleep(31)
        assert await scene.reads(BALANCE) == Reading(Balance(500), START_S, ReadingSource.STALE)

    with_manager(act)


@pytest.mark.parametrize("error", [NotAuthenticated("balance"), UpstreamRefused("balance", "TOO_MANY_REQUESTS", "")])
def test_a_refusal_is_never_answered_from_the_cache(error: UpstreamError) -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        scene.upstream.is_down = error
        await scene.clock.sleep(31)
        with pytest.raises(type(error)):
            await scene.reads(BALANCE)

    with_manager(act)


def test_stale_answers_end_with_their_window() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        scene.upstream.is_down = DOWN
        await scene.clock.sleep(629)
        assert await scene.source(BALANCE) is ReadingSource.STALE
        await scene.clock.sleep(2)
        with pytest.raises(UpstreamUnavailable):
            await scene.reads(BALANCE)

    with_manager(act)


def test_entries_are_kept_as_long_as_they_may_be_served_stale() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        await scene.reads(PRICE)
        assert scene.cache.ttls[f"cache:balance:{ANA.id}:"] == 30 + 600
        assert scene.cache.ttls["cache:price:-:USD"] == 900 + 3600

    with_manager(act)


def test_a_fresh_read_is_never_answered_with_an_old_entry() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        scene.upstream.is_down = DOWN
        with pytest.raises(UpstreamUnavailable):
            await scene.reads(FRESH_BALANCE)

    with_manager(act)


def test_after_forget_there_is_nothing_to_serve_fresh_or_stale() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        await scene.clock.sleep(1)
        await scene.reads.forget(ANA.id, BALANCES)
        scene.upstream.is_down = DOWN
        with pytest.raises(UpstreamUnavailable):
            await scene.reads(BALANCE)

    with_manager(act)


def test_an_early_refresh_that_began_before_forget_is_not_stored() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        await scene.clock.sleep(25)
        await scene.reads(BALANCE)
        await scene.clock.sleep(0.05)
        await scene.reads.forget(ANA.id, BALANCES)
        await scene.tasks.settle()
        assert len(scene.upstream.asked) == 2
        assert not scene.cache.keys

    with_manager(act)


def test_an_entry_that_somebody_else_renewed_meanwhile_is_a_hit() -> None:
    async def act(scene: ManagerScene) -> None:
        scene.upstream.is_down = DOWN
        reading = asyncio.ensure_future(scene.reads(PRICE))
        await scene.clock.sleep(0.05)
        scene.upstream.is_down = None
        scene.upstream.delay_s = 0.01
        await scene.manager(scene.tasks)(PRICE)
        assert (await reading).source is ReadingSource.CACHE

    with_manager(act)


def test_nobody_is_not_served_stale_by_a_store_that_keeps_it_too_long() -> None:
    async def act(scene: ManagerScene) -> None:
        nobody = Reading(Recipient(None), START_S, ReadingSource.UPSTREAM)
        await scene.cache.set(f"cache:{BOB.key}", encode(nobody), 10_000)
        await scene.clock.sleep(61)
        scene.upstream.is_down = DOWN
        with pytest.raises(UpstreamUnavailable):
            await scene.reads(BOB)

    with_manager(act)
