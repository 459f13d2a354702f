"""Item 3.1: one cache for all commands, with one policy."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from service.core.errors import CircuitOpen, UpstreamError, UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import Query, Reading, ReadingSource, Value
from service.gateway.background import launch
from service.gateway.entries import Entry, is_cacheable, is_fresh, is_negative, parse_key
from service.gateway.shelf import Look, Shelf
from service.gateway.usage import Usage
from service.ports import CacheStore, Clock, Fetch, Meter, Spawn, TtlFor

__all__ = ["EARLY_SHARE", "MAX_ALONG", "MAX_REFRESHES", "NEGATIVE_TTL_S", "STALE_S", "CacheManager"]

NEGATIVE_TTL_S = 60.0
"""How long "nobody has that name" is believed at most: the name may be taken any minute."""

EARLY_SHARE = 0.8
"""A hit older than this share of its TTL refreshes the entry in the background."""

MAX_REFRESHES = 16
"""Early refreshes under way at the same time."""

MAX_ALONG = 256
"""Reads that are under way because another one of the same account was going out."""

STALE_S: Mapping[Namespace, float] = MappingProxyType(
    {
        Namespace.PRICE: 3_600.0,
        Namespace.RATE: 3_600.0,
        Namespace.CURRENCIES: 3_600.0,
        Namespace.RECIPIENT: 3_600.0,
        Namespace.PROFILE: 3_600.0,
        Namespace.BALANCE: 600.0,
        Namespace.TRANSACTIONS: 600.0,
    }
)
"""How long beyond its TTL an entry may be served, marked as STALE, while the upstream does not answer."""


class CacheManager:
    """Namespaces, one TTL policy, negative entries, early refresh, stale answers, invalidation by account.

    Freshness: an entry is served as a hit while its age is within `ttl_for` of its namespace, at the time of the read.
    Beyond that it is served only as STALE, only when the upstream gave no usable answer, never for a read with
    `fresh`, never after `forget`, and never for "nobody has that name".

    `beside` names the reads of the same account that are fetched and stored when this one has to be: they must not be
    waited for, and what becomes of them concerns nobody.

    Storing is the business of whoever asked the upstream: a COALESCED answer is stored by its leader.

    Meters `early_refresh` and `fetched_along` by namespace, `early_refresh_failed`, and what `Shelf` meters.
    """

    def __init__(
        self,
        fetch: Fetch,
        cache: CacheStore,
        clock: Clock,
        spawn: Spawn,
        meter: Meter,
        *,
        ttl_for: TtlFor,
        usage: Usage,
        beside: Callable[[Query], Sequence[Query]] = lambda _: (),
    ) -> None:
        self._fetch = fetch
        self._shelf = Shelf(cache, clock, meter)
        self._clock = clock
        self._spawn = spawn
        self._meter = meter
        self.ttl_for = ttl_for
        self._usage = usage
        self._beside = beside
        self._refreshing: set[str] = set()
        self._along: set[str] = set()

    async def __call__(self, query: Query) -> Reading:
        if not is_cacheable(query):
            return await self._fetch(query)
        if query.fresh:
            return await self.refresh(query)
        self._usage.note(query)
        look = await self._shelf.look(query)
        if look.entry is not None and self._is_fresh(query.namespace, look.entry):
            self._refresh_early(query, look)
            return Reading(look.entry.value, look.entry.at_s, ReadingSource.CACHE)
        try:
            return await self._fetch_and_put(query, look)
        except (CircuitOpen, UpstreamUnavailable):
            if (kept := await self._kept(query)) is None:
                raise
            return kept

    async def refresh(self, query: Query) -> Reading:
        """Asks the upstream, whatever is cached, and stores the answer. Raises UpstreamError."""
        return await self._fetch_and_put(query, await self._shelf.before_fetch(query))

    async def forget(self, account_id: str, namespaces: frozenset[Namespace]) -> None:
        """Fresh and stale entries alike, and the answers that are on their way."""
        await self._shelf.forget(account_id, namespaces)

    async def remaining_s(self, query_keys: Sequence[str]) -> list[float]:
        """For how much longer the entry of each key is fresh; 0 or less when it is not, or is absent.

        Raises StoreError.
        """
        entries = await self._shelf.entries(query_keys)
        return [self._remaining_s(key, entry) for key, entry in zip(query_keys, entries, strict=True)]

    def _remaining_s(self, query_key: str, entry: Entry | None) -> float:
        key = parse_key(query_key)
        if key is None or entry is None or not self._is_fresh(key.namespace, entry):
            return 0.0
        return self._ttl_s(key.namespace, entry.value) - (self._clock.now() - entry.at_s)

    def _ttl_s(self, namespace: Namespace, value: Value) -> float:
        ttl_s = self.ttl_for(namespace)
        return min(NEGATIVE_TTL_S, ttl_s) if is_negative(value) else ttl_s

    def _is_fresh(self, namespace: Namespace, entry: Entry) -> bool:
        return is_fresh(entry, self._ttl_s(namespace, entry.value), self._clock.now())

    async def _fetch_and_put(self, query: Query, look: Look) -> Reading:
        """`look` was taken before: its generation guards the entry, and those of what is fetched beside it."""
        if look.reachable:
            for other in self._beside(query):
                self._fetch_along(other, look)
        return await self._fetch_and_put_one(query, look)

    async def _fetch_and_put_one(self, query: Query, look: Look) -> Reading:
        reading = await self._fetch(query)
        if reading.source is ReadingSource.UPSTREAM:
            keep_s = self._ttl_s(query.namespace, reading.value)
            if not is_negative(reading.value):
                keep_s += STALE_S[query.namespace]
            await self._shelf.put(query, look, reading, keep_s)
        return reading

    def _fetch_along(self, query: Query, look: Look) -> None:
        if query.key in self._along or len(self._along) >= MAX_ALONG:
            return
        self._meter.count("fetched_along", query.namespace)
        self._in_background(query, look, self._along)

    async def _kept(self, query: Query) -> Reading | None:
        """What can be served in place of the upstream's answer; looked up again, for it may be forgotten by now."""
        entry = (await self._shelf.look(query)).entry
        if entry is None:
            return None
        if self._is_fresh(query.namespace, entry):
            return Reading(entry.value, entry.at_s, ReadingSource.CACHE)
        limit_s = self.ttl_for(query.namespace) + STALE_S[query.namespace]
        if is_negative(entry.value) or not is_fresh(entry, limit_s, self._clock.now()):
            return None
        return Reading(entry.value, entry.at_s, ReadingSource.STALE)

    def _refresh_early(self, query: Query, look: Look) -> None:
        """At most one per key, and not for "nobody": most of those are typing mistakes."""
        if look.entry is None or is_negative(look.entry.value) or not self._is_ageing(query.namespace, look.entry):
            return
        if query.key in self._refreshing or len(self._refreshing) >= MAX_REFRESHES:
            return
        self._meter.count("early_refresh", query.namespace)
        self._in_background(query, look, self._refreshing)

    def _in_background(self, query: Query, look: Look, under_way: set[str]) -> None:
        """What nobody waits for; it is left where there are too many tasks, and the read that it goes with is not."""
        under_way.add(query.key)
        try:
            launch(
                self._spawn,
                self._refresh_in_background(query, look, under_way),
                name=f"refresh {query.namespace}",
                undo=lambda: under_way.discard(query.key),
            )
        except RuntimeError:
            self._meter.count("background_left", query.namespace)

    def _is_ageing(self, namespace: Namespace, entry: Entry) -> bool:
        return self._clock.now() - entry.at_s > EARLY_SHARE * self.ttl_for(namespace)

    async def _refresh_in_background(self, query: Query, look: Look, under_way: set[str]) -> None:
        try:
            await self._fetch_and_put_one(query, look)
        except UpstreamError:
            self._meter.count("early_refresh_failed", query.namespace)
        finally:
            under_way.discard(query.key)
