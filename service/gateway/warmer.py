"""Item 3.2: fetching ahead what will be read, at start-up and before entries expire.

What it costs: a warm fetch that nobody reads is one upstream call wasted. So on schedule only keys are fetched that
were read at least twice in their last TTL: such a key saves a user's wait about as often as it costs a call.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto

import msgspec

from service.core.errors import CircuitOpen, NotAuthenticated, StoreError, UpstreamRefused, UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import Account, Query
from service.gateway.cache_manager import CacheManager
from service.gateway.entries import is_negative, parse_key
from service.gateway.usage import Usage
from service.ports import Clock, Meter, UsageStore

__all__ = ["ROUND_S", "SAVE_EVERY_S", "WarmReport", "Warmer"]

ROUND_S = 15.0
SAVE_EVERY_S = 60.0
_PATIENCE = 3  # reads without an answer, one after the other
_BUSY_CODES = frozenset({"TOO_MANY_REQUEST", "TOO_MANY_REQUESTS"})
_HOME_CURRENCY = "USD"


class WarmReport(msgspec.Struct, frozen=True):
    """How many keys were fetched, were fresh anyway, and could not be fetched."""

    warmed: int
    fresh_already: int
    failed: int


class _Result(Enum):
    WARMED = auto()
    FAILED = auto()
    UNANSWERED = auto()
    UPSTREAM_TIRED = auto()


class Warmer:
    """Writes to the cache only through the manager, one read at a time, at most `calls_per_s`.

    `account_for` gives a linked account by its id, None when nobody is linked to it any more.
    Meters `warm_calls` by namespace and `warm_errors` by kind.
    """

    def __init__(
        self,
        manager: CacheManager,
        usage: Usage,
        usage_store: UsageStore,
        account_for: Callable[[str], Awaitable[Account | None]],
        clock: Clock,
        *,
        meter: Meter,
        is_on: Callable[[], bool],
        calls_per_s: float = 5.0,
        top: int = 200,
    ) -> None:
        self._manager = manager
        self._usage = usage
        self._usage_store = usage_store
        self._account_for = account_for
        self._clock = clock
        self._meter = meter
        self._is_on = is_on
        self._pause_s = 1 / calls_per_s
        self._per_round = int(calls_per_s * ROUND_S)
        self._top = top
        self._look_again_s: dict[str, float] = {}
        self._saved_at_s = clock.monotonic()

    async def run(self) -> None:
        """Until it is cancelled. Does nothing while the switch is off; warms from the store when it first is on."""
        has_started = False
        while True:
            if self._is_on():
                await (self._round() if has_started else self._start())
                has_started = True
                await self._save()
            await self._clock.sleep(ROUND_S)

    async def warm(self, limit: int) -> WarmReport:
        """Fetches the most used reads that are not fresh, at most `limit` of them, whatever the switch says.

        Raises StoreError.
        """
        keys = self._targets(limit)
        remaining = await self._manager.remaining_s(keys)
        due = [key for key, remaining_s in zip(keys, remaining, strict=True) if remaining_s <= 0]
        warmed = await self._warm_each(due, lambda: True)
        return WarmReport(warmed, len(keys) - len(due), len(due) - warmed)

    async def load(self) -> None:
        """Takes the weights of earlier runs from the store. Raises StoreError."""
        self._usage.restore(await self._usage_store.load(self._top))

    async def _start(self) -> None:
        try:
            await self.load()
            await self._warm_each(await self._due(self._targets(self._top)), self._is_on)
        except StoreError:
            self._meter.count("warm_errors", "store")

    async def _round(self) -> None:
        keys = self._usage.repeated(self._top, self._manager.ttl_for)
        self._look_again_s = {key: self._look_again_s[key] for key in keys if key in self._look_again_s}
        try:
            due = await self._due(keys)
        except StoreError:
            self._meter.count("warm_errors", "store")
            return
        await self._warm_each(due[: self._per_round], self._is_on)

    async def _due(self, keys: Sequence[str]) -> list[str]:
        """Those that expire before the next round; the others are not looked at again until they are about to."""
        now_s = self._clock.now()
        unsure = [key for key in keys if self._look_again_s.get(key, now_s) <= now_s]
        due: list[str] = []
        for key, remaining_s in zip(unsure, await self._manager.remaining_s(unsure), strict=True):
            if remaining_s > ROUND_S:
                self._look_again_s[key] = now_s + remaining_s - ROUND_S
            else:
                due.append(key)
        return due

    async def _warm_each(self, keys: Sequence[str], may_go_on: Callable[[], bool]) -> int:
        """How many were fetched; stops when the upstream is down or busy."""
        warmed = unanswered = 0
        for key in keys:
            if unanswered >= _PATIENCE or not may_go_on():
                break
            started_s = self._clock.monotonic()
            result = await self._warm_one(key)
            if result is _Result.UPSTREAM_TIRED:
                break
            warmed += result is _Result.WARMED
            unanswered = unanswered + 1 if result is _Result.UNANSWERED else 0
            await self._clock.sleep(max(0.0, started_s + self._pause_s - self._clock.monotonic()))
        return warmed

    async def _warm_one(self, key: str) -> _Result:
        try:
            query = await self._query(key)
        except StoreError:
            self._meter.count("warm_errors", "store")
            return _Result.FAILED
        if query is None:
            self._usage.drop(key)
            return _Result.FAILED
        return await self._fetch(query)

    async def _fetch(self, query: Query) -> _Result:
        self._meter.count("warm_calls", query.namespace)
        try:
            reading = await self._manager.refresh(query)
        except CircuitOpen:
            return _Result.UPSTREAM_TIRED
        except UpstreamUnavailable:
            self._meter.count("warm_errors", "unavailable")
            return _Result.UNANSWERED
        except UpstreamRefused as refused:
            if refused.code in _BUSY_CODES:
                return _Result.UPSTREAM_TIRED
            self._usage.drop(query.key)
            return _Result.FAILED
        except NotAuthenticated:
            self._usage.drop(query.key)
            return _Result.FAILED
        if is_negative(reading.value):
            self._usage.drop(query.key)
        return _Result.WARMED

    async def _query(self, query_key: str) -> Query | None:
        """The read of a key; None when it cannot be made any more."""
        key = parse_key(query_key)
        if key is None:
            return None
        if key.owner == "-":
            return Query(key.namespace, key.argument)
        account = await self._account_for(key.owner)
        return Query(key.namespace, key.argument, account) if account else None

    def _targets(self, limit: int) -> list[str]:
        """What nearly every command needs, then the most used keys."""
        used = self._usage.most_used(limit)
        parsed = [key for used_key in used if (key := parse_key(used_key))]
        priced = [key.argument for key in parsed if key.namespace in {Namespace.PRICE, Namespace.RATE}]
        seeds = [Query(Namespace.CURRENCIES).key]
        for currency in dict.fromkeys([_HOME_CURRENCY, *priced]):
            seeds += [Query(Namespace.PRICE, currency).key, Query(Namespace.RATE, currency).key]
        return list(dict.fromkeys([*seeds, *used]))[:limit]

    async def _save(self) -> None:
        now_s = self._clock.monotonic()
        if now_s - self._saved_at_s < SAVE_EVERY_S:
            return
        self._saved_at_s = now_s
        weights = self._usage.unsaved()
        try:
            await self._usage_store.save(weights)
        except StoreError:
            self._meter.count("warm_errors", "store")
            return
        self._usage.saved(weights)
