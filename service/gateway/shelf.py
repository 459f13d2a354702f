"""The key space of the cache manager: `cache:{namespace}:{owner}:{argument}`.

An account's entries are guarded by its generation: what was read before the account was forgotten is not stored after.
A cache that cannot be reached is an empty one.
"""

from collections.abc import Sequence
from typing import NamedTuple

from service.core.errors import StoreError
from service.core.freshness import Namespace
from service.core.queries import Query, Reading
from service.gateway.entries import Entry, decode, encode, parse_key
from service.gateway.forgotten import Forgotten
from service.ports import CacheStore, Clock, Meter

__all__ = ["Look", "Shelf"]


class Look(NamedTuple):
    """What was there. `generation` must be read before the upstream is asked; `reachable`: whether to store at all."""

    entry: Entry | None = None
    generation: bytes | None = None
    reachable: bool = True


class Shelf:
    """Entries by query. Meters `cache_errors` by operation, `cache_writes` by `stored` and `outdated`."""

    def __init__(self, cache: CacheStore, clock: Clock, meter: Meter) -> None:
        self._cache = cache
        self._clock = clock
        self._meter = meter
        self._forgotten = Forgotten()

    async def look(self, query: Query) -> Look:
        """The entry and the owner's generation, in one step."""
        keys = [_key(query.key), *self._generation_keys(query)]
        try:
            stored, *generations = await self._cache.get(keys)
        except StoreError:
            self._meter.count("cache_errors", "get")
            return Look(reachable=False)
        entry = decode(query.namespace, stored)
        if entry is not None and self._forgotten.hides(query, entry.at_s):
            entry = None
        return Look(entry, generations[0] if generations else None)

    async def before_fetch(self, query: Query) -> Look:
        """What `put` needs when the entry itself is of no interest."""
        keys = self._generation_keys(query)
        if not keys:
            return Look()
        try:
            [generation] = await self._cache.get(keys)
        except StoreError:
            self._meter.count("cache_errors", "get")
            return Look(reachable=False)
        return Look(None, generation)

    async def put(self, query: Query, look: Look, reading: Reading, keep_s: float) -> None:
        """Stores the reading, unless its account was forgotten since `look`."""
        if not look.reachable or self._forgotten.hides(query, reading.fetched_at_s):
            return
        try:
            stored = await self._store(query, look, encode(reading), keep_s)
        except StoreError:
            self._meter.count("cache_errors", "set")
            return
        self._meter.count("cache_writes", "stored" if stored else "outdated")

    async def forget(self, account_id: str, namespaces: frozenset[Namespace]) -> None:
        """After it returns, no older entry of these is seen again by this process, whatever the store does."""
        self._forgotten.note(account_id, namespaces, self._clock.now())
        try:
            await self._cache.bump(account_id, [_key(f"{namespace}:{account_id}:") for namespace in sorted(namespaces)])
        except StoreError:
            self._meter.count("cache_errors", "forget")

    async def entries(self, query_keys: Sequence[str]) -> list[Entry | None]:
        """One per key. Raises StoreError."""
        if not query_keys:
            return []
        stored = await self._cache.get([_key(key) for key in query_keys])
        return [_decode(key, value) for key, value in zip(query_keys, stored, strict=True)]

    def _generation_keys(self, query: Query) -> list[str]:
        return [self._cache.generation_key(query.account.id)] if query.account else []

    async def _store(self, query: Query, look: Look, value: bytes, keep_s: float) -> bool:
        key = _key(query.key)
        if query.account is None:
            await self._cache.set(key, value, keep_s)
            return True
        return await self._cache.set_if_generation(key, value, keep_s, query.account.id, look.generation)


def _key(query_key: str) -> str:
    return f"cache:{query_key}"


def _decode(query_key: str, stored: bytes | None) -> Entry | None:
    key = parse_key(query_key)
    return decode(key.namespace, stored) if key else None
