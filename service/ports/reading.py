"""Reading from Flash, and what caches need for it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from service.core.freshness import Namespace
from service.core.queries import Account, Query, Reading

__all__ = ["CacheStore", "Fetch", "Forget", "Renew", "TtlFor", "UsageStore"]


Fetch = Callable[[Query], Awaitable[Reading]]
"""Answers a read. Raises UpstreamError. Decorated by items 1.1, 1.3, 1.4, 3.1 and 5.4."""

Forget = Callable[[str, frozenset[Namespace]], Awaitable[None]]
"""Forgets what is known of an account in these namespaces, in every cache and in every flight: after it returns, no
read of that account is answered with data fetched before it was called."""

Renew = Callable[[Account], None]
"""The account's money has moved for good and its old figures are forgotten: it may be worth fetching the new ones.
Returns at once, and never raises."""

TtlFor = Callable[[Namespace], float]
"""The greatest age in seconds at which data of a namespace may be served (item 1.3)."""


class CacheStore(Protocol):
    """Where caches keep their entries: its own key space, which no system of record shares."""

    async def get(self, names: Sequence[str]) -> list[bytes | None]:
        """One value per key, None for the absent, in one round trip where the arm allows it."""

    async def set(self, key: str, value: bytes, ttl_s: float) -> None: ...

    async def set_if_generation(
        self, key: str, value: bytes, ttl_s: float, owner: str, generation: bytes | None
    ) -> bool:
        """Stores the entry unless the owner's generation has changed since it was read; whether it was stored."""

    async def bump(self, owner: str, names: Sequence[str]) -> None:
        """Starts a new generation for the owner and deletes the keys, in one atomic step."""

    def generation_key(self, owner: str) -> str:
        """The key under which `get` reads an owner's generation."""

    async def delete(self, names: Sequence[str]) -> None: ...


class UsageStore(Protocol):
    """How often each read was asked for, kept over restarts, so that warming starts with the most used (item 3.2)."""

    async def load(self, limit: int) -> list[tuple[str, float]]:
        """The most used (key, weight), most used first."""

    async def save(self, weights: Mapping[str, float]) -> None: ...
