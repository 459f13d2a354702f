"""Scenes that several test files play in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from profiles.virtual_clock import VirtualClock
from service.core.freshness import LONG_TTL_S, Namespace
from service.core.queries import Account, Query, Reading, ReadingSource
from service.gateway.cache_manager import CacheManager
from service.gateway.single_flight import SingleFlight
from service.gateway.usage import Usage
from service.gateway.warmer import Warmer
from service.ports import Spawn
from tests.gateway.fakes import (
    ANA,
    MemoryCache,
    Tally,
    Tasks,
    Upstream,
    UsageInMemory,
    long_ttl,
    virtual,
)

SEEDS = ["currencies:-:", "price:-:USD", "rate:-:USD"]
"""What warming begins with."""


@dataclass
class ManagerScene:
    """A cache manager between its store and an upstream that takes 100 ms."""

    clock: VirtualClock
    ttls: dict[Namespace, float] = field(default_factory=lambda: dict(LONG_TTL_S))
    tasks: Tasks = field(default_factory=Tasks)
    meter: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.upstream = Upstream(self.clock)
        self.cache = MemoryCache(self.clock)
        self.usage = Usage(self.clock)
        self.reads = self.manager(self.tasks)

    def manager(self, spawn: Spawn, beside: Callable[[Query], Sequence[Query]] = lambda _: ()) -> CacheManager:
        return CacheManager(
            self.upstream,
            self.cache,
            self.clock,
            spawn,
            self.meter,
            ttl_for=self.ttls.__getitem__,
            usage=self.usage,
            beside=beside,
        )

    async def source(self, query: Query) -> ReadingSource:
        return (await self.reads(query)).source


class FlightScene:
    """A single flight in front of an upstream that takes 100 ms."""

    def __init__(self, clock: VirtualClock) -> None:
        self.upstream = Upstream(clock)
        self.tasks = Tasks()
        self.meter = Tally()
        self.reads = SingleFlight(self.upstream, self.tasks, self.meter)

    async def all(self, *queries: Query) -> list[Reading | BaseException]:
        return await asyncio.gather(*(self.reads(query) for query in queries), return_exceptions=True)


class WarmerScene:
    """A warmer in front of an empty cache and an upstream that takes 100 ms."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.upstream = Upstream(clock)
        self.cache = MemoryCache(clock)
        self.store = UsageInMemory()
        self.meter = Tally()
        self.is_on = True
        self.accounts = {ANA.id: ANA}
        self.usage = Usage(clock)
        self.manager = CacheManager(
            self.upstream, self.cache, clock, Tasks(), self.meter, ttl_for=long_ttl, usage=self.usage
        )
        self.warmer = Warmer(
            self.manager,
            self.usage,
            self.store,
            self.account_for,
            clock,
            meter=self.meter,
            is_on=lambda: self.is_on,
        )

    async def account_for(self, account_id: str) -> Account | None:
        return self.accounts.get(account_id)

    @property
    def asked(self) -> list[str]:
        return [query.key for query in self.upstream.asked]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.ensure_future(self.warmer.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def with_manager(act: Callable[[ManagerScene], Awaitable[None]]) -> None:
    async def main(clock: VirtualClock) -> None:
        await act(ManagerScene(clock))

    virtual(main)


def with_warmer(act: Callable[[WarmerScene], Awaitable[None]]) -> None:
    async def main(clock: VirtualClock) -> None:
        await act(WarmerScene(clock))

    virtual(main)
