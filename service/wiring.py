"""Parts of the map that have an inside of their own: `app.build` says what they are joined to."""

from collections.abc import Callable, Coroutine
from typing import Any

from openfeature import api

from service import switching
from service.core.breaker import BreakerPolicy
from service.core.errors import StoreError
from service.core.freshness import LONG_TTL_S, SHORT_TTL_S, Namespace
from service.core.switches import Switches
from service.flow.switchboard import FlagProvider, Switchboard, load_provider
from service.gateway.breaker_reads import BreakerReads
from service.gateway.cache_manager import CacheManager
from service.gateway.single_flight import SingleFlight
from service.gateway.site_cache import SiteCache
from service.gateway.usage import Usage
from service.ports import CacheStore, Clock, Fetch, Forget, Meter, Spawn, TtlFor
from service.roadmap import switch_keys
from service.settings import Settings
from service.store.clients import Client
from service.store.commands import Run
from service.store.one_by_one import OneByOne
from service.store.pipelined import Pipelined
from service.switching import switched

__all__ = ["FOREIGN_FLAGS_S", "answers", "following", "make_switchboard", "reads", "redis"]

FOREIGN_FLAGS_S = 2.0
"""How long answers of a flag provider that is not ours are remembered."""

_Asgi = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]


def make_switchboard(settings: Settings, flags: FlagProvider, clock: Clock, domain: str) -> Switchboard:
    """The switches by ours or by the configured provider. Raises ConfigError.

    Each bot has an OpenFeature domain of its own, so that several can live in one process.
    """
    if settings.pulse_flag_provider is None:
        api.set_provider_and_wait(flags, domain)
        return Switchboard(domain, switch_keys(), lambda: flags.revision)
    api.set_provider_and_wait(load_provider(settings.pulse_flag_provider), domain)
    return Switchboard(domain, switch_keys(), lambda: int(clock.monotonic() / FOREIGN_FLAGS_S))


def redis(shared: Client, pooled: Client, spawn: Spawn) -> Run:
    """Items 3.3 and 3.4: how commands leave, and over which connections."""
    return switched(
        "3.3",
        on=switched("3.4", on=Pipelined(pooled, spawn), off=Pipelined(shared, spawn)),
        off=switched("3.4", on=OneByOne(pooled), off=OneByOne(shared)),
    )


def reads(
    flash: Fetch,
    cache: CacheStore,
    *,
    usage: Usage,
    clock: Clock,
    spawn: Spawn,
    meter: Meter,
    on_forget: Callable[[str, frozenset[Namespace]], None] | None,
) -> tuple[Fetch, Forget, CacheManager]:
    """Items 1.1, 1.3, 1.4 and 3.1 around the plain reads; whatever is switched, forgetting reaches all of them."""
    ttl_for: TtlFor = switched("1.3", on=LONG_TTL_S.__getitem__, off=SHORT_TTL_S.__getitem__)
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


async def answers(run: Run) -> bool:
    """Whether the store answers."""
    try:
        await run([("PING",)])
    except StoreError:
        return False
    return True


def following(routes: _Asgi, source: Callable[[], Switches]) -> _Asgi:
    """The edge by the switches as they are: what it does belongs to no user yet."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        with switching.follow(source):
            await routes(scope, receive, send)

    return serve
