"""What travels along with a read of an account, and what becomes of it."""

import asyncio

from profiles.virtual_clock import VirtualClock
from service.core.freshness import LONG_TTL_S, MOVED_BY_PAYING, Namespace
from service.core.queries import Account, Profile, Query, ReadingSource
from service.gateway.companions import Companions
from tests.gateway.fakes import ANA, BALANCE, BEN, DOWN, PRICE, PROFILE, long_ttl, virtual
from tests.gateway.scenes import ManagerScene, with_manager

HISTORY = Query(Namespace.TRANSACTIONS, account=ANA)


def names(queries: list[Query]) -> list[Namespace]:
    return [query.namespace for query in queries]


def test_the_first_read_of_an_account_takes_along_what_is_not_slower() -> None:
    async def main(clock: VirtualClock) -> None:
        assert names(Companions(clock, long_ttl)(PROFILE)) == [Namespace.BALANCE]
        assert names(Companions(clock, long_ttl)(BALANCE)) == [Namespace.PROFILE]
        assert names(Companions(clock, long_ttl)(HISTORY)) == [Namespace.BALANCE, Namespace.PROFILE]

    virtual(main)


def test_companions_are_of_the_same_account_and_token() -> None:
    async def main(clock: VirtualClock) -> None:
        assert {query.account for query in Companions(clock, long_ttl)(HISTORY)} == {ANA}

    virtual(main)


def test_what_was_fetched_lately_stays_at_home() -> None:
    async def main(clock: VirtualClock) -> None:
        companions = Companions(clock, long_ttl)
        companions(PROFILE)
        assert companions(HISTORY) == []
        await clock.sleep(LONG_TTL_S[Namespace.BALANCE] + 1)
        assert names(companions(HISTORY)) == [Namespace.BALANCE]

    virtual(main)


def test_what_is_forgotten_is_due_again_for_that_account_alone() -> None:
    async def main(clock: VirtualClock) -> None:
        companions = Companions(clock, long_ttl)
        bens = Query(Namespace.TRANSACTIONS, account=BEN)
        for query in (HISTORY, bens):
            companions(query)
        companions.forget(ANA.id, MOVED_BY_PAYING)
        companions.forget("somebody else", MOVED_BY_PAYING)
        assert names(companions(HISTORY)) == [Namespace.BALANCE]
        assert companions(bens) == []

    virtual(main)


def test_public_reads_have_no_companions() -> None:
    async def main(clock: VirtualClock) -> None:
        assert Companions(clock, long_ttl)(PRICE) == []

    virtual(main)


def test_memory_is_bounded_and_keeps_the_latest() -> None:
    async def main(clock: VirtualClock) -> None:
        companions = Companions(clock, long_ttl, limit=2)
        for name in ("a", "b", "c"):
            companions(Query(Namespace.PROFILE, account=Account(name, name)))
        assert names(companions(Query(Namespace.BALANCE, account=Account("c", "c")))) == []
        assert names(companions(Query(Namespace.BALANCE, account=Account("a", "a")))) == [Namespace.PROFILE]

    virtual(main)


def joined(scene: ManagerScene) -> None:
    """The scene's manager takes companions along."""
    companions = Companions(scene.clock, scene.ttls.__getitem__)
    scene.reads = scene.manager(scene.tasks, beside=companions)


def test_what_travelled_along_is_a_hit_afterwards() -> None:
    async def act(scene: ManagerScene) -> None:
        joined(scene)
        assert await scene.source(PROFILE) is ReadingSource.UPSTREAM
        await scene.tasks.settle()
        assert await scene.source(BALANCE) is ReadingSource.CACHE
        assert names(scene.upstream.asked) == [Namespace.PROFILE, Namespace.BALANCE]
        assert scene.meter.counts["fetched_along:balance"] == 1

    with_manager(act)


def test_a_companion_that_fails_is_nobodys_trouble() -> None:
    async def act(scene: ManagerScene) -> None:
        joined(scene)
        scene.upstream.script.extend([Profile(ANA.id, "ana", None, "USD", "w-ana"), DOWN])
        assert await scene.source(PROFILE) is ReadingSource.UPSTREAM
        await scene.tasks.settle()
        assert await scene.source(BALANCE) is ReadingSource.UPSTREAM

    with_manager(act)


def test_a_companion_that_was_under_way_when_its_account_was_forgotten_is_not_kept() -> None:
    async def act(scene: ManagerScene) -> None:
        joined(scene)
        read = asyncio.ensure_future(scene.reads(PROFILE))
        await scene.clock.sleep(0.05)
        await scene.reads.forget(ANA.id, MOVED_BY_PAYING)
        await read
        await scene.tasks.settle()
        assert await scene.source(BALANCE) is ReadingSource.UPSTREAM

    with_manager(act)


def test_without_a_cache_nothing_travels_along() -> None:
    async def act(scene: ManagerScene) -> None:
        joined(scene)
        scene.cache.is_down = True
        await scene.source(PROFILE)
        assert names(scene.upstream.asked) == [Namespace.PROFILE]

    with_manager(act)
