"""Reads of one command, typed: what Flash is asked, for whom, and on whose behalf."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from service.core.freshness import ACCOUNT_SCOPED, Namespace
from service.core.queries import (
    Account,
    Balance,
    Currencies,
    Price,
    Profile,
    Query,
    ReadingSource,
    Recipient,
    Transactions,
)
from service.ports import Fetch, Together

__all__ = ["Known", "Reader", "oldest"]

V = TypeVar("V", Price, Currencies, Recipient, Profile, Balance, Transactions)


class Known(msgspec.Struct, Generic[V], frozen=True):
    """A value, when it was fetched (Unix time), and where it came from."""

    value: V
    fetched_at_s: float
    source: ReadingSource

    def age_s(self, now_s: float) -> float | None:
        """How old the value is when it is older than its contract because Flash does not answer, else None."""
        return max(0.0, now_s - self.fetched_at_s) if self.source is ReadingSource.STALE else None


class Reader(msgspec.Struct, frozen=True):
    """The reads of one command; `together` is how independent ones go. Each raises UpstreamError."""

    fetch: Fetch
    together: Together
    site: str
    account: Account | None = None

    async def price(self, currency: str) -> Known[Price]:
        """One sat, in minor units of the currency."""
        return await self._read(Price, Namespace.PRICE, currency)

    async def rate(self, currency: str) -> Known[Price]:
        """One US cent, in minor units of the currency."""
        return await self._read(Price, Namespace.RATE, currency)

    async def currencies(self) -> Known[Currencies]:
        return await self._read(Currencies, Namespace.CURRENCIES)

    async def recipient(self, username: str) -> Known[Recipient]:
        return await self._read(Recipient, Namespace.RECIPIENT, username)

    async def profile(self, *, fresh: bool = False) -> Known[Profile]:
        return await self._read(Profile, Namespace.PROFILE, fresh=fresh)

    async def balance(self, *, fresh: bool = False) -> Known[Balance]:
        return await self._read(Balance, Namespace.BALANCE, fresh=fresh)

    async def transactions(self) -> Known[Transactions]:
        return await self._read(Transactions, Namespace.TRANSACTIONS)

    async def profile_and_balance(
        self, *others: Callable[[], Awaitable[Any]], fresh: bool = False
    ) -> tuple[Known[Profile], Known[Balance], list[Any]]:
        """Both, and what the other reads give; `fresh` takes no cache's word for the balance."""
        profile, balance, *found = await self.together(self.profile, partial(self.balance, fresh=fresh), *others)
        return profile, balance, found

    async def _read(self, kind: type[V], namespace: Namespace, argument: str = "", *, fresh: bool = False) -> Known[V]:
        account, carrier = (self.account, None) if namespace in ACCOUNT_SCOPED else (None, self.account)
        reading = await self.fetch(Query(namespace, argument, account, self.site, fresh, carrier))
        if not isinstance(reading.value, kind):
            raise TypeError(f"a read of {namespace} gave {type(reading.value).__name__}")
        return Known(reading.value, reading.fetched_at_s, reading.source)


def oldest(*ages_s: float | None) -> float | None:
    """The greatest of the ages that are known."""
    return max((age for age in ages_s if age is not None), default=None)
