"""The optimizations around the plain reads from Flash."""

from collections.abc import Callable

from service.core.breaker import BreakerPolicy
from service.core.freshness import LONG_TTL_S, SHORT_TTL_S, Namespace
from service.gateway.batched_reads import BatchedReads
from service.gateway.breaker_reads import BreakerReads
from service.gateway.cache_manager import CacheManager
from service.gateway.flash_reads import FlashReads
from service.gateway.graphql import GraphQL
from service.gateway.single_flight import SingleFlight
from service.gateway.site_cache import SiteCache
from service.gateway.usage import Usage
from service.ports import CacheStore, Clock, Fetch, Forget, Meter, Spawn, TtlFor
from service.switching import switched

__all__ = ["reads"]


def reads(
    graphql: GraphQL,
    cache: CacheStore,
    *,
    usage: Usage,
    clock: Clock,
    spawn: Spawn,
    meter: Meter,
    on_forget: Callable[[str, frozenset[Namespace]], None] | None,
) -> tuple[Fetch, Forget, CacheManager]:
    """Items 1.1, 1.3, 1.4, 3.1 and 5.4 around the plain reads; whatever is switched, forgetting reaches all of them."""
    ttl_for: TtlFor = switched("1.3", on=LONG_TTL_S.__getitem__, off=SHORT_TTL_S.__getitem__)
    alone = FlashReads(graphql, clock)
    flash = switched("5.4", on=BatchedReads(alone, graphql, clock, spawn, meter), off=alone)
    guarded = switched("1.4", on=BreakerReads(flash, clock, meter, BreakerPolicy()), off=flash)
    flights = SingleFlight(guarded, spawn, meter)
    shared = switched("1.1", on=flights, off=guarded)
    sites = SiteCache(shared, cache, clock, meter, ttl_for=ttl_for)
    manager = CacheManager(shared, cache, clock, spawn, meter, ttl_for=ttl_for, usage=usage)

    async def forget(account_id: str, namespaces: frozenset[Namespace]) -> None:
        if on_forget is not None:
            on_forget(account_id, namespaces)
        for layer in (flights, sites, manager):
            await layer.forget(account_id, namespaces)

    return switched("3.1", on=manager, off=sites), forget, manager
