import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from profiles.virtual_clock import VirtualClock
from service.core.commands import CommandType
from service.core.errors import UpstreamUnavailable
from service.core.freshness import SHORT_TTL_S, Namespace
from service.core.queries import Balance, Query, ReadingSource, Recipient
from service.gateway.site_cache import SiteCache
from tests.gateway.fakes import (
    ANA,
    BALANCE,
    BALANCES,
    BEN,
    PRICE,
    MemoryCache,
    Tally,
    Upstream,
    turns,
    virtual,
)

SHOWN = Query(Namespace.PRICE, "USD", site="price")
SENT = Query(Namespace.PRICE, "USD", site="send")


@dataclass
class Scene:
    """A site cache between its store and an upstream that takes 100 ms."""

    clock: VirtualClock
    ttls: dict[Namespace, float] = field(default_factory=lambda: dict(SHORT_TTL_S))
    meter: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.upstream = Upstream(self.clock)
        self.cache = MemoryCache(self.clock)
        self.reads = SiteCache(
            self.upstream, self.cache, self.clock, self.meter, lambda namespace: self.ttls[namespace]
        )

    async def source(self, query: Query) -> ReadingSource:
        return (await self.reads(query)).source


def scene(act: Callable[[Scene], Awaitable[None]]) -> None:
    async def main(clock: VirtualClock) -> None:
        await act(Scene(clock))

    virtual(main)


def test_the_same_command_reads_from_its_cache() -> None:
    async def act(scene: Scene) -> None:
        assert await scene.source(SHOWN) is ReadingSource.UPSTREAM
        assert await scene.source(SHOWN) is ReadingSource.CACHE

    scene(act)


def test_two_commands_share_nothing() -> None:
    async def act(scene: Scene) -> None:
        await scene.reads(SHOWN)
        assert await scene.source(SENT) is ReadingSource.UPSTREAM
        assert scene.cache.keys == ["site:price:price:-:USD", "site:send:price:-:USD"]

    scene(act)


@pytest.mark.parametrize(("age_s", "source"), [(299.0, ReadingSource.CACHE), (301.0, ReadingSource.UPSTREAM)])
def test_an_entry_lives_as_long_as_the_table_says(age_s: float, source: ReadingSource) -> None:
    async def act(scene: Scene) -> None:
        await scene.reads(PRICE)
        await scene.clock.sleep(age_s - 0.1)
        assert await scene.source(PRICE) is source

    scene(act)


def test_when_the_ttl_becomes_shorter_older_entries_are_not_served() -> None:
    async def act(scene: Scene) -> None:
        scene.ttls[Namespace.PRICE] = 900.0
        await scene.reads(PRICE)
        await scene.clock.sleep(400)
        scene.ttls[Namespace.PRICE] = 300.0
        assert await scene.source(PRICE) is ReadingSource.UPSTREAM

    scene(act)


def test_a_fresh_read_asks_the_upstream_and_renews_the_entry() -> None:
    async def act(scene: Scene) -> None:
        await scene.reads(BALANCE)
        scene.upstream.script.append(Balance(7))
        assert await scene.source(Query(Namespace.BALANCE, account=ANA, fresh=True)) is ReadingSource.UPSTREAM
        assert (await scene.reads(BALANCE)).value == Balance(7)

    scene(act)


def test_nobody_is_not_remembered() -> None:
    async def act(scene: Scene) -> None:
        scene.upstream.script.append(Recipient(None))
        await scene.reads(Query(Namespace.RECIPIENT, "nobody"))
        assert not scene.cache.keys

    scene(act)


def test_nothing_stale_is_served() -> None:
    async def act(scene: Scene) -> None:
        await scene.reads(PRICE)
        await scene.clock.sleep(301)
        scene.upstream.is_down = UpstreamUnavailable("realtimePrice", "HTTP 503")
        with pytest.raises(UpstreamUnavailable):
            await scene.reads(PRICE)

    scene(act)


def test_a_store_that_is_down_is_a_miss() -> None:
    async def act(scene: Scene) -> None:
        scene.cache.is_down = True
        assert await scene.source(PRICE) is ReadingSource.UPSTREAM
        assert scene.meter.counts == {"cache_errors:get": 1, "cache_errors:set": 1}

    scene(act)


def test_an_entry_that_cannot_be_understood_is_a_miss() -> None:
    async def act(scene: Scene) -> None:
        await scene.cache.set("site::price:-:USD", b"\xc1 of another version", 300)
        assert await scene.source(PRICE) is ReadingSource.UPSTREAM

    scene(act)


def test_an_entry_of_another_kind_is_a_miss() -> None:
    async def act(scene: Scene) -> None:
        await scene.reads(BALANCE)
        [balance] = await scene.cache.get([f"site::balance:{ANA.id}:"])
        assert balance is not None
        await scene.cache.set("site::price:-:USD", balance, 300)
        assert await scene.source(PRICE) is ReadingSource.UPSTREAM

    scene(act)


def test_an_entry_from_the_future_is_a_miss() -> None:
    async def act(scene: Scene) -> None:
        await scene.reads(PRICE)
        [stored] = await scene.cache.get(["site::price:-:USD"])
        assert stored is not None
        other = Scene(scene.clock)
        other.reads._clock = Behind(scene.clock)  # type: ignore[assignment]  # only `now` is asked for
        await other.cache.set("site::price:-:USD", stored, 300)
        assert await other.source(PRICE) is ReadingSource.UPSTREAM

    scene(act)


class Behind:
    """A clock that was set back by an hour."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now() - 3600


@pytest.mark.parametrize("site", ["", *CommandType])
def test_forget_reaches_the_copies_of_every_command(site: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.reads(Query(Namespace.BALANCE, account=ANA, site=site))
        await scene.reads.forget(ANA.id, BALANCES)
        assert not scene.cache.keys

    scene(act)


def test_forget_leaves_others_alone() -> None:
    async def act(scene: Scene) -> None:
        for query in (Query(Namespace.BALANCE, account=BEN), Query(Namespace.PROFILE, account=ANA), PRICE):
            await scene.reads(query)
        await scene.reads.forget(ANA.id, BALANCES)
        assert len(scene.cache.keys) == 3

    scene(act)


def test_what_was_read_before_forget_is_not_stored_after_it() -> None:
    async def act(scene: Scene) -> None:
        reading = asyncio.ensure_future(scene.reads(BALANCE))
        await turns(3)
        await scene.clock.sleep(0.05)
        await scene.reads.forget(ANA.id, BALANCES)
        await reading
        assert not scene.cache.keys

    scene(act)


def test_forget_holds_even_when_the_store_is_down() -> None:
    async def act(scene: Scene) -> None:
        await scene.reads(BALANCE)
        scene.cache.is_down = True
        await scene.reads.forget(ANA.id, BALANCES)
        scene.cache.is_down = False
        assert await scene.source(BALANCE) is ReadingSource.UPSTREAM
        assert await scene.source(BALANCE) is ReadingSource.CACHE

    scene(act)


def test_an_accounts_read_that_forget_could_not_name_is_not_kept() -> None:
    async def act(scene: Scene) -> None:
        await scene.reads(Query(Namespace.BALANCE, "since yesterday", account=ANA))
        assert not scene.cache.keys

    scene(act)
