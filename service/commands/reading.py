"""Reads of one command, typed: what Flash is asked, for whom, and on whose behalf."""

from dataclasses import dataclass
from typing import Generic, TypeVar

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
from service.core.requests import Request
from service.ports import Fetch

__all__ = ["Known", "Reader", "oldest", "reader_for"]

V = TypeVar("V", Price, Currencies, Recipient, Profile, Balance, Transactions)


@dataclass(frozen=True, slots=True)
class Known(Generic[V]):
    """A value, when it was fetched (Unix time), and where it came from."""

    value: V
    fetched_at_s: float
    source: ReadingSource

    def age_s(self, now_s: float) -> float | None:
        """How old the value is when it is older than its contract because Flash does not answer, else None."""
        return max(0.0, now_s - self.fetched_at_s) if self.source is ReadingSource.STALE else None


@dataclass(frozen=True, slots=True)
class Reader:
    """The reads of one command. Each raises UpstreamError."""

    fetch: Fetch
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

    async def _read(self, kind: type[V], namespace: Namespace, argument: str = "", *, fresh: bool = False) -> Known[V]:
        account, carrier = (self.account, None) if namespace in ACCOUNT_SCOPED else (None, self.account)
        reading = await self.fetch(Query(namespace, argument, account, self.site, fresh, carrier))
        if not isinstance(reading.value, kind):
            raise TypeError(f"a read of {namespace} gave {type(reading.value).__name__}")
        return Known(reading.value, reading.fetched_at_s, reading.source)


def reader_for(fetch: Fetch, request: Request) -> Reader:
    """The reader of a request: its command is the site, its user the account."""
    session = request.conversation.session
    return Reader(fetch, request.command.type.value, session.account if session else None)


def oldest(*ages_s: float | None) -> float | None:
    """The greatest of the ages that are known."""
    return max((age for age in ages_s if age is not None), default=None)
