"""The state before item 3.1: every command keeps its own copy of what it read, with a plain get and set."""

from service.core.commands import CommandType
from service.core.errors import StoreError
from service.core.freshness import Namespace
from service.core.queries import Query, Reading, ReadingSource
from service.gateway.entries import Entry, decode, encode, is_cacheable, is_fresh, is_negative
from service.gateway.forgotten import Forgotten
from service.ports import CacheStore, Clock, Fetch, Meter, TtlFor

__all__ = ["SiteCache"]

_SITES = ("", *CommandType)


class SiteCache:
    """Keys `site:{command}:{query}`: nothing shared between commands, nothing negative, stale, or early.

    The freshness table holds all the same, and so does `forget`. A cache that cannot be reached is a miss.

    Meters `cache_errors` by operation.
    """

    def __init__(self, fetch: Fetch, cache: CacheStore, clock: Clock, meter: Meter, ttl_for: TtlFor) -> None:
        self._fetch = fetch
        self._cache = cache
        self._clock = clock
        self._meter = meter
        self._ttl_for = ttl_for
        self._forgotten = Forgotten()

    async def __call__(self, query: Query) -> Reading:
        if not is_cacheable(query):
            return await self._fetch(query)
        if not query.fresh and (entry := await self._get(query)):
            return Reading(entry.value, entry.at_s, ReadingSource.CACHE)
        reading = await self._fetch(query)
        if not is_negative(reading.value) and not self._forgotten.hides(query, reading.fetched_at_s):
            await self._set(query, reading)
        return reading

    async def forget(self, account_id: str, namespaces: frozenset[Namespace]) -> None:
        """Deletes the copies of all commands."""
        self._forgotten.note(account_id, namespaces, self._clock.now())
        try:
            await self._cache.delete(
                [_key(site, f"{ns}:{account_id}:") for ns in sorted(namespaces) for site in _SITES]
            )
        except StoreError:
            self._meter.count("cache_errors", "forget")

    async def _get(self, query: Query) -> Entry | None:
        try:
            [stored] = await self._cache.get([_key(query.site, query.key)])
        except StoreError:
            self._meter.count("cache_errors", "get")
            return None
        entry = decode(query.namespace, stored)
        if entry is None or self._forgotten.hides(query, entry.at_s):
            return None
        return entry if is_fresh(entry, self._ttl_for(query.namespace), self._clock.now()) else None

    async def _set(self, query: Query, reading: Reading) -> None:
        try:
            await self._cache.set(_key(query.site, query.key), encode(reading), self._ttl_for(query.namespace))
        except StoreError:
            self._meter.count("cache_errors", "set")


def _key(site: str, query_key: str) -> str:
    return f"site:{site}:{query_key}"
