"""The optimizations around the plain reads from Flash."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from service.core.breaker import BreakerPolicy
from service.core.freshness import LONG_TTL_S, SHORT_TTL_S, Namespace
from service.core.queries import Account, Query
from service.flow.together import at_once, in_sequence
from service.gateway.batched_reads import BatchedReads
from service.gateway.breaker_reads import BreakerReads
from service.gateway.cache_manager import CacheManager
from service.gateway.companions import Companions
from service.gateway.flash_reads import FlashReads
from service.gateway.graphql import GraphQL
from service.gateway.renewal import Renewal
from service.gateway.single_flight import SingleFlight
from service.gateway.site_cache import SiteCache
from service.gateway.usage import Usage
from service.observe.tally import counting_reads
from service.ports import CacheStore, Clock, Fetch, Forget, Meter, Renew, Spawn, TtlFor
from service.switching import switched

__all__ = ["Reads", "reads"]


class Reads(NamedTuple):
    """How commands read, what they forget and renew, and the manager that warming writes to."""

    fetch: Fetch
    forget: Forget
    renew: Renew
    manager: CacheManager


def reads(
    graphql: GraphQL,
    cache: CacheStore,
    *,
    usage: Usage,
    clock: Clock,
    spawn: Spawn,
    meter: Meter,
    on_forget: Callable[[str, frozenset[Namespace]], None] | None,
    on_breaker: Callable[[str, BreakerReads], None],
) -> Reads:
    """Items 1.1, 1.3, 1.4, 3.1 and 5.4 around the plain reads; whatever is switched, forgetting reaches all of them.

    `on_breaker` is told of the circuit breaker, by its name.
    """
    ttl_for: TtlFor = switched("1.3", on=LONG_TTL_S.__getitem__, off=SHORT_TTL_S.__getitem__)
    alone = FlashReads(graphql, clock)
    flash = counting_reads(switched("5.4", on=BatchedReads(alone, graphql, clock, spawn, meter), off=alone))
    breaker = BreakerReads(flash, clock, meter, BreakerPolicy())
    on_breaker("flash", breaker)
    guarded = switched("1.4", on=breaker, off=flash)
    flights = SingleFlight(guarded, spawn, meter)
    shared = switched("1.1", on=flights, off=guarded)
    sites = SiteCache(shared, cache, clock, meter, ttl_for=ttl_for)
    together = switched("1.2", on=at_once, off=in_sequence)
    companions = Companions(clock, ttl_for)
    beside = switched("5.4", on=companions, off=_nothing)
    manager = CacheManager(shared, cache, clock, spawn, meter, ttl_for=ttl_for, usage=usage, beside=beside)

    async def forget(account_id: str, namespaces: frozenset[Namespace]) -> None:
        if on_forget is not None:
            on_forget(account_id, namespaces)
        companions.forget(account_id, namespaces)
        await together(*(partial(layer.forget, account_id, namespaces) for layer in (flights, sites, manager)))

    return Reads(switched("3.1", on=manager, off=sites), forget, _renew(Renewal(manager, spawn, meter)), manager)


def _renew(renewal: Renewal) -> Renew:
    """Item 3.2, where there is a cache to fill (3.1) and one request is enough (5.4)."""
    together = switched("3.1", on=switched("5.4", on=renewal, off=_leave), off=_leave)
    return switched("3.2", on=together, off=_leave)


def _nothing(query: Query) -> list[Query]:  # noqa: ARG001 - each read goes by itself
    return []


def _leave(_: Account) -> None:
    """What is wanted is fetched when it is wanted."""
