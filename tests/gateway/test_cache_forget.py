import asyncio

import pytest

from service.core.errors import UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import Query, ReadingSource
from tests.gateway.fakes import (
    ANA,
    BALANCE,
    BALANCES,
    BEN,
    DOWN,
    FRESH_BALANCE,
    PRICE,
)
from tests.gateway.scenes import ManagerScene, with_manager


def test_an_answer_that_fails_after_forget_is_not_replaced_by_what_was_forgotten() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        await scene.clock.sleep(31)
        scene.upstream.is_down = DOWN
        reading = asyncio.ensure_future(scene.reads(BALANCE))
        await scene.clock.sleep(0.05)
        await scene.reads.forget(ANA.id, BALANCES)
        with pytest.raises(UpstreamUnavailable):
            await reading

    with_manager(act)


@pytest.mark.parametrize("query", [BALANCE, FRESH_BALANCE])
def test_what_was_read_before_forget_is_not_stored_after_it(query: Query) -> None:
    async def act(scene: ManagerScene) -> None:
        reading = asyncio.ensure_future(scene.reads(query))
        await scene.clock.sleep(0.05)
        await scene.reads.forget(ANA.id, BALANCES)
        await reading
        assert not scene.cache.keys

    with_manager(act)


def test_what_another_process_forgot_meanwhile_is_not_stored() -> None:
    async def act(scene: ManagerScene) -> None:
        reading = asyncio.ensure_future(scene.reads(BALANCE))
        await scene.clock.sleep(0.05)
        await scene.cache.bump(ANA.id, [f"cache:balance:{ANA.id}:"])
        await reading
        assert not scene.cache.keys
        assert scene.meter.counts["cache_writes:outdated"] == 1

    with_manager(act)


def test_forget_leaves_other_accounts_and_namespaces_alone() -> None:
    async def act(scene: ManagerScene) -> None:
        for query in (Query(Namespace.BALANCE, account=BEN), PRICE):
            await scene.reads(query)
        await scene.reads.forget(ANA.id, BALANCES)
        assert len(scene.cache.keys) == 2

    with_manager(act)


def test_forget_holds_even_when_the_store_is_down() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(BALANCE)
        await scene.clock.sleep(1)
        scene.cache.is_down = True
        await scene.reads.forget(ANA.id, BALANCES)
        scene.cache.is_down = False
        assert await scene.source(BALANCE) is ReadingSource.UPSTREAM

    with_manager(act)


def test_what_was_read_before_a_forget_that_the_store_missed_is_not_stored() -> None:
    async def act(scene: ManagerScene) -> None:
        reading = asyncio.ensure_future(scene.reads(BALANCE))
        await scene.clock.sleep(0.05)
        scene.cache.is_down = True
        await scene.reads.forget(ANA.id, BALANCES)
        scene.cache.is_down = False
        await reading
        assert not scene.cache.keys

    with_manager(act)


def test_a_store_that_goes_down_meanwhile_costs_only_the_entry() -> None:
    async def act(scene: ManagerScene) -> None:
        reading = asyncio.ensure_future(scene.reads(BALANCE))
        await scene.clock.sleep(0.05)
        scene.cache.is_down = True
        assert (await reading).source is ReadingSource.UPSTREAM
        assert scene.meter.counts == {"cache_errors:set": 1}

    with_manager(act)


def test_a_store_that_is_down_is_a_miss_and_is_not_written_to() -> None:
    async def act(scene: ManagerScene) -> None:
        scene.cache.is_down = True
        assert await scene.source(BALANCE) is ReadingSource.UPSTREAM
        assert await scene.source(FRESH_BALANCE) is ReadingSource.UPSTREAM
        assert scene.meter.counts == {"cache_errors:get": 2}

    with_manager(act)


def test_an_accounts_read_that_forget_could_not_name_is_not_kept() -> None:
    async def act(scene: ManagerScene) -> None:
        await scene.reads(Query(Namespace.BALANCE, "since yesterday", account=ANA))
        assert not scene.cache.keys

    with_manager(act)
