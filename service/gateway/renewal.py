"""Item 3.2: what a payment has changed is fetched again before its user asks."""

from service.core.errors import UpstreamError
from service.core.freshness import Namespace
from service.core.queries import Account, Query
from service.gateway.background import launch
from service.gateway.cache_manager import CacheManager
from service.ports import Meter, Spawn

__all__ = ["MAX_RENEWALS", "Renewal"]

MAX_RENEWALS = 64
"""Renewals under way at the same time; beyond them users wait for their own reads."""


class Renewal:
    """Implements Renew: reads the recent transactions, and with them all that travels along (the balance).

    It fills the cache through the manager, in the background: no reply waits for it, and no failure of it is heard of.
    Meters `renewals` by `started`, `failed` and `left` (there were too many, or the service is stopping).
    """

    def __init__(self, manager: CacheManager, spawn: Spawn, meter: Meter) -> None:
        self._manager = manager
        self._spawn = spawn
        self._meter = meter
        self._under_way: set[str] = set()

    def __call__(self, account: Account) -> None:
        if account.id in self._under_way:
            return
        if len(self._under_way) >= MAX_RENEWALS:
            self._meter.count("renewals", "left")
            return
        self._under_way.add(account.id)
        try:
            launch(self._spawn, self._read(account), name="renewal", undo=lambda: self._under_way.discard(account.id))
        except RuntimeError:
            self._meter.count("renewals", "left")
        else:
            self._meter.count("renewals", "started")

    async def _read(self, account: Account) -> None:
        try:
            await self._manager.refresh(Query(Namespace.TRANSACTIONS, account=account))
        except UpstreamError:
            self._meter.count("renewals", "failed")
        finally:
            self._under_way.discard(account.id)
